/* Products of a quantized matrix with MANY_TOKENS and more, whose scales lie as [block][token]: a group's weights are
 * unpacked once for all tiles of tokens. */

#define DEPTH_PARTS 32      /* products of one group whose weights are unpacked together: 16 KB */
#define TOKENS_TOGETHER 256 /* tokens that pass by before the weights change: their sums take 16 KB */
#define GROUPS_TOGETHER 8   /* that the same columns of wide activations pass by, before the next columns do */
#define NEAR_BYTES 1048576  /* of activations that stay in the L2 cache from group to group */

/* Some blocks of one group, ready for tiles; the parts of Q6_K are scaled. */
typedef struct {
    weight_tile weights[DEPTH_PARTS];
    float scales[DEPTH_PARTS][GROUP_ROWS];
    float minimums[DEPTH_PARTS][GROUP_ROWS];
} unpacked_blocks;

/* The sums of one group's rows so far, where they wait for more blocks; the last tile may lie beyond the chunk. */
typedef float chains_of_group[TOKENS_TOGETHER + TILE_TOKENS][GROUP_ROWS] __attribute__((aligned(64)));

/* Tokens that pass by together: first..end, at least TILE_TOKENS of them. */
typedef struct {
    const activation_planes *planes;
    const matmul_output *output;
    int64_t first;
    int64_t end;
} token_chunk;

TEMPLATE void unpack(int type, const uint8_t *packed, int64_t blocks, unpacked_blocks *unpacked) {
    const int header = header_bytes(type);
    const int integers = integers_bytes(type);
    const int together = super_blocks(type) ? 8 : 1;
    for (int64_t first = 0; first < blocks; first += together) {
        six_bit_scales six_bits;
        for (int i = 0; i < together; i++) {
            int64_t block = first + i;
            const uint8_t *at = packed + header + i * integers;
            prefetch_block(type, packed, i, at);
            block_scales scales = packed_scales(type, packed, i, &six_bits);
            v16_store(unpacked->scales[block], scales.scale);
            if (has_minimums(type)) {
                v16_store(unpacked->minimums[block], scales.minimum);
            }
            if (parts(type) == 2) {
                unpack_scaled(at, part_scales(packed, i, 0), unpacked->weights + 2 * block);
            } else {
                unpack_integers(type, at, unpacked->weights + block);
            }
        }
        packed += header + together * integers;
    }
    finish_stores();
}

/* The products of a group with the tiles of tokens of a chunk, in the order in which they are computed: loaded,
 * multiplied one product later, stored another one later, and added two after that. */
typedef struct {
    const unpacked_blocks *unpacked;
    const int8_t *values; /* of the first token of the tile that is loaded next, from the first unpacked block on */
    int64_t stride;       /* from a token's values to the next */
    int64_t token;        /* that first token */
    int64_t end;          /* of the chunk's tokens */
    int64_t products;     /* of one tile of tokens */
    int64_t loaded;       /* of them */
    int64_t stored;       /* of all */
    int64_t added;        /* of all */
    sum_tile *sums;       /* [STORED_PRODUCTS] */
} product_pipeline;

/* Beyond the last product it is loaded again, for nobody. */
TEMPLATE void load_product(int type, product_pipeline *pipeline) {
    load_tiles(pipeline->unpacked->weights + pipeline->loaded,
               pipeline->values + pipeline->loaded / parts(type) * QUANTIZED_BLOCK, pipeline->stride);
    if (++pipeline->loaded == pipeline->products) {
        int64_t token = least(pipeline->token + TILE_TOKENS, pipeline->end - TILE_TOKENS);
        pipeline->values += (token - pipeline->token) * pipeline->stride;
        pipeline->token = token;
        pipeline->loaded = 0;
    }
}

TEMPLATE void store_product(product_pipeline *pipeline) {
    store_sums(pipeline->sums + pipeline->stored++ % STORED_PRODUCTS);
}

TEMPLATE void start_pipeline(int type, product_pipeline *pipeline) {
    load_product(type, pipeline);
    for (int product = 0; product < 3; product++) {
        if (product > 0) {
            store_product(pipeline);
        }
        multiply_tiles();
        load_product(type, pipeline);
    }
}

TEMPLATE block_scales unpacked_scales(int type, const unpacked_blocks *unpacked, int64_t block) {
    block_scales scales;
    scales.scale = v16_load(unpacked->scales[block]);
    if (has_minimums(type)) {
        scales.minimum = v16_load(unpacked->minimums[block]);
    }
    return scales;
}

