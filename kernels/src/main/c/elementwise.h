/* Normalization, quantization, rotary embedding and activation, over v16. */

void KERNEL(rms_norm)(const float *x, const float *weight, float epsilon, int64_t columns, float *out,
                      int64_t from_token, int64_t to_token) {
    int64_t whole = columns / 16 * 16;
    int64_t rest = columns - whole;
    for (int64_t token = from_token; token < to_token; token++) {
        const float *row = x + token * columns;
        float *result = out + token * columns;
        v16 sum = v16_zero();
        for (int64_t k = 0; k < whole; k += 16) {
            v16 values = v16_load(row + k);
            sum = v16_fma(values, values, sum);
        }
        if (rest != 0) {
            v16 values = v16_load_first(row + whole, rest);
            sum = v16_fma(values, values, sum); /* adds +0 to lanes that are +0 or more: changes no bit */
        }
        float mean = v16_tree_sum(sum) / (float)columns;
        v16 inverse = v16_set1(1.0f / _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(mean + epsilon))));
        for (int64_t k = 0; k < whole; k += 16) {
            v16_store(result + k, v16_mul(v16_mul(v16_load(row + k), inverse), v16_load(weight + k)));
        }
        if (rest != 0) {
            v16 values = v16_mul(v16_load_first(row + whole, rest), inverse);
            v16_store_first(result + whole, rest, v16_mul(values, v16_load_first(weight + whole, rest)));
        }
    }
}

TEMPLATE v16 block_magnitudes(const float *block) {
    return v16_max(v16_abs(v16_load(block)), v16_abs(v16_load(block + 16)));
}

/* One block, given the reciprocal of its scale; the planes are at it. */
TEMPLATE void quantize_block(const float *x, float scale, float inverse, const activation_planes *to) {
    v16 factor = v16_set1(inverse);
    int32_t lower_sum = v16_store_i8(to->values, v16_mul(v16_load(x), factor));
    int32_t sum = lower_sum + v16_store_i8(to->values + 16, v16_mul(v16_load(x + 16), factor));
    *to->scales = scale;
    *to->scaled_sums = scale * (float)sum;
    *to->sums = sum;
    *to->lower_sums = lower_sum;
}

#define QUANTIZED_TOKENS 16 /* that take turns */

/* Four blocks of a token at a time, since their maxima and divisions cost as much as those of one; the last one,
 * repeated, where fewer are left. */
TEMPLATE void quantize_blocks(const float *x, int64_t count, int64_t token, int64_t block,
                              const activation_planes *planes) {
    const float *at[4];
    UNROLL for (int i = 0; i < 4; i++) {
        at[i] = x + least(i, count - 1) * QUANTIZED_BLOCK;
    }
    __m128 largest = v16_greatest_of_4(block_magnitudes(at[0]), block_magnitudes(at[1]), block_magnitudes(at[2]),
                                       block_magnitudes(at[3]));
    __m128 counts = _mm_cmpge_ps(largest, _mm_set1_ps(0x1p-120f));
    float scales[4] __attribute__((aligned(16)));
    float inverses[4] __attribute__((aligned(16)));
    _mm_store_ps(scales, _mm_and_ps(counts, _mm_div_ps(largest, _mm_set1_ps(127.0f))));
    _mm_store_ps(inverses, _mm_and_ps(counts, _mm_div_ps(_mm_set1_ps(127.0f), largest)));
    UNROLL for (int i = 0; i < 4; i++) {
        if (i < count) {
            activation_planes to = planes_at(planes, token, block + i);
            quantize_block(at[i], scales[i], inverses[i], &to);
        }
    }
}

/* Tokens take turns, since the scales of many share cache lines. */
void KERNEL(quantize)(const float *x, int64_t columns, void *activations, int64_t tokens, int64_t from_token,
                      int64_t to_token) {
    activation_planes planes = planes_of(activations, tokens, columns);
    for (int64_t first = from_token; first < to_token; first += QUANTIZED_TOKENS) {
        int64_t end = least(to_token, first + QUANTIZED_TOKENS);
        for (int64_t block = 0; block < planes.blocks; block += 4) {
            for (int64_t token = first; token < end; token++) {
                quantize_blocks(x + token * columns + block * QUANTIZED_BLOCK, least(4, planes.blocks - block), token,
                                block, &planes);
            }
        }
    }
}

void KERNEL(rope)(float *x, int64_t heads, int64_t head_dim, const int32_t *positions, const float *table,
                  int64_t from_token, int64_t to_token) {
    for (int64_t token = from_token; token < to_token; token++) {
        const float *angles = table + positions[token] * head_dim;
        for (int64_t head = 0; head < heads; head++) {
            float *values = x + (token * heads + head) * head_dim;
            int64_t i = 0;
            for (; i + 16 <= head_dim; i += 16) {
                v16_store(values + i, v16_rotate(v16_load(values + i), v16_load(angles + i)));
            }
            if (i < head_dim) {
                int64_t count = head_dim - i;
                v16 rest = v16_rotate(v16_load_first(values + i, count), v16_load_first(angles + i, count));
                v16_store_first(values + i, count, rest);
            }
        }
    }
}

TEMPLATE v16 swiglu_lanes(v16 gate, v16 up) {
    v16 one = v16_set1(1.0f);
    return v16_mul(v16_div(gate, v16_add(one, v16_exp(v16_negate(gate)))), up);
}

void KERNEL(swiglu)(const float *gate, const float *up, float *out, int64_t from, int64_t to) {
    int64_t i = from;
    for (; i + 16 <= to; i += 16) {
        v16_store(out + i, swiglu_lanes(v16_load(gate + i), v16_load(up + i)));
    }
    if (i < to) {
        v16 rest = swiglu_lanes(v16_load_first(gate + i, to - i), v16_load_first(up + i, to - i));
        v16_store_first(out + i, to - i, rest);
    }
}
