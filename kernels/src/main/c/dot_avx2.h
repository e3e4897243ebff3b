/* Integer dot products of one block of 32 columns: 16 rows in two times 8 lanes, several tokens, by AVX2. */

#define TOKEN_TILE 4

TEMPLATE __m256i broadcast_4(const int8_t *from) { return _mm256_set1_epi32(load_i32(from)); }

/* sums[t] += 8 dot products of nibbles, taken as 0..15, with the 32 activations of a block. Eight products of two are
 * summed in 16 bits: 8 * 2 * 15 * 127 = 30480 does not overflow. */
TEMPLATE void dot_nibbles(const uint8_t *integers, const activation_planes *x, int tokens, __m256i *sums) {
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
            const int8_t *columns = x->values + t * x->columns + 4 * j;
            words[t] = _mm256_add_epi16(words[t], _mm256_maddubs_epi16(low, broadcast_4(columns)));
            words[t] = _mm256_add_epi16(words[t], _mm256_maddubs_epi16(high, broadcast_4(columns + 16)));
        }
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = _mm256_add_epi32(sums[t], _mm256_madd_epi16(words[t], _mm256_set1_epi16(1)));
    }
}

TEMPLATE __m256i shifted(__m256i v, int left) {
    return left > 0 ? _mm256_slli_epi16(v, left) : left < 0 ? _mm256_srli_epi16(v, -left) : v;
}

/* The stored integers of columns 16 * half + 4 j .. + 3, of types with bits above the nibbles. */
TEMPLATE __m256i wide_weights(int type, const uint8_t *integers, int half, int j) {
    const uint8_t *nibbles_at = integers + GROUP_ROWS * upper_bytes(type) + 64 * j;
    __m256i nibbles = shifted(_mm256_loadu_si256((const __m256i *)nibbles_at), -4 * half);
    const uint8_t *upper_at = type == WEIGHT_Q6_K ? integers + 64 * half : integers;
    __m256i upper = _mm256_loadu_si256((const __m256i *)upper_at);
    upper = shifted(upper, type == WEIGHT_Q6_K ? 4 - 2 * j : half == 0 ? 4 - j : -j);
    upper = _mm256_and_si256(upper, _mm256_set1_epi8(type == WEIGHT_Q6_K ? 0x30 : 0x10));
    return _mm256_or_si256(_mm256_and_si256(nibbles, _mm256_set1_epi8(15)), upper);
}

/* sums[t] += 8 dot products of half a block. In 16 bits there are summed four products of two of 5-bit weights,
 * 4 * 2 * 31 * 127 = 31496, or two of 6-bit ones, 2 * 2 * 63 * 127 = 32004. */
TEMPLATE void dot_half(int type, const uint8_t *integers, int half, const activation_planes *x, int tokens,
                       __m256i *sums) {
    const int together = type == WEIGHT_Q6_K ? 2 : 4;
    __m256i words[TOKEN_TILE];
    UNROLL for (int j = 0; j < 4; j++) {
        __m256i weights = wide_weights(type, integers, half, j);
        UNROLL for (int t = 0; t < tokens; t++) {
            const int8_t *columns = x->values + t * x->columns + 16 * half + 4 * j;
            __m256i products = _mm256_maddubs_epi16(weights, broadcast_4(columns));
            words[t] = j % together == 0 ? products : _mm256_add_epi16(words[t], products);
            if (j % together == together - 1) {
                sums[t] = _mm256_add_epi32(sums[t], _mm256_madd_epi16(words[t], _mm256_set1_epi16(1)));
            }
        }
    }
}

/* sums[t] += 8 dot products of signed bytes. The weight's sign moves to the activation, since maddubs wants one side
 * unsigned: 2 * 128 * 127 = 32512 does not saturate. Activations are never -128. */
