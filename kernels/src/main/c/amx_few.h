/* Products of a quantized matrix with a tile of fewer tokens than MANY_TOKENS: its groups are one stream of blocks, each
 * unpacked just before its product, so that no group waits for its first one. */

#define UNPACKED_PRODUCTS 16 /* tiles of weights from being unpacked to being loaded */
#define UNPACKED_AHEAD 8     /* of them before the block that is added: stores reach the L1 cache before they are loaded */
#define FEW_BLOCKS 1024      /* of a row, at most: its tokens' scales lie on the stack */

/* Scales and scaled sums of a tile's tokens as [block][token], 0 for tokens that there are not. */
typedef struct {
    float scales[FEW_BLOCKS][TILE_TOKENS] __attribute__((aligned(64)));
    float scaled_sums[FEW_BLOCKS][TILE_TOKENS] __attribute__((aligned(64)));
} token_scales;

/* Transposes 16 x 16 floats. */
TEMPLATE void transpose(v16 *rows) {
    v16 pairs[16];
    UNROLL for (int i = 0; i < 16; i += 2) { /* of rows i and i + 1, in each four columns 0 and 1, then 2 and 3 */
        pairs[i] = _mm512_unpacklo_ps(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_ps(rows[i], rows[i + 1]);
    }
    v16 fours[16];
    UNROLL for (int i = 0; i < 16; i += 4) { /* of rows i to i + 3, in each four column 0, 1, 2 or 3 */
        UNROLL for (int k = 0; k < 2; k++) {
            __m512d upper = _mm512_castps_pd(pairs[i + k]);
            __m512d lower = _mm512_castps_pd(pairs[i + k + 2]);
            fours[i + 2 * k] = _mm512_castpd_ps(_mm512_unpacklo_pd(upper, lower));
            fours[i + 2 * k + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(upper, lower));
        }
    }
    UNROLL for (int k = 0; k < 4; k++) { /* column k of each four */
        v16 first = _mm512_shuffle_f32x4(fours[k], fours[4 + k], 0x88);
        v16 second = _mm512_shuffle_f32x4(fours[k], fours[4 + k], 0xdd);
        v16 third = _mm512_shuffle_f32x4(fours[8 + k], fours[12 + k], 0x88);
        v16 fourth = _mm512_shuffle_f32x4(fours[8 + k], fours[12 + k], 0xdd);
        rows[k] = _mm512_shuffle_f32x4(first, third, 0x88);
        rows[4 + k] = _mm512_shuffle_f32x4(second, fourth, 0x88);
        rows[8 + k] = _mm512_shuffle_f32x4(first, third, 0xdd);
        rows[12 + k] = _mm512_shuffle_f32x4(second, fourth, 0xdd);
    }
}

/* A plane of the tile's tokens, which are fewer than MANY_TOKENS: theirs are [token][block]. */
TEMPLATE void gather_tokens(const activation_planes *x, const float *plane, int64_t count, float (*to)[TILE_TOKENS]) {
    for (int64_t block = 0; block < x->blocks; block += 16) {
        v16 rows[TILE_TOKENS];
        __mmask16 blocks = first_lanes(least(16, x->blocks - block));
        UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
            rows[t] = _mm512_maskz_loadu_ps(t < count ? blocks : 0, plane + t * x->token_stride + block);
        }
        transpose(rows);
        UNROLL for (int i = 0; i < 16; i++) {
            v16_store(to[block + i], rows[i]);
        }
    }
}

TEMPLATE void gather_scales(int type, const activation_planes *x, int64_t count, token_scales *to) {
    gather_tokens(x, x->scales, count, to->scales);
    if (has_minimums(type)) {
        gather_tokens(x, x->scaled_sums, count, to->scaled_sums);
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
    add_sums(type, 0, &scales, lower, upper, tokens_scales.scales[block], tokens_scales.scaled_sums[block], from,      \
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
