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

void KERNEL(quantize)(const float *x, int64_t columns, void *activations, int64_t tokens, int64_t from_token,
                      int64_t to_token) {
    activation_planes planes = planes_of(activations, tokens, columns);
    for (int64_t block = from_token * planes.blocks; block < to_token * planes.blocks; block++) {
        v16 lo = v16_load(x + block * QUANTIZED_BLOCK);
        v16 hi = v16_load(x + block * QUANTIZED_BLOCK + 16);
        float largest = v16_greatest(v16_max(v16_abs(lo), v16_abs(hi)));
        float scale = largest < 0x1p-120f ? 0.0f : largest / 127.0f;
        v16 inverse = v16_set1(largest < 0x1p-120f ? 0.0f : 127.0f / largest);
        int8_t *values = planes.values + block * QUANTIZED_BLOCK;
        int32_t lower_sum = v16_store_i8(values, v16_mul(lo, inverse));
        int32_t sum = lower_sum + v16_store_i8(values + 16, v16_mul(hi, inverse));
        planes.scales[block] = scale;
        planes.scaled_sums[block] = scale * (float)sum;
        planes.sums[block] = sum;
        planes.lower_sums[block] = lower_sum;
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
