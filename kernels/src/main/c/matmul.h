/* Matrix products over v16: a lane is a row, one chain of additions per output element, ascending along the columns. */

#define TOKEN_CHUNK_BYTES (256 << 10) /* activations that stay in the L2 cache while the weights pass by */
#define FLOAT_PREFETCH_BYTES 1024     /* of each of the groups that float products read side by side */
#define FEW_TOKENS_GROUPS 4           /* groups together when there is one token: chains enough to hide the latency */

/* The sums of block i of one group, those of halves times their scales (exact: below 2^24). */
TEMPLATE void block_sums(int type, const uint8_t *header, int i, const uint8_t *integers, const activation_planes *x,
                         int tokens, v16 *sums) {
    if (parts(type) == 1) {
        block_dots(type, integers, x, tokens, sums);
        return;
    }
    v16 upper[TOKEN_TILE];
    half_block_dots(integers, 0, x, tokens, sums);
    v16 scale = load_part_scale(header, i, 0);
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = v16_mul(scale, sums[t]);
    }
    half_block_dots(integers, 1, x, tokens, upper);
    scale = load_part_scale(header, i, 1);
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = v16_fma(scale, upper[t], sums[t]);
    }
}

/* One group. */
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
        for (int i = 0; i < blocks; i++) {
            const uint8_t *at = weights + header + i * integers;
            activation_planes x = planes_at(planes, token, block + i);
            prefetch_block(type, weights, i, at);
            v16 sums[TOKEN_TILE];
            block_sums(type, weights, i, at, &x, tokens, sums);
            block_scales scales = packed_scales(type, weights, i, &six_bits);
            add_scaled(type, &scales, sums, &x, tokens, dots);
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

/* dots[g * tokens + t]. */
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

TEMPLATE void tile_of(int type, const uint8_t *weights, int groups, int64_t columns, const void *activations,
                      const activation_planes *planes, int64_t group, int64_t token, int tokens,
                      const matmul_output *output) {
    v16 dots[TILE_DOTS];
    if (is_quantized(type)) {
        quantized_tile(type, weights, planes, token, tokens, dots);
    } else {
        float_tile(type, weights, groups, columns, (const float *)activations + token * columns, tokens, dots);
    }
    UNROLL for (int g = 0; g < groups; g++) {
        store_tile(output, group + g, token, tokens, dots + g * tokens);
    }
}

/* Tokens first..end by tiles of nearly the same size, none larger than `most`. */
TEMPLATE void tiles_of(int type, const uint8_t *weights, int groups, int most, int64_t columns,
                       const void *activations, const activation_planes *planes, int64_t group, int64_t first,
                       int64_t end, const matmul_output *output) {
    for (int64_t token = first, count; token < end; token += count) {
        count = even_part(end - token, most);
#define TILE(count)                                                                                                    \
    case count:                                                                                                        \
        if (count <= most) {                                                                                           \
            tile_of(type, weights, groups, columns, activations, planes, group, token, count, output);                 \
        }                                                                                                              \
        break
        switch (count) {
            TILE(1);
            TILE(2);
            TILE(3);
            TILE(4);
#if TOKEN_TILE > 4
            TILE(5);
            TILE(6);
            TILE(7);
            TILE(8);
#endif
        default: break;
        }
#undef TILE
    }
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
        int64_t group = from_group;
#define TILES(groups, most)                                                                                            \
    tiles_of(type, weights + group * group_bytes, groups, most, columns, activations, &planes, group, first, end,      \
             output)
        if (GROUP_TILE > 1 && !is_quantized(type) && tokens >= MANY_FROM) {
            for (; group + GROUP_TILE <= to_group; group += GROUP_TILE) {
                TILES(GROUP_TILE, GROUP_TILE_TOKENS);
            }
        }
        for (; group < to_group; group++) {
            TILES(1, TOKEN_TILE);
        }
#undef TILES
    }
}

#define FOR_EACH_TYPE(X)                                                                                               \
    X(WEIGHT_F32)                                                                                                      \
    X(WEIGHT_F16)                                                                                                      \
    X(WEIGHT_BF16)                                                                                                     \
    FOR_EACH_QUANTIZED_TYPE(X)

/* A function for each type and form: GCC does worse by one for all of them, which is too large for it. */
#define MANY_OF(type)                                                                                                  \
    static __attribute__((noinline)) int64_t many_##type(const uint8_t *weights, const activation_planes *planes,      \
                                                         int64_t tokens, int64_t from_group, int64_t to_group,         \
                                                         const matmul_output *output) {                                \
        return many_of(type, weights, planes, tokens, from_group, to_group, output);                                   \
    }
FOR_EACH_QUANTIZED_TYPE(MANY_OF)
#undef MANY_OF

#define MATMUL_OF(type)                                                                                                \
    static __attribute__((noinline)) void matmul_##type(                                                               \
        const uint8_t *weights, int64_t columns, const void *activations, int64_t tokens, int64_t from_group,          \
        int64_t to_group, const matmul_output *output) {                                                               \
        matmul_of(type, weights, columns, activations, tokens, from_group, to_group, output);                          \
    }
FOR_EACH_TYPE(MATMUL_OF)
#undef MATMUL_OF

/* By panels, where there are tokens enough; returns the first group that is left. */
static int64_t multiply_many(int32_t type, const void *weights, int64_t columns, const void *activations,
                             int64_t tokens, int64_t from_group, int64_t to_group, const matmul_output *output) {
    if (tokens < MANY_FROM) {
        return from_group;
    }
    activation_planes planes = planes_of((void *)activations, tokens, columns);
#define CASE(type)                                                                                                     \
    case type: return many_##type(weights, &planes, tokens, from_group, to_group, output);
    switch (type) {
        FOR_EACH_QUANTIZED_TYPE(CASE)
    default: return from_group;
    }
#undef CASE
}

void KERNEL(matmul)(int32_t type, const void *weights, int64_t rows, int64_t columns, const void *activations,
                    int64_t tokens, float *out, int64_t out_stride, int32_t accumulate, int64_t from_group,
                    int64_t to_group) {
    matmul_output output = {rows, out, out_stride, accumulate};
    from_group = multiply_many(type, weights, columns, activations, tokens, from_group, to_group, &output);
#define CASE(type)                                                                                                     \
    case type: matmul_##type(weights, columns, activations, tokens, from_group, to_group, &output); break;
    switch (type) {
        FOR_EACH_TYPE(CASE)
    default: break;
    }
#undef CASE
}
