/* Products of quantized matrices with many tokens by AMX int8 tiles; few tokens and float types go to AVX-512.
 *
 * Sixteen tokens x sixteen rows at a time. Weights of a group are unpacked once to signed bytes, [block][8][16 rows][4
 * columns], which is a B tile; the activations' layout is an A tile as it lies. A block's exact integer sums go through
 * the L1 cache to the vector unit, while the tiles are three products ahead. */
#include "vector_avx512.h"

#include "matmul_buffers.h"

#include "dot_avx512.h"

#define TILE_TOKENS 16
#define TILE_ROW_BYTES 64
#define TILE_BLOCK_BYTES 512   /* 32 columns x 16 rows */
#define DEPTH_PARTS 32         /* products of one group whose weights are unpacked together: 16 KB */
#define STORED_PRODUCTS 4      /* between being stored and added: up to three, or four halves of Q6_K */
#define TOKENS_TOGETHER 256    /* tokens that pass by before the weights change: their sums take 16 KB */

typedef struct {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_configuration;

/* One of each serves, since the processor renames tiles like other registers. */
#define SUMS 0
#define ACTIVATIONS 1
#define WEIGHTS 2

/* Static: GCC 12 believes that loading reads only the first bytes and would drop stores to the others. */
static const tile_configuration CONFIGURATION __attribute__((aligned(64))) = {
    .palette = 1,
    .row_bytes = {[SUMS] = TILE_ROW_BYTES, [ACTIVATIONS] = QUANTIZED_BLOCK, [WEIGHTS] = TILE_ROW_BYTES},
    .rows = {[SUMS] = TILE_TOKENS, [ACTIVATIONS] = TILE_TOKENS, [WEIGHTS] = TILE_BLOCK_BYTES / TILE_ROW_BYTES},
};

/* Products of a block: those of Q6_K's halves, which have a scale each, are separate. */
TEMPLATE int parts(int type) { return type == WEIGHT_Q6_K ? 2 : 1; }

/* Some blocks of one group, ready for tiles. A part of Q6_K has zeros in place of the other half. */
typedef struct {
    int8_t weights[DEPTH_PARTS][TILE_BLOCK_BYTES];
    float scales[DEPTH_PARTS][GROUP_ROWS];
    float minimums[DEPTH_PARTS][GROUP_ROWS];
    float part_scales[DEPTH_PARTS][GROUP_ROWS];
} unpacked_blocks;

TEMPLATE void unpack_integers(int type, const uint8_t *integers, int8_t (*to)[TILE_BLOCK_BYTES]) {
    if (type == WEIGHT_Q8_0) {
        memcpy(to, integers, TILE_BLOCK_BYTES);
        return;
    }
    const __m512i offset = _mm512_set1_epi8((char)integer_offset(type));
    UNROLL for (int vector = 0; vector < 8; vector++) {
        int half = vector / 4;
        __m512i weights = _mm512_sub_epi8(unsigned_weights(type, integers, half, vector % 4), offset);
        if (parts(type) == 2) {
            _mm512_store_si512(to[half] + 64 * vector, weights);
            _mm512_store_si512(to[1 - half] + 64 * vector, _mm512_setzero_si512());
        } else {
            _mm512_store_si512(to[0] + 64 * vector, weights);
        }
    }
}

TEMPLATE void unpack(int type, const uint8_t *packed, int64_t blocks, unpacked_blocks *unpacked) {
    const int header = header_bytes(type);
    const int integers = integers_bytes(type);
    const int together = super_blocks(type) ? 8 : 1;
    for (int64_t first = 0; first < blocks; first += together) {
        six_bit_scales six_bits;
        if (type == WEIGHT_Q4_K || type == WEIGHT_Q5_K) {
            unpack_six_bits(packed + 4 * GROUP_ROWS, &six_bits);
        }
        for (int i = 0; i < together; i++) {
            int64_t block = first + i;
            const uint8_t *at = packed + header + i * integers;
            prefetch(at - (together == 1 ? header : 0), integers + header);
            v16_store(unpacked->scales[block], load_scale(type, packed, &six_bits, i));
            if (has_minimums(type)) {
                v16_store(unpacked->minimums[block], load_minimum(type, packed, &six_bits, i));
            }
            if (parts(type) == 2) {
                const int8_t *scales = (const int8_t *)packed + (2 + 2 * i) * GROUP_ROWS;
                v16_store(unpacked->part_scales[2 * block], v16_load_i8(scales));
                v16_store(unpacked->part_scales[2 * block + 1], v16_load_i8(scales + GROUP_ROWS));
            }
            unpack_integers(type, at, unpacked->weights + parts(type) * block);
        }
        packed += header + together * integers;
    }
    /* GCC 12 does not know that loading a tile reads memory: the stores above must not move below it. */
    __asm__ volatile("" ::: "memory");
}

/* The products of a group with the tiles of tokens of a chunk, in the order in which they are computed. The stages of a
 * product are spread over its predecessors' additions: it is loaded, multiplied one product later, stored another one
 * later, and added two after that. Left to itself the processor does not look that far ahead, above all where another
 * thread has half of the core's buffers. */
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
    int32_t (*sums)[TILE_TOKENS * GROUP_ROWS]; /* [STORED_PRODUCTS] */
} product_pipeline;

