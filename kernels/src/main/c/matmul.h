/* Matrix products over v16: a lane is a row, one chain of additions per output element, ascending along the columns. */

#define TOKEN_CHUNK_BYTES (256 << 10) /* activations that stay in the L2 cache while the weights pass by */
#define FLOAT_PREFETCH_BYTES 1024     /* of each of the groups that float products read side by side */
#define FEW_TOKENS_GROUPS 4           /* groups together when there is one token: chains enough to hide the latency */

/* The dot products of block i of a super-block of Q6_K, each half times its scale (exact: below 2^24). */
TEMPLATE void scaled_half_dots(const uint8_t *header, int i, const uint8_t *integers, const activation_planes *x,
                               int tokens, v16 *dots) {
    const int8_t *scales = (const int8_t *)header + (2 + 2 * i) * GROUP_ROWS;
    v16 upper[TOKEN_TILE];
    half_block_dots(integers, 0, x, tokens, dots);
    v16 lower_scale = v16_load_i8(scales);
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_mul(lower_scale, dots[t]);
    }
    half_block_dots(integers, 1, x, tokens, upper);
    v16 upper_scale = v16_load_i8(scales + GROUP_ROWS);
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_fma(upper_scale, upper[t], dots[t]);
    }
}

/* Continues the chains by block i under a header; x is at this block. */
TEMPLATE void add_block(int type, const uint8_t *header, const six_bit_scales *six_bits, int i,
                        const uint8_t *integers, const activation_planes *x, int tokens, v16 *dots) {
    v16 integer_dots[TOKEN_TILE];
    if (type == WEIGHT_Q6_K) {
        scaled_half_dots(header, i, integers, x, tokens, integer_dots);
    } else {
        block_dots(type, integers, x, tokens, integer_dots);
    }
    v16 weight_scale = load_scale(type, header, six_bits, i);
    UNROLL for (int t = 0; t < tokens; t++) {
        v16 scale = v16_mul(weight_scale, v16_set1(x->scales[t * x->blocks]));
        dots[t] = v16_fma(scale, integer_dots[t], dots[t]);
    }
    if (has_minimums(type)) {
        v16 minimum = load_minimum(type, header, six_bits, i);
        UNROLL for (int t = 0; t < tokens; t++) {
            dots[t] = v16_fma(minimum, v16_set1(x->scaled_sums[t * x->blocks]), dots[t]);
        }
    }
}

TEMPLATE void quantized_tile(int type, const uint8_t *weights, const activation_planes *planes, int64_t token,
                             int tokens, v16 *dots) {
    const int header = header_bytes(type);
    const int integers = integers_bytes(type);
    const int blocks = super_blocks(type) ? 8 : 1;
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_zero();
    }
    for (int64_t block = 0; block < planes->blocks; block += blocks) {
        six_bit_scales six_bits;
        if (type == WEIGHT_Q4_K || type == WEIGHT_Q5_K) {
            unpack_six_bits(weights + 4 * GROUP_ROWS, &six_bits);
        }
        if (super_blocks(type)) {
            prefetch(weights, header);
        }
        for (int i = 0; i < blocks; i++) {
            const uint8_t *at = weights + header + i * integers;
            activation_planes x = planes_at(planes, token, block + i);
            prefetch(super_blocks(type) ? at : weights, super_blocks(type) ? integers : header + integers);
            add_block(type, weights, &six_bits, i, at, &x, tokens, dots);
        }
        weights += header + blocks * integers;
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
            _mm_prefetch((const char *)at + FLOAT_PREFETCH_BYTES, _MM_HINT_T0);
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
    if (is_quantized(type)) {
        quantized_tile(type, weights, planes, token, tokens, dots);
    } else {
        float_tile(type, weights, 1, columns, (const float *)activations + token * columns, tokens, dots);
    }
    store_tile(output, group, token, tokens, dots);
}

TEMPLATE void matmul_of(int type, const uint8_t *weights, int64_t columns, const void *activations, int64_t tokens,
                        int64_t from_group, int64_t to_group, const matmul_output *output) {
    activation_planes planes = planes_of((void *)activations, tokens, columns);
    int64_t group_bytes = packed_group_bytes(type, columns);
    if (!is_quantized(type) && tokens == 1) {
        for (; from_group + FEW_TOKENS_GROUPS <= to_group; from_group += FEW_TOKENS_GROUPS) {
            v16 dots[FEW_TOKENS_GROUPS];
            float_tile(type, weights + from_group * group_bytes, FEW_TOKENS_GROUPS, columns, activations, 1, dots);
            UNROLL for (int g = 0; g < FEW_TOKENS_GROUPS; g++) {
                store_tile(output, from_group + g, 0, 1, dots + g);
            }
        }
    }
    int64_t token_bytes = is_quantized(type) ? columns : columns * 4;
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
    case WEIGHT_Q5_0: MATMUL(WEIGHT_Q5_0); break;
    case WEIGHT_Q5_1: MATMUL(WEIGHT_Q5_1); break;
    case WEIGHT_Q4_K: MATMUL(WEIGHT_Q4_K); break;
    case WEIGHT_Q5_K: MATMUL(WEIGHT_Q5_K); break;
    case WEIGHT_Q6_K: MATMUL(WEIGHT_Q6_K); break;
    default: break;
    }
#undef MATMUL
}
