/* Integer dot products of one block of 32 columns: 16 rows in the lanes, several tokens, by AVX-512 VNNI. */

#define TOKEN_TILE 8

TEMPLATE __m512i broadcast_4(const int8_t *from) { return _mm512_set1_epi32(load_i32(from)); }

/* sums[t] = 16 dot products of nibbles, taken as 0..15, with the 32 activations at x + t * stride. */
TEMPLATE void dot_nibbles(const uint8_t *integers, const int8_t *x, int64_t stride, int tokens, __m512i *sums) {
    __m512i mask = _mm512_set1_epi8(15);
    __m512i low[4];
    __m512i high[4];
    UNROLL for (int j = 0; j < 4; j++) {
        __m512i pairs = _mm512_loadu_si512(integers + 64 * j);
        low[j] = _mm512_and_si512(pairs, mask);
        high[j] = _mm512_and_si512(_mm512_srli_epi16(pairs, 4), mask);
    }
    UNROLL for (int j = 0; j < 4; j++) {
        UNROLL for (int t = 0; t < tokens; t++) {
            sums[t] = _mm512_dpbusd_epi32(sums[t], low[j], broadcast_4(x + t * stride + 4 * j));
        }
        UNROLL for (int t = 0; t < tokens; t++) {
            sums[t] = _mm512_dpbusd_epi32(sums[t], high[j], broadcast_4(x + t * stride + 16 + 4 * j));
        }
    }
}

/* sums[t] = 16 dot products of signed bytes plus 128 times the sum of the activations: VNNI wants unsigned weights. */
TEMPLATE void dot_bytes(const uint8_t *integers, const int8_t *x, int64_t stride, int tokens, __m512i *sums) {
    __m512i bias = _mm512_set1_epi8(-128);
    UNROLL for (int j = 0; j < 8; j++) {
        __m512i weights = _mm512_xor_si512(_mm512_loadu_si512(integers + 64 * j), bias);
        UNROLL for (int t = 0; t < tokens; t++) {
            sums[t] = _mm512_dpbusd_epi32(sums[t], weights, broadcast_4(x + t * stride + 4 * j));
        }
    }
}

/* The dot products of one block as floats (exact: below 2^24). */
TEMPLATE void block_dots(int type, const uint8_t *integers, const int8_t *x, int64_t stride, const int32_t *x_sums,
                         int64_t x_sums_stride, int tokens, v16 *dots) {
    __m512i sums[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        int32_t x_sum = type == WEIGHT_Q4_1 ? 0 : x_sums[t * x_sums_stride];
        sums[t] = _mm512_set1_epi32(type == WEIGHT_Q4_1 ? 0 : type == WEIGHT_Q4_0 ? -8 * x_sum : -128 * x_sum);
    }
    if (type == WEIGHT_Q8_0) {
        dot_bytes(integers, x, stride, tokens, sums);
    } else {
        dot_nibbles(integers, x, stride, tokens, sums);
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = _mm512_cvtepi32_ps(sums[t]);
    }
}
