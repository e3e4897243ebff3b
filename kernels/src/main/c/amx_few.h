/* Products of a quantized matrix with at most one tile of tokens: its groups are one stream of blocks, each unpacked
 * just before its product, so that no group waits for its first one. */

#define UNPACKED_PRODUCTS 16 /* tiles of weights from being unpacked to being loaded */
#define UNPACKED_AHEAD 8     /* of them before the block that is added: stores reach the L1 cache before they are loaded */
#define FEW_BLOCKS 1024      /* of a row, at most: its tokens' scales lie on the stack */

/* Scales and scaled sums of a tile's tokens as [block][token], 0 for tokens that there are not. */
typedef struct {
    float scales[FEW_BLOCKS][TILE_TOKENS] __attribute__((aligned(64)));
    float scaled_sums[FEW_BLOCKS][TILE_TOKENS] __attribute__((aligned(64)));
} token_scales;

TEMPLATE v16 gather_tokens(const float *plane, int64_t token_stride, int64_t count) {
    const __m512i tokens = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    __m512i offsets = _mm512_mullo_epi32(tokens, _mm512_set1_epi32((int32_t)token_stride));
    return _mm512_mask_i32gather_ps(v16_zero(), first_lanes(count), offsets, plane, 4);
}

TEMPLATE void gather_scales(int type, const activation_planes *x, int64_t count, token_scales *to) {
    for (int64_t block = 0; block < x->blocks; block++) {
        int64_t offset = block * x->block_stride;
        v16_store(to->scales[block], gather_tokens(x->scales + offset, x->token_stride, count));
        if (has_minimums(type)) {
            v16_store(to->scaled_sums[block], gather_tokens(x->scaled_sums + offset, x->token_stride, count));
        }
    }
}

/* A block in the stream of packed weights. */
typedef struct {
    const uint8_t *header; /* of the block or its super-block */
    int i;                 /* in the super-block */
} packed_block;

TEMPLATE const uint8_t *integers_of(int type, packed_block block) {
    return block.header + header_bytes(type) + block.i * integers_bytes(type);
}

TEMPLATE void next_block(int type, packed_block *block) {
    const int blocks = super_blocks(type) ? 8 : 1;
    if (++block->i == blocks) {
        block->header += header_bytes(type) + blocks * integers_bytes(type);
        block->i = 0;
    }
}

/* The products of all blocks of several groups with a tile of tokens, in the order in which they lie. A block is
 * unpacked UNPACKED_AHEAD products before it is added, a product loaded four before, multiplied three, stored two. */
typedef struct {
    packed_block unpacking; /* the next block to unpack */
    int64_t left;           /* blocks to unpack */
    int64_t unpacked;       /* products */
    const int8_t *values;   /* of the tile's first token */
    int64_t stride;         /* from a token's values to the next */
    int64_t columns;
    int64_t column;         /* of the product that is loaded next */
    int64_t loaded;         /* products */
    int64_t stored;
    weight_tile weights[UNPACKED_PRODUCTS];
    sum_tile sums[STORED_PRODUCTS];
} block_stream;

TEMPLATE void unpack_next(int type, block_stream *stream) {
    if (stream->left > 0) {
        const uint8_t *integers = integers_of(type, stream->unpacking);
        prefetch_block(type, stream->unpacking.header, stream->unpacking.i, integers);
        unpack_integers(type, integers, stream->weights + stream->unpacked % UNPACKED_PRODUCTS);
        finish_stores();
        next_block(type, &stream->unpacking);
        stream->left--;
    }
    stream->unpacked += parts(type);
}

/* Beyond the last product it loads what is there, for nobody. */
TEMPLATE void load_next(int type, block_stream *stream) {
    load_tiles(stream->weights + stream->loaded % UNPACKED_PRODUCTS, stream->values + stream->column, stream->stride);
    if (++stream->loaded % parts(type) == 0) {
        stream->column += QUANTIZED_BLOCK;
        stream->column = stream->column == stream->columns ? 0 : stream->column;
    }
}

TEMPLATE void store_next(block_stream *stream) {
    store_sums(stream->sums + stream->stored++ % STORED_PRODUCTS);
}

TEMPLATE void start_stream(int type, block_stream *stream) {
    for (int product = 0; product < UNPACKED_AHEAD; product += parts(type)) {
        unpack_next(type, stream);
    }
    load_next(type, stream);
    for (int product = 0; product < 3; product++) {
        if (product > 0) {
            store_next(stream);
        }
        multiply_tiles();
        load_next(type, stream);
    }
}

/* Tokens first..first+count, at most `tokens`, which are the rows of the tile that are added. */
TEMPLATE void few_of(int type, int tokens, const uint8_t *weights, const activation_planes *planes, int64_t first,
                     int64_t count, int64_t from_group, int64_t to_group, const matmul_output *output) {
    token_scales tokens_scales;
    activation_planes x = planes_at(planes, first, 0);
    gather_scales(type, &x, count, &tokens_scales);
    packed_block adding = {weights + from_group * packed_group_bytes(type, planes->columns), 0};
    block_stream stream __attribute__((aligned(64)));
    stream.unpacking = adding;
    stream.left = (to_group - from_group) * planes->blocks;
    stream.values = x.values;
    stream.stride = planes->value_stride;
    stream.columns = planes->columns;
    stream.unpacked = stream.column = stream.loaded = stream.stored = 0;
    configure_tiles((int)count);
    start_stream(type, &stream);
    six_bit_scales six_bits;
    int64_t added = 0;
    for (int64_t group = from_group; group < to_group; group++) {
        v16 dots[TILE_TOKENS];
        UNROLL for (int t = 0; t < tokens; t++) {
            dots[t] = v16_zero();
        }
        for (int64_t block = 0; block < planes->blocks; block++) {
            const sum_tile *lower = stream.sums + added % STORED_PRODUCTS;
            const sum_tile *upper = stream.sums + (added + 1) % STORED_PRODUCTS;
            block_scales scales = packed_scales(type, adding.header, adding.i, &six_bits);
            added += parts(type);
            next_block(type, &adding);
#define ADD(from, to)                                                                                                  \
    add_sums(type, 0, &scales, lower, upper, tokens_scales.scales[block], tokens_scales.scaled_sums[block], 1, from,   \
             to, dots)
            store_next(&stream);
            ADD(0, tokens / 3);
            multiply_tiles();
            ADD(tokens / 3, tokens * 2 / 3);
            unpack_next(type, &stream);
            load_next(type, &stream);
            if (parts(type) == 2) {
                store_next(&stream);
                multiply_tiles();
                load_next(type, &stream);
            }
            ADD(tokens * 2 / 3, tokens);
#undef ADD
        }
        if (count == tokens) {
            store_tile(output, group, first, tokens, dots);
            continue;
        }
        /* Through memory, since an index that is not constant would keep all chains out of the registers. */
        float chains[TILE_TOKENS][GROUP_ROWS] __attribute__((aligned(64)));
        UNROLL for (int t = 0; t < tokens; t++) {
            v16_store(chains[t], dots[t]);
        }
        for (int64_t t = 0; t < count; t++) {
            v16 row = v16_load(chains[t]);
            store_tile(output, group, first + t, 1, &row);
        }
    }
}