/* Beyond the last product it is loaded again, for nobody. */
TEMPLATE void load_product(int type, product_pipeline *pipeline) {
    _tile_loadd(WEIGHTS, pipeline->unpacked->weights[pipeline->loaded], TILE_ROW_BYTES);
    _tile_loadd(ACTIVATIONS, pipeline->values + pipeline->loaded / parts(type) * QUANTIZED_BLOCK, pipeline->stride);
    if (++pipeline->loaded == pipeline->products) {
        int64_t token = least(pipeline->token + TILE_TOKENS, pipeline->end - TILE_TOKENS);
        pipeline->values += (token - pipeline->token) * pipeline->stride;
        pipeline->token = token;
        pipeline->loaded = 0;
    }
}

TEMPLATE void multiply_product(void) {
    _tile_zero(SUMS);
    _tile_dpbssd(SUMS, ACTIVATIONS, WEIGHTS);
}

TEMPLATE void store_product(product_pipeline *pipeline) {
    _tile_stored(SUMS, pipeline->sums[pipeline->stored++ % STORED_PRODUCTS], TILE_ROW_BYTES);
}

TEMPLATE void start_pipeline(int type, product_pipeline *pipeline) {
    load_product(type, pipeline);
    for (int product = 0; product < 3; product++) {
        if (product > 0) {
            store_product(pipeline);
        }
        multiply_product();
        load_product(type, pipeline);
    }
}

TEMPLATE v16 sum_of(const int32_t *sums, int token) {
    return _mm512_cvtepi32_ps(_mm512_load_si512(sums + token * GROUP_ROWS));
}

/* Continues the chains of tokens from..to of a tile by a block. Lower and upper are the sums of its parts, the lower
 * ones those of a block with one part. */
TEMPLATE void add_rows(int type, const unpacked_blocks *unpacked, int64_t block, const int32_t *lower,
                       const int32_t *upper, const activation_planes *x, int64_t token_stride, int from, int to,
                       v16 *dots) {
    v16 weight_scale = v16_load(unpacked->scales[block]);
    v16 minimum = has_minimums(type) ? v16_load(unpacked->minimums[block]) : v16_zero();
    UNROLL for (int t = from; t < to; t++) {
        v16 scale = v16_mul(weight_scale, v16_set1(x->scales[t * token_stride]));
        v16 sum = sum_of(lower, t);
        if (parts(type) == 2) {
            sum = v16_mul(v16_load(unpacked->part_scales[2 * block]), sum);
            sum = v16_fma(v16_load(unpacked->part_scales[2 * block + 1]), sum_of(upper, t), sum);
        }
        dots[t] = v16_fma(scale, sum, dots[t]);
        if (has_minimums(type)) {
            dots[t] = v16_fma(minimum, v16_set1(x->scaled_sums[t * token_stride]), dots[t]);
        }
    }
}

