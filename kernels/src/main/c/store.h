/* Stores to the paged cache: a head's keys go to one lane of [head_dim][16], its values to one row of [16][head_dim]. */

/* Where a head's keys and values of one position go. */
typedef struct {
    char *keys;   /* the head's part of the block */
    char *values;
    int64_t offset; /* of the position in the block */
    int64_t head_dim;
} kv_slot;

TEMPLATE void store_f32(const kv_slot *slot, const float *key, const float *value) {
    float *lane = (float *)slot->keys + slot->offset;
    for (int64_t d = 0; d < slot->head_dim; d++) {
        lane[d * KV_BLOCK_TOKENS] = key[d];
    }
    memcpy((float *)slot->values + slot->offset * slot->head_dim, value, (size_t)slot->head_dim * sizeof *value);
}

TEMPLATE void store_values_f16(const kv_slot *slot, const float *value) {
    uint16_t *row = (uint16_t *)slot->values + slot->offset * slot->head_dim;
    int64_t d = 0;
    for (; d + 16 <= slot->head_dim; d += 16) {
        _mm256_storeu_si256((__m256i *)(row + d), v16_to_f16(v16_load(value + d)));
    }
    for (; d < slot->head_dim; d++) {
        row[d] = _cvtss_sh(value[d], _MM_FROUND_TO_NEAREST_INT);
    }
}

TEMPLATE void store_f16(const kv_slot *slot, const float *key, const float *value) {
    uint16_t *lane = (uint16_t *)slot->keys + slot->offset;
    for (int64_t d = 0; d < slot->head_dim; d += 16) {
        uint16_t rounded[16];
        int64_t count = least(16, slot->head_dim - d);
        _mm256_storeu_si256((__m256i *)rounded, v16_to_f16(v16_load_first(key + d, count)));
        for (int64_t i = 0; i < count; i++) {
            lane[(d + i) * KV_BLOCK_TOKENS] = rounded[i];
        }
    }
    store_values_f16(slot, value);
}

/* Quantizes by one scale; element i goes to to[i * step]. */
TEMPLATE void store_q8_vector(const float *x, int64_t count, int8_t *to, int64_t step, float *scale) {
    v16 most = v16_zero();
    for (int64_t d = 0; d < count; d += 16) {
        most = v16_max(most, v16_abs(v16_load_first(x + d, least(16, count - d))));
    }
    float largest = v16_greatest(most);
    *scale = largest < 0x1p-120f ? 0.0f : largest / 127.0f;
    v16 inverse = v16_set1(largest < 0x1p-120f ? 0.0f : 127.0f / largest);
    for (int64_t d = 0; d < count; d += 16) {
        int8_t rounded[16];
        v16_store_i8(rounded, v16_mul(v16_load_first(x + d, least(16, count - d)), inverse));
        for (int64_t i = 0; i < least(16, count - d); i++) {
            to[(d + i) * step] = rounded[i];
        }
    }
}

/* The scales of the 16 positions come first. */
TEMPLATE void store_q8(const kv_slot *slot, const float *key, const float *value) {
    const int64_t elements = KV_BLOCK_TOKENS * 4;
    store_q8_vector(key, slot->head_dim, (int8_t *)slot->keys + elements + slot->offset, KV_BLOCK_TOKENS,
                    (float *)slot->keys + slot->offset);
    store_q8_vector(value, slot->head_dim, (int8_t *)slot->values + elements + slot->offset * slot->head_dim, 1,
                    (float *)slot->values + slot->offset);
}

