/* Normalization, quantization, rotary embedding, activation and the stores to the cache, over v16. */

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

/* A head's keys go to one lane of [head_dim][16], its values to one row of [16][head_dim]. */
void KERNEL(store)(int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t kv_heads,
                   int64_t head_dim, const float *keys, const float *values, const int64_t *slots, void *cache,
                   int64_t from_token, int64_t to_token) {
    for (int64_t token = from_token; token < to_token; token++) {
        char *block = (char *)cache + slots[token] / KV_BLOCK_TOKENS * block_bytes;
        int64_t offset = slots[token] % KV_BLOCK_TOKENS;
        int64_t head_elements = KV_BLOCK_TOKENS * head_dim;
        for (int64_t head = 0; head < kv_heads; head++) {
            const float *key = keys + (token * kv_heads + head) * head_dim;
            const float *value = values + (token * kv_heads + head) * head_dim;
            if (type == KV_F16) {
                uint16_t *key_lane = (uint16_t *)(block + key_offset) + head * head_elements + offset;
                uint16_t *value_row = (uint16_t *)(block + value_offset) + head * head_elements + offset * head_dim;
                for (int64_t d = 0; d < head_dim; d += 16) {
                    int64_t count = least(16, head_dim - d);
                    uint16_t rounded_key[16];
                    uint16_t rounded_value[16];
                    v16_store_f16(rounded_key, v16_load_first(key + d, count));
                    v16_store_f16(rounded_value, v16_load_first(value + d, count));
                    for (int64_t i = 0; i < count; i++) {
                        key_lane[(d + i) * KV_BLOCK_TOKENS] = rounded_key[i];
                    }
                    memcpy(value_row + d, rounded_value, (size_t)count * sizeof *value_row);
                }
            } else {
                float *key_lane = (float *)(block + key_offset) + head * head_elements + offset;
                for (int64_t d = 0; d < head_dim; d++) {
                    key_lane[d * KV_BLOCK_TOKENS] = key[d];
                }
                memcpy((float *)(block + value_offset) + head * head_elements + offset * head_dim, value,
                       (size_t)head_dim * sizeof *value);
            }
        }
    }
}