/* Continues the chains of tokens token..token+15 by blocks from..from+count, the next ones of the pipeline. */
TEMPLATE void add_blocks(int type, product_pipeline *pipeline, const activation_planes *planes, int64_t token,
                         int64_t from, int64_t count, v16 *dots) {
    activation_planes x = planes_at(planes, token, from);
    for (int64_t block = 0; block < count; block++) {
        const sum_tile *lower = pipeline->sums + pipeline->added % STORED_PRODUCTS;
        const sum_tile *upper = pipeline->sums + (pipeline->added + 1) % STORED_PRODUCTS;
        block_scales scales = unpacked_scales(type, pipeline->unpacked, block);
        pipeline->added += parts(type);
#define ADD(from, to) add_sums(type, 1, &scales, lower, upper, x.scales, x.scaled_sums, from, to, dots)
        store_product(pipeline);
        ADD(0, 5);
        multiply_tiles();
        ADD(5, 10);
        load_product(type, pipeline);
        if (parts(type) == 2) {
            store_product(pipeline);
            multiply_tiles();
            load_product(type, pipeline);
        }
        ADD(10, TILE_TOKENS);
#undef ADD
        x.scales += x.block_stride;
        x.scaled_sums += x.block_stride;
    }
}

/* What a tile will write: results of many rows do not stay in the L2 cache, and stores that wait for memory hold up
 * those of the sums. */
TEMPLATE void prefetch_output(const matmul_output *output, int64_t group, int64_t token) {
    UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
        __builtin_prefetch(output->out + (token + t) * output->out_stride + group * GROUP_ROWS, 1);
    }
}

/* Blocks from..from+count of one group for a chunk. The last tile of tokens may overlap the one before it: what both
 * compute is stored once. */
TEMPLATE void multiply_blocks(int type, const uint8_t *weights, const token_chunk *chunk, int64_t group, int64_t from,
                              int64_t count, float (*chains)[GROUP_ROWS]) {
    const activation_planes *planes = chunk->planes;
    unpacked_blocks unpacked __attribute__((aligned(64)));
    sum_tile sums[STORED_PRODUCTS];
    unpack(type, weights + packed_group_bytes(type, from * QUANTIZED_BLOCK), count, &unpacked);
    product_pipeline pipeline = {
        .unpacked = &unpacked,
        .values = planes->values + chunk->first * planes->value_stride + from * QUANTIZED_BLOCK,
        .stride = planes->value_stride,
        .token = chunk->first,
        .end = chunk->end,
        .products = parts(type) * count,
        .sums = sums,
    };
    start_pipeline(type, &pipeline);
    int last = from + count == planes->blocks;
    for (int64_t at = chunk->first; at < chunk->end; at += TILE_TOKENS) {
        int64_t token = least(at, chunk->end - TILE_TOKENS);
        float(*chain)[GROUP_ROWS] = chains + (at - chunk->first);
        v16 dots[TILE_TOKENS];
        UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
            dots[t] = from == 0 ? v16_zero() : v16_load(chain[t]);
        }
        if (last) {
            prefetch_output(chunk->output, group, token);
        }
        add_blocks(type, &pipeline, planes, token, from, count, dots);
        if (last && token == at) {
            store_tile(chunk->output, group, token, TILE_TOKENS, dots);
            continue;
        }
        /* Through memory, since an index that is not constant would keep all chains out of the registers. */
        UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
            v16_store(chain[t], dots[t]);
        }
        for (int64_t t = at - token; last && t < TILE_TOKENS; t++) {
            v16 row = v16_load(chain[t]);
            store_tile(chunk->output, group, token + t, 1, &row);
        }
    }
}

/* Groups from_group..to_group for a chunk: each by itself where the activations stay near, else several by the same
 * columns before the next ones. */
TEMPLATE void multiply_chunk(int type, const uint8_t *weights, const token_chunk *chunk, int64_t from_group,
                             int64_t to_group) {
    chains_of_group chains[GROUPS_TOGETHER];
    const activation_planes *planes = chunk->planes;
    const int64_t group_bytes = packed_group_bytes(type, planes->columns);
    const int64_t depth = DEPTH_PARTS / parts(type);
    const int64_t together = (chunk->end - chunk->first) * planes->columns > NEAR_BYTES ? GROUPS_TOGETHER : 1;
    for (int64_t first = from_group; first < to_group; first += together) {
        int64_t end = least(first + together, to_group);
        for (int64_t from = 0; from < planes->blocks; from += depth) {
            int64_t count = least(depth, planes->blocks - from);
            for (int64_t group = first; group < end; group++) {
                multiply_blocks(type, weights + group * group_bytes, chunk, group, from, count, chains[group - first]);
            }
        }
    }
}

/* Chunks of TOKENS_TOGETHER tokens, or of all that are left where fewer than a tile would remain. */
TEMPLATE void many_of(int type, const uint8_t *weights, const activation_planes *planes, int64_t tokens,
                      int64_t from_group, int64_t to_group, const matmul_output *output) {
    for (int64_t first = 0; first < tokens;) {
        int64_t end = tokens - first < TOKENS_TOGETHER + TILE_TOKENS ? tokens : first + TOKENS_TOGETHER;
        token_chunk chunk = {planes, output, first, end};
        multiply_chunk(type, weights, &chunk, from_group, to_group);
        first = end;
    }
}
