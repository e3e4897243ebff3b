/* Matrix products over v16: a lane is a row, one chain of additions per output element, ascending along the columns. */

#define PREFETCH_BYTES 4096           /* how far ahead of the weights' stream */
#define TOKEN_CHUNK_BYTES (256 << 10) /* activations that stay in the L2 cache while the weights pass by */
#define FEW_TOKENS_GROUPS 4           /* groups together when there is one token: chains enough to hide the latency */

TEMPLATE void quantized_tile(int type, const uint8_t *weights, const activation_planes *planes, int64_t token,
                             int tokens, v16 *dots) {
    const int header = type == WEIGHT_Q4_1 ? 64 : 32;
    const int block_bytes = header + (type == WEIGHT_Q8_0 ? 512 : 256);
    int64_t columns = planes->columns;
    int64_t blocks = planes->blocks;
    const int8_t *x = planes->values + token * columns;
    const float *scales = planes->scales + token * blocks;
    const float *scaled_sums = planes->scaled_sums + token * blocks;
    const int32_t *sums = planes->sums + token * blocks;
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_zero();
    }
    for (int64_t block = 0; block < blocks; block++) {
        UNROLL for (int line = 0; line < block_bytes; line += 64) {
            _mm_prefetch((const char *)weights + PREFETCH_BYTES + line, _MM_HINT_T0);
        }
        v16 integer_dots[TOKEN_TILE];
        block_dots(type, weights + header, x, columns, sums, blocks, tokens, integer_dots);
        v16 weight_scale = v16_load_f16((const uint16_t *)weights);
        UNROLL for (int t = 0; t < tokens; t++) {
            v16 scale = v16_mul(weight_scale, v16_set1(scales[t * blocks]));
            dots[t] = v16_fma(scale, integer_dots[t], dots[t]);
        }
        if (type == WEIGHT_Q4_1) {
            v16 minimum = v16_load_f16((const uint16_t *)(weights + 32));
            UNROLL for (int t = 0; t < tokens; t++) {
                dots[t] = v16_fma(minimum, v16_set1(scaled_sums[t * blocks]), dots[t]);
            }
        }
        weights += block_bytes;
        x += QUANTIZED_BLOCK;
        scales++;
        scaled_sums++;
        sums++;
    }
}

TEMPLATE int weight_bytes(int type) { return type == WEIGHT_F32 ? 4 : 2; }

TEMPLATE v16 load_weights(int type, const uint8_t *from) {
    return type == WEIGHT_F32   ? v16_load((const float *)from)
           : type == WEIGHT_F16 ? v16_load_f16((const uint16_t *)from)
                                : v16_load_bf16((const uint16_t *)from);
}

/* dots[g * tokens + t]: several groups for one token, or several tokens for one group. */
TEMPLATE void float_tile(int type, const uint8_t *weights, int groups, int64_t columns, const float *x, int tokens,
                         v16 *dots) {
    const int step = GROUP_ROWS * weight_bytes(type);
    UNROLL for (int i = 0; i < groups * tokens; i++) {
        dots[i] = v16_zero();
    }
    for (int64_t k = 0; k < columns; k++) {
        UNROLL for (int g = 0; g < groups; g++) {
            const uint8_t *at = weights + (g * columns + k) * step;
            _mm_prefetch((const char *)at + PREFETCH_BYTES / 4, _MM_HINT_T0);
            v16 w = load_weights(type, at);
            UNROLL for (int t = 0; t < tokens; t++) {
                dots[g * tokens + t] = v16_fma(w, v16_set1(x[t * columns + k]), dots[g * tokens + t]);
            }
        }
    }
}

TEMPLATE void tile_of(int type, const uint8_t *weights, int64_t columns, const void *activations,
                      const activation_planes *planes, int64_t group, int64_t token, int tokens,
                      const matmul_output *output) {
    v16 dots[TOKEN_TILE];
    if (type >= WEIGHT_Q4_0) {
        quantized_tile(type, weights, planes, token, tokens, dots);
    } else {
        float_tile(type, weights, 1, columns, (const float *)activations + token * columns, tokens, dots);
    }
    store_tile(output, group, token, tokens, dots);
}

TEMPLATE void matmul_of(int type, const uint8_t *weights, int64_t columns, const void *activations, int64_t tokens,
                        int64_t from_group, int64_t to_group, const matmul_output *output) {
    activation_planes planes = planes_of((void *)activations, tokens, columns);
    int64_t group_bytes = type == WEIGHT_Q4_0   ? columns / 32 * 288
                          : type == WEIGHT_Q4_1 ? columns / 32 * 320
                          : type == WEIGHT_Q8_0 ? columns / 32 * 544
                                                : columns * GROUP_ROWS * weight_bytes(type);
    if (type < WEIGHT_Q4_0 && tokens == 1) {
        for (; from_group + FEW_TOKENS_GROUPS <= to_group; from_group += FEW_TOKENS_GROUPS) {
            v16 dots[FEW_TOKENS_GROUPS];
            float_tile(type, weights + from_group * group_bytes, FEW_TOKENS_GROUPS, columns, activations, 1, dots);
            UNROLL for (int g = 0; g < FEW_TOKENS_GROUPS; g++) {
                store_tile(output, from_group + g, 0, 1, dots + g);
            }
        }
    }
    int64_t token_bytes = type >= WEIGHT_Q4_0 ? columns : columns * 4;
    int64_t chunk = rounded_up(TOKEN_CHUNK_BYTES / token_bytes + 1, TOKEN_TILE);
    for (int64_t first = 0; first < tokens; first += chunk) {
        int64_t end = least(tokens, first + chunk);
        for (int64_t group = from_group; group < to_group; group++) {
            const uint8_t *group_weights = weights + group * group_bytes;
            int64_t token = first;
#define TILE(count) tile_of(type, group_weights, columns, activations, &planes, group, token, count, output)
            for (; token + TOKEN_TILE <= end; token += TOKEN_TILE) {
                TILE(TOKEN_TILE);
            }
            switch (end - token) {
            case 1: TILE(1); break;
            case 2: TILE(2); break;
            case 3: TILE(3); break;
#if TOKEN_TILE > 4
            case 4: TILE(4); break;
            case 5: TILE(5); break;
            case 6: TILE(6); break;
            case 7: TILE(7); break;
#endif
            default: break;
            }
#undef TILE
        }
    }
}

void KERNEL(matmul)(int32_t type, const void *weights, int64_t rows, int64_t columns, const void *activations,
                    int64_t tokens, float *out, int64_t out_stride, int32_t accumulate, int64_t from_group,
                    int64_t to_group) {
    matmul_output output = {rows, out, out_stride, accumulate};
#define MATMUL(type) matmul_of(type, weights, columns, activations, tokens, from_group, to_group, &output)
    switch (type) {
    case WEIGHT_F32: MATMUL(WEIGHT_F32); break;
    case WEIGHT_F16: MATMUL(WEIGHT_F16); break;
    case WEIGHT_BF16: MATMUL(WEIGHT_BF16); break;
    case WEIGHT_Q4_0: MATMUL(WEIGHT_Q4_0); break;
    case WEIGHT_Q4_1: MATMUL(WEIGHT_Q4_1); break;
    case WEIGHT_Q8_0: MATMUL(WEIGHT_Q8_0); break;
    default: break;
    }
#undef MATMUL
}
