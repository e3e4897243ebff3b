/* Integer dot products of one block of 32 columns: 16 rows in two times 8 lanes, several tokens, by AVX2. */

#define TOKEN_TILE 4

TEMPLATE __m256i broadcast_4(const int8_t *from) { return _mm256_set1_epi32(load_i32(from)); }

/* sums[t] = 8 dot products of nibbles, taken as 0..15, with the 32 activations at x + t * stride. Eight products of two
 * are summed in 16 bits: 8 * 2 * 15 * 127 = 30480 does not overflow. */
TEMPLATE void dot_nibbles(const uint8_t *integers, const int8_t *x, int64_t stride, int tokens, __m256i *sums) {
    __m256i mask = _mm256_set1_epi8(15);
    __m256i words[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        words[t] = _mm256_setzero_si256();
    }
    UNROLL for (int j = 0; j < 4; j++) {
        __m256i pairs = _mm256_loadu_si256((const __m256i *)(integers + 64 * j));
        __m256i low = _mm256_and_si256(pairs, mask);
        __m256i high = _mm256_and_si256(_mm256_srli_epi16(pairs, 4), mask);
        UNROLL for (int t = 0; t < tokens; t++) {
            const int8_t *columns = x + t * stride + 4 * j;
            words[t] = _mm256_add_epi16(words[t], _mm256_maddubs_epi16(low, broadcast_4(columns)));
            words[t] = _mm256_add_epi16(words[t], _mm256_maddubs_epi16(high, broadcast_4(columns + 16)));
        }
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = _mm256_madd_epi16(words[t], _mm256_set1_epi16(1));
    }
}

/* sums[t] = 8 dot products of signed bytes. The weight's sign moves to the activation, since maddubs wants one side
 * unsigned: 2 * 128 * 127 = 32512 does not saturate. Activations are never -128. */
TEMPLATE void dot_bytes(const uint8_t *integers, const int8_t *x, int64_t stride, int tokens, __m256i *sums) {
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = _mm256_setzero_si256();
    }
    UNROLL for (int j = 0; j < 8; j++) {
        __m256i weights = _mm256_loadu_si256((const __m256i *)(integers + 64 * j));
        __m256i magnitudes = _mm256_abs_epi8(weights);
        UNROLL for (int t = 0; t < tokens; t++) {
            __m256i signed_x = _mm256_sign_epi8(broadcast_4(x + t * stride + 4 * j), weights);
            __m256i words = _mm256_maddubs_epi16(magnitudes, signed_x);
            sums[t] = _mm256_add_epi32(sums[t], _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
        }
    }
}

TEMPLATE void half_dots(int type, const uint8_t *integers, const int8_t *x, int64_t stride, const int32_t *x_sums,
                        int64_t x_sums_stride, int tokens, __m256 *dots) {
    __m256i sums[TOKEN_TILE];
    if (type == WEIGHT_Q8_0) {
        dot_bytes(integers, x, stride, tokens, sums);
    } else {
        dot_nibbles(integers, x, stride, tokens, sums);
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        if (type == WEIGHT_Q4_0) {
            sums[t] = _mm256_sub_epi32(sums[t], _mm256_set1_epi32(8 * x_sums[t * x_sums_stride]));
        }
        dots[t] = _mm256_cvtepi32_ps(sums[t]);
    }
}

/* The dot products of one block as floats (exact: below 2^24). */
TEMPLATE void block_dots(int type, const uint8_t *integers, const int8_t *x, int64_t stride, const int32_t *x_sums,
                         int64_t x_sums_stride, int tokens, v16 *dots) {
    __m256 lo[TOKEN_TILE];
    __m256 hi[TOKEN_TILE];
    half_dots(type, integers, x, stride, x_sums, x_sums_stride, tokens, lo);
    half_dots(type, integers + 32, x, stride, x_sums, x_sums_stride, tokens, hi);
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_of(lo[t], hi[t]);
    }
}
