/* Products of quantized matrices by AMX int8 tiles; fewer tokens than pay for a tile and float types go to AVX-512. */
#include "vector_avx512.h"

#include "matmul_buffers.h"

#include "dot_avx512.h"

#include "block_scales.h"

#include "amx_tiles.h"

#include "amx_few.h"
#include "amx_many.h"

#define FEWEST_TOKENS 7 /* that pay for a tile: measured */

/* A function for each type and form: GCC does worse by one for all of them, which is too large for it. */
#define FUNCTIONS_OF(type)                                                                                             \
    static __attribute__((noinline)) void many_##type(const uint8_t *weights, const activation_planes *planes,         \
                                                      int64_t tokens, int64_t from_group, int64_t to_group,            \
                                                      const matmul_output *output) {                                   \
        configure_tiles(TILE_TOKENS);                                                                                  \
        many_of(type, weights, planes, tokens, from_group, to_group, output);                                          \
    }                                                                                                                  \
    static __attribute__((noinline)) void few_##type(const uint8_t *weights, const activation_planes *planes,          \
                                                     int64_t first, int64_t count, int64_t from_group,                 \
                                                     int64_t to_group, const matmul_output *output) {                  \
        if (count <= 8) {                                                                                              \
            few_of(type, 8, weights, planes, first, count, from_group, to_group, output);                              \
        } else if (count <= 12) {                                                                                      \
            few_of(type, 12, weights, planes, first, count, from_group, to_group, output);                             \
        } else {                                                                                                       \
            few_of(type, TILE_TOKENS, weights, planes, first, count, from_group, to_group, output);                    \
        }                                                                                                              \
    }
FOR_EACH_QUANTIZED_TYPE(FUNCTIONS_OF)
#undef FUNCTIONS_OF

void troupe_matmul_amx(int32_t type, const void *weights, int64_t rows, int64_t columns, const void *activations,
                       int64_t tokens, float *out, int64_t out_stride, int32_t accumulate, int64_t from_group,
                       int64_t to_group) {
    int many = tokens >= MANY_TOKENS;
    int too_wide = !many && columns > FEW_BLOCKS * QUANTIZED_BLOCK;
    if (!is_quantized(type) || tokens < FEWEST_TOKENS || too_wide) {
        troupe_matmul_avx512(type, weights, rows, columns, activations, tokens, out, out_stride, accumulate,
                             from_group, to_group);
        return;
    }
    matmul_output output = {rows, out, out_stride, accumulate};
    activation_planes planes = planes_of((void *)activations, tokens, columns);
#define CASE(type)                                                                                                     \
    case type:                                                                                                         \
        if (many) {                                                                                                    \
            many_##type(weights, &planes, tokens, from_group, to_group, &output);                                      \
            break;                                                                                                     \
        }                                                                                                              \
        for (int64_t first = 0; first < tokens; first += TILE_TOKENS) {                                                \
            few_##type(weights, &planes, first, least(TILE_TOKENS, tokens - first), from_group, to_group, &output);    \
        }                                                                                                              \
        break;
    switch (type) {
        FOR_EACH_QUANTIZED_TYPE(CASE)
    default: break;
    }
#undef CASE
    _tile_release();
}