/* Stores 16 dimensions of 16 keys, stride floats apart, as [dimension][key]. */
TEMPLATE void transpose_f16(const float *keys, int64_t stride, uint16_t *to) {
    __m256i pairs[16], fours[16], eights[16];
    UNROLL for (int i = 0; i < 16; i += 2) {
        __m256i even = v16_to_f16(v16_load(keys + i * stride));
        __m256i odd = v16_to_f16(v16_load(keys + (i + 1) * stride));
        pairs[i] = _mm256_unpacklo_epi16(even, odd);
        pairs[i + 1] = _mm256_unpackhi_epi16(even, odd);
    }
    UNROLL for (int i = 0; i < 16; i += 4) {
        UNROLL for (int half = 0; half < 2; half++) {
            fours[i + 2 * half] = _mm256_unpacklo_epi32(pairs[i + half], pairs[i + 2 + half]);
            fours[i + 2 * half + 1] = _mm256_unpackhi_epi32(pairs[i + half], pairs[i + 2 + half]);
        }
    }
    UNROLL for (int i = 0; i < 16; i += 8) {
        UNROLL for (int part = 0; part < 4; part++) {
            eights[i + 2 * part] = _mm256_unpacklo_epi64(fours[i + part], fours[i + 4 + part]);
            eights[i + 2 * part + 1] = _mm256_unpackhi_epi64(fours[i + part], fours[i + 4 + part]);
        }
    }
    /* eights[d] has dimension d of the keys 0..8 in its lower half and dimension d + 8 in the upper; eights[8 + d] has
     * those of the keys 8..16. */
    UNROLL for (int d = 0; d < 8; d++) {
        _mm256_storeu_si256((__m256i *)(to + d * 16), _mm256_permute2x128_si256(eights[d], eights[8 + d], 0x20));
        _mm256_storeu_si256((__m256i *)(to + (8 + d) * 16), _mm256_permute2x128_si256(eights[d], eights[8 + d], 0x31));
    }
}

/* Whether the tokens from..from + 16 fill a block in order. */
TEMPLATE int fills_block(const int64_t *slots, int64_t from, int64_t to) {
    if (slots[from] % KV_BLOCK_TOKENS != 0 || from + KV_BLOCK_TOKENS > to) {
        return 0;
    }
    for (int64_t i = 1; i < KV_BLOCK_TOKENS; i++) {
        if (slots[from + i] != slots[from] + i) {
            return 0;
        }
    }
    return 1;
}

/* Lines that a position's keys lie in are all of the head's and seldom in a cache: they are asked for together. */
TEMPLATE void prefetch_keys(const char *keys, int64_t bytes) {
    for (int64_t line = 0; line < bytes; line += 64) {
        __builtin_prefetch(keys + line, 1);
    }
}

TEMPLATE int64_t kv_head_bytes(int32_t type, int64_t head_dim) {
    return KV_BLOCK_TOKENS * (type == KV_Q8 ? head_dim + 4 : type == KV_F16 ? 2 * head_dim : 4 * head_dim);
}

void KERNEL(store)(int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t kv_heads,
                   int64_t head_dim, const float *keys, const float *values, const int64_t *slots, void *cache,
                   int64_t from_token, int64_t to_token) {
    int64_t head_bytes = kv_head_bytes(type, head_dim);
    for (int64_t token = from_token; token < to_token;) {
        char *block = (char *)cache + slots[token] / KV_BLOCK_TOKENS * block_bytes;
        int whole = type == KV_F16 && head_dim % 16 == 0 && fills_block(slots, token, to_token);
        if (!whole) {
            prefetch_keys(block + key_offset, kv_heads * head_bytes);
        }
        for (int64_t head = 0; head < kv_heads; head++) {
            const float *key = keys + (token * kv_heads + head) * head_dim;
            const float *value = values + (token * kv_heads + head) * head_dim;
            kv_slot slot = {block + key_offset + head * head_bytes, block + value_offset + head * head_bytes,
                            slots[token] % KV_BLOCK_TOKENS, head_dim};
            if (whole) {
                for (int64_t d = 0; d < head_dim; d += 16) {
                    transpose_f16(key + d, kv_heads * head_dim, (uint16_t *)slot.keys + d * KV_BLOCK_TOKENS);
                }
                for (slot.offset = 0; slot.offset < KV_BLOCK_TOKENS; slot.offset++) {
                    store_values_f16(&slot, value + slot.offset * kv_heads * head_dim);
                }
            } else if (type == KV_F16) {
                store_f16(&slot, key, value);
            } else if (type == KV_Q8) {
                store_q8(&slot, key, value);
            } else {
                store_f32(&slot, key, value);
            }
        }
        token += whole ? KV_BLOCK_TOKENS : 1;
    }
}