/* Continues the chains of tokens token..token+15 by blocks from..from+count, the next ones of the pipeline. */
TEMPLATE void add_blocks(int type, int many, product_pipeline *pipeline, const activation_planes *planes,
                         int64_t token, int64_t from, int64_t count, v16 *dots) {
    activation_planes x = planes_at(planes, token, from);
    const int64_t token_stride = many ? 1 : x.token_stride;
    for (int64_t block = 0; block < count; block++) {
        const int32_t *lower = pipeline->sums[pipeline->added % STORED_PRODUCTS];
        const int32_t *upper = pipeline->sums[(pipeline->added + 1) % STORED_PRODUCTS];
        pipeline->added += parts(type);
#define ADD(from, to) add_rows(type, pipeline->unpacked, block, lower, upper, &x, token_stride, from, to, dots)
        store_product(pipeline);
        ADD(0, 5);
        multiply_product();
        ADD(5, 10);
        load_product(type, pipeline);
        if (parts(type) == 2) {
            store_product(pipeline);
            multiply_product();
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

/* One group for tokens first..end, at least TILE_TOKENS of them. The last tile may overlap the one before it: what both
 * compute is stored once. */
TEMPLATE void group_of(int type, int many, const uint8_t *weights, const activation_planes *planes, int64_t group,
                       int64_t first, int64_t end, const matmul_output *output) {
    unpacked_blocks unpacked __attribute__((aligned(64)));
    int32_t sums[STORED_PRODUCTS][TILE_TOKENS * GROUP_ROWS] __attribute__((aligned(64)));
    float chains[TOKENS_TOGETHER + TILE_TOKENS][GROUP_ROWS] __attribute__((aligned(64)));
    const int64_t depth = DEPTH_PARTS / parts(type);
    for (int64_t from = 0; from < planes->blocks; from += depth) {
        int64_t count = least(depth, planes->blocks - from);
        unpack(type, weights + packed_group_bytes(type, from * QUANTIZED_BLOCK), count, &unpacked);
        product_pipeline pipeline = {
            .unpacked = &unpacked,
            .values = planes->values + first * planes->columns + from * QUANTIZED_BLOCK,
            .stride = planes->columns,
            .token = first,
            .end = end,
            .products = parts(type) * count,
            .sums = sums,
        };
        start_pipeline(type, &pipeline);
        for (int64_t at = first; at < end; at += TILE_TOKENS) {
            int64_t token = least(at, end - TILE_TOKENS);
            float(*chain)[GROUP_ROWS] = chains + (at - first);
            v16 dots[TILE_TOKENS];
            UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
                dots[t] = from == 0 ? v16_zero() : v16_load(chain[t]);
            }
            int last = from + count == planes->blocks;
            if (last) {
                prefetch_output(output, group, token);
            }
            add_blocks(type, many, &pipeline, planes, token, from, count, dots);
            if (last && token == at) {
                store_tile(output, group, token, TILE_TOKENS, dots);
                continue;
            }
            /* Through memory, since an index that is not constant would keep all chains out of the registers. */
            UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
                v16_store(chain[t], dots[t]);
            }
            for (int64_t t = at - token; last && t < TILE_TOKENS; t++) {
                v16 row = v16_load(chain[t]);
                store_tile(output, group, token + t, 1, &row);
            }
        }
    }
}

/* Tokens of a chunk: TOKENS_TOGETHER, or all that are left where fewer than a tile would remain. */
TEMPLATE void matmul_of(int type, int many, const uint8_t *weights, const activation_planes *planes, int64_t tokens,
                        int64_t from_group, int64_t to_group, const matmul_output *output) {
    int64_t group_bytes = packed_group_bytes(type, planes->columns);
    for (int64_t first = 0; first < tokens;) {
        int64_t end = tokens - first < TOKENS_TOGETHER + TILE_TOKENS ? tokens : first + TOKENS_TOGETHER;
        for (int64_t group = from_group; group < to_group; group++) {
            group_of(type, many, weights + group * group_bytes, planes, group, first, end, output);
        }
        first = end;
    }
}

#define MATMUL_OF(type)                                                                                                \
    static __attribute__((noinline)) void matmul_##type(const uint8_t *weights, const activation_planes *planes,       \
                                                        int64_t tokens, int64_t from_group, int64_t to_group,          \
                                                        const matmul_output *output) {                                 \
        if (planes->token_stride == 1) {                                                                               \
            matmul_of(type, 1, weights, planes, tokens, from_group, to_group, output);                                 \
        } else {                                                                                                       \
            matmul_of(type, 0, weights, planes, tokens, from_group, to_group, output);                                 \
        }                                                                                                              \
    }
FOR_EACH_QUANTIZED_TYPE(MATMUL_OF)
#undef MATMUL_OF

/* Measured: tiles win from two of them on, unless more than a fifth of their rows repeat tokens, as with 33 to 38. One
 * wins by a fifth where nothing else is measured, but not in a whole step: the time until a group's first product is
 * added is lost more often, and what comes after tiles is slower for a while. */
TEMPLATE int tiles_pay(int64_t tokens) {
    return tokens >= 2 * TILE_TOKENS && 4 * rounded_up(tokens, TILE_TOKENS) <= 5 * tokens;
}

void troupe_matmul_amx(int32_t type, const void *weights, int64_t rows, int64_t columns, const void *activations,
                       int64_t tokens, float *out, int64_t out_stride, int32_t accumulate, int64_t from_group,
                       int64_t to_group) {
    if (!is_quantized(type) || !tiles_pay(tokens)) {
        troupe_matmul_avx512(type, weights, rows, columns, activations, tokens, out, out_stride, accumulate,
                             from_group, to_group);
        return;
    }
    matmul_output output = {rows, out, out_stride, accumulate};
    activation_planes planes = planes_of((void *)activations, tokens, columns);
    _tile_loadconfig(&CONFIGURATION);
#define CASE(type)                                                                                                     \
    case type: matmul_##type(weights, &planes, tokens, from_group, to_group, &output); break;
    switch (type) {
        FOR_EACH_QUANTIZED_TYPE(CASE)
    default: break;
    }
#undef CASE
    _tile_release();
}
