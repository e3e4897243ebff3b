/* Products of quantized matrices with many tokens by AMX int8 tiles; few tokens and float types go to AVX-512.
 *
 * Sixteen tokens x sixteen rows at a time. Weights of a group are unpacked once to signed bytes, [block][8][16 rows][4
 * columns], which is a B tile; the activations' layout is an A tile as it lies. A block's exact integer sums go through
 * the L1 cache to the vector unit, which works on two blocks while the tiles work on the next two. */
#include "vector_avx512.h"

#include "matmul_buffers.h"

#include "dot_avx512.h"

#define TILE_TOKENS 16
#define TILE_ROW_BYTES 64
#define TILE_BLOCK_BYTES 512   /* 32 columns x 16 rows */
#define DEPTH_PARTS 32         /* products of one group whose weights are unpacked together: 16 KB */
#define TOKENS_TOGETHER 256    /* tokens that pass by before the weights change: their sums take 16 KB */

typedef struct {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_configuration;

/* Tiles 0 and 1: sums; 2 and 3: activations; 4 and 5: weights. Even ones serve even blocks. Static: GCC 12
 * believes that loading reads only the first bytes and would drop stores to the others. */
static const tile_configuration CONFIGURATION __attribute__((aligned(64))) = {
    .palette = 1,
    .row_bytes = {64, 64, 32, 32, 64, 64},
    .rows = {16, 16, 16, 16, 8, 8},
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

/* sums[token][row] of one block, by the named tiles: GCC writes their names into assembly as they stand here. */
#define MULTIPLY_TILES(C, A, B, x, x_stride, weights, sums)                                                            \
    _tile_loadd(B, weights, TILE_ROW_BYTES);                                                                           \
    _tile_loadd(A, x, x_stride);                                                                                       \
    _tile_zero(C);                                                                                                     \
    _tile_dpbssd(C, A, B);                                                                                             \
    _tile_stored(C, sums, TILE_ROW_BYTES)

TEMPLATE v16 sum_of(const int32_t *sums, int token) {
    return _mm512_cvtepi32_ps(_mm512_load_si512(sums + token * GROUP_ROWS));
}

/* Continues the sixteen tokens' chains by one block; sums has those of its parts. */
TEMPLATE void add_block(int type, const unpacked_blocks *unpacked, int64_t block,
                        const int32_t (*sums)[TILE_TOKENS * GROUP_ROWS], const float *scales, const float *scaled_sums,
                        int64_t stride, v16 *dots) {
    v16 weight_scale = v16_load(unpacked->scales[block]);
    v16 minimum = has_minimums(type) ? v16_load(unpacked->minimums[block]) : v16_zero();
    UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
        v16 scale = v16_mul(weight_scale, v16_set1(scales[t * stride]));
        v16 sum = sum_of(sums[0], t);
        if (parts(type) == 2) {
            sum = v16_mul(v16_load(unpacked->part_scales[2 * block]), sum);
            sum = v16_fma(v16_load(unpacked->part_scales[2 * block + 1]), sum_of(sums[1], t), sum);
        }
        dots[t] = v16_fma(scale, sum, dots[t]);
        if (has_minimums(type)) {
            dots[t] = v16_fma(minimum, v16_set1(scaled_sums[t * stride]), dots[t]);
        }
    }
}

/* Continues the chains of tokens token..token+15 over blocks from..from+count. Tiles are two products ahead. */
TEMPLATE void add_blocks(int type, const unpacked_blocks *unpacked, const activation_planes *planes, int64_t token,
                         int64_t from, int64_t count, v16 *dots) {
    int32_t sums[4][TILE_TOKENS * GROUP_ROWS] __attribute__((aligned(64)));
    const int8_t *x = planes->values + token * planes->columns + from * QUANTIZED_BLOCK;
    const float *scales = planes->scales + token * planes->blocks + from;
    const float *scaled_sums = planes->scaled_sums + token * planes->blocks + from;
    const int64_t products = parts(type) * count;
#define COLUMNS(product) (x + (product) / parts(type) * QUANTIZED_BLOCK)
#define MULTIPLY_EVEN(product)                                                                                         \
    MULTIPLY_TILES(0, 2, 4, COLUMNS(product), planes->columns, unpacked->weights[product], sums[(product) % 4])
#define MULTIPLY_ODD(product)                                                                                          \
    MULTIPLY_TILES(1, 3, 5, COLUMNS(product), planes->columns, unpacked->weights[product], sums[(product) % 4])
#define ADD(block)                                                                                                     \
    add_block(type, unpacked, block, sums + (block)*parts(type) % 4, scales + (block), scaled_sums + (block),          \
              planes->blocks, dots)
    int64_t added = 0;
    int64_t multiplied = 0;
    for (; multiplied + 2 <= products; multiplied += 2) {
        MULTIPLY_EVEN(multiplied);
        MULTIPLY_ODD(multiplied + 1);
        if (multiplied > 0) {
            UNROLL for (int i = 0; i < 2 / parts(type); i++) {
                ADD(added + i);
            }
            added += 2 / parts(type);
        }
    }
    if (multiplied < products) {
        MULTIPLY_EVEN(multiplied);
    }
    for (; added < count; added++) {
        ADD(added);
    }
#undef COLUMNS
#undef MULTIPLY_EVEN
#undef MULTIPLY_ODD
#undef ADD
}

/* One group for tokens first..end, at least TILE_TOKENS of them. The last tile may overlap the one before it: what both
 * compute is stored once. */
TEMPLATE void group_of(int type, const uint8_t *weights, const activation_planes *planes, int64_t group, int64_t first,
                       int64_t end, const matmul_output *output) {
    unpacked_blocks unpacked __attribute__((aligned(64)));
    float chains[TOKENS_TOGETHER + TILE_TOKENS][GROUP_ROWS] __attribute__((aligned(64)));
    const int64_t depth = DEPTH_PARTS / parts(type);
    for (int64_t from = 0; from < planes->blocks; from += depth) {
        int64_t count = least(depth, planes->blocks - from);
        unpack(type, weights + packed_group_bytes(type, from * QUANTIZED_BLOCK), count, &unpacked);
        for (int64_t at = first; at < end; at += TILE_TOKENS) {
            int64_t token = least(at, end - TILE_TOKENS);
            float(*chain)[GROUP_ROWS] = chains + (at - first);
            v16 dots[TILE_TOKENS];
            UNROLL for (int t = 0; t < TILE_TOKENS; t++) {
                dots[t] = from == 0 ? v16_zero() : v16_load(chain[t]);
            }
            add_blocks(type, &unpacked, planes, token, from, count, dots);
            int last = from + count == planes->blocks;
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
TEMPLATE void matmul_of(int type, const uint8_t *weights, int64_t columns, const void *activations, int64_t tokens,
                        int64_t from_group, int64_t to_group, const matmul_output *output) {
    activation_planes planes = planes_of((void *)activations, tokens, columns);
    int64_t group_bytes = packed_group_bytes(type, columns);
    for (int64_t first = 0; first < tokens;) {
        int64_t end = tokens - first < TOKENS_TOGETHER + TILE_TOKENS ? tokens : first + TOKENS_TOGETHER;
        for (int64_t group = from_group; group < to_group; group++) {
            group_of(type, weights + group * group_bytes, &planes, group, first, end, output);
        }
        first = end;
    }
}

/* Measured: tiles win from two of them on, unless more than a fifth of their rows repeat tokens, as with 33 to 38. With
 * one they win on one core, but not on two: using tiles makes the other vector instructions slower for a while. */
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
    _tile_loadconfig(&CONFIGURATION);
#define MATMUL(type) matmul_of(type, weights, columns, activations, tokens, from_group, to_group, &output)
    switch (type) {
    case WEIGHT_Q4_0: MATMUL(WEIGHT_Q4_0); break;
    case WEIGHT_Q4_1: MATMUL(WEIGHT_Q4_1); break;
    case WEIGHT_Q8_0: MATMUL(WEIGHT_Q8_0); break;
    case WEIGHT_Q5_0: MATMUL(WEIGHT_Q5_0); break;
    case WEIGHT_Q5_1: MATMUL(WEIGHT_Q5_1); break;
    case WEIGHT_Q4_K: MATMUL(WEIGHT_Q4_K); break;
    case WEIGHT_Q5_K: MATMUL(WEIGHT_Q5_K); break;
    case WEIGHT_Q6_K: MATMUL(WEIGHT_Q6_K); break;
    default: break;
    }
#undef MATMUL
    _tile_release();
}