TEMPLATE void dot_bytes(const uint8_t *integers, const activation_planes *x, int tokens, __m256i *sums) {
    UNROLL for (int j = 0; j < 8; j++) {
        __m256i weights = _mm256_loadu_si256((const __m256i *)(integers + 64 * j));
        __m256i magnitudes = _mm256_abs_epi8(weights);
        UNROLL for (int t = 0; t < tokens; t++) {
            __m256i columns = broadcast_4(x->values + t * x->columns + 4 * j);
            __m256i words = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(columns, weights));
            sums[t] = _mm256_add_epi32(sums[t], _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
        }
    }
}

/* Eight rows of a block. */
TEMPLATE void rows_dots(int type, const uint8_t *integers, const activation_planes *x, int tokens, __m256 *dots) {
    __m256i sums[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        int offset = integer_offset(type);
        sums[t] = _mm256_set1_epi32(offset == 0 ? 0 : -offset * x->sums[t * x->blocks]);
    }
    if (type == WEIGHT_Q8_0) {
        dot_bytes(integers, x, tokens, sums);
    } else if (upper_bytes(type) == 0) {
        dot_nibbles(integers, x, tokens, sums);
    } else {
        dot_half(type, integers, 0, x, tokens, sums);
        dot_half(type, integers, 1, x, tokens, sums);
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = _mm256_cvtepi32_ps(sums[t]);
    }
}

/* The dot products of one block as floats (exact: below 2^24). */
TEMPLATE void block_dots(int type, const uint8_t *integers, const activation_planes *x, int tokens, v16 *dots) {
    __m256 lo[TOKEN_TILE];
    __m256 hi[TOKEN_TILE];
    rows_dots(type, integers, x, tokens, lo);
    rows_dots(type, integers + 32, x, tokens, hi);
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_of(lo[t], hi[t]);
    }
}

/* The dot products of half a block of Q6_K as floats. */
TEMPLATE void half_block_dots(const uint8_t *integers, int half, const activation_planes *x, int tokens, v16 *dots) {
    __m256i lo[TOKEN_TILE];
    __m256i hi[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        int64_t at = t * x->blocks;
        int32_t sum = half == 0 ? x->lower_sums[at] : x->sums[at] - x->lower_sums[at];
        lo[t] = hi[t] = _mm256_set1_epi32(-32 * sum);
    }
    dot_half(WEIGHT_Q6_K, integers, half, x, tokens, lo);
    dot_half(WEIGHT_Q6_K, integers + 32, half, x, tokens, hi);
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_of(_mm256_cvtepi32_ps(lo[t]), _mm256_cvtepi32_ps(hi[t]));
    }
}

/* The scales and minimums of six bits of eight blocks of Q4_K and Q5_K, from 12 bytes of each of 16 rows. */
TEMPLATE void unpack_six_bits(const uint8_t *packed, six_bit_scales *to) {
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i six = _mm256_set1_epi8(63);
    const __m256i top = _mm256_set1_epi8(48);
    UNROLL for (int two = 0; two < 4; two += 2) {
        __m256i scales = _mm256_loadu_si256((const __m256i *)(packed + two * GROUP_ROWS));
        __m256i minimums = _mm256_loadu_si256((const __m256i *)(packed + (4 + two) * GROUP_ROWS));
        __m256i last = _mm256_loadu_si256((const __m256i *)(packed + (8 + two) * GROUP_ROWS));
        __m256i scales_top = _mm256_and_si256(_mm256_srli_epi16(scales, 2), top);
        __m256i minimums_top = _mm256_and_si256(_mm256_srli_epi16(minimums, 2), top);
        _mm256_store_si256((__m256i *)to->scales[two], _mm256_and_si256(scales, six));
        _mm256_store_si256((__m256i *)to->scales[4 + two], _mm256_or_si256(_mm256_and_si256(last, low), scales_top));
        _mm256_store_si256((__m256i *)to->minimums[two], _mm256_and_si256(minimums, six));
        last = _mm256_and_si256(_mm256_srli_epi16(last, 4), low);
        _mm256_store_si256((__m256i *)to->minimums[4 + two], _mm256_or_si256(last, minimums_top));
    }
}
