/* Sixteen floats in one 512-bit register. */
#include <immintrin.h>

#include "common.h"

#define KERNEL(name) troupe_##name##_avx512

typedef __m512 v16;

#define V16_REGISTERS 32

TEMPLATE __mmask16 first_lanes(int64_t count) { return (__mmask16)((1u << count) - 1); }

TEMPLATE v16 v16_zero(void) { return _mm512_setzero_ps(); }
TEMPLATE v16 v16_set1(float value) { return _mm512_set1_ps(value); }
TEMPLATE v16 v16_load(const float *from) { return _mm512_loadu_ps(from); }
TEMPLATE void v16_store(float *to, v16 v) { _mm512_storeu_ps(to, v); }
TEMPLATE v16 v16_load_first(const float *from, int64_t count) {
    return _mm512_maskz_loadu_ps(first_lanes(count), from);
}
TEMPLATE void v16_store_first(float *to, int64_t count, v16 v) { _mm512_mask_storeu_ps(to, first_lanes(count), v); }
TEMPLATE v16 v16_load_f16(const uint16_t *from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
}
TEMPLATE v16 v16_load_bf16(const uint16_t *from) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)from));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
TEMPLATE v16 v16_load_u8(const uint8_t *from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from)));
}
TEMPLATE v16 v16_load_i8(const int8_t *from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)from)));
}
TEMPLATE __m256i v16_to_f16(v16 v) { return _mm512_cvtps_ph(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

TEMPLATE v16 v16_add(v16 a, v16 b) { return _mm512_add_ps(a, b); }
TEMPLATE v16 v16_sub(v16 a, v16 b) { return _mm512_sub_ps(a, b); }
TEMPLATE v16 v16_mul(v16 a, v16 b) { return _mm512_mul_ps(a, b); }
TEMPLATE v16 v16_div(v16 a, v16 b) { return _mm512_div_ps(a, b); }
TEMPLATE v16 v16_max(v16 a, v16 b) { return _mm512_max_ps(a, b); }
TEMPLATE v16 v16_abs(v16 a) { return _mm512_abs_ps(a); }
TEMPLATE v16 v16_fma(v16 a, v16 b, v16 c) { return _mm512_fmadd_ps(a, b, c); }
TEMPLATE v16 v16_negate(v16 a) { return _mm512_xor_ps(a, _mm512_set1_ps(-0.0f)); }

/* Lanes from count on become fill. */
TEMPLATE v16 v16_keep_first(v16 v, int64_t count, float fill) {
    return _mm512_mask_mov_ps(_mm512_set1_ps(fill), first_lanes(count), v);
}

TEMPLATE float v8_tree_sum(__m256 v) {
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

/* Lanes i and i+8, then i and i+4, i and i+2, i and i+1. */
TEMPLATE float v16_tree_sum(v16 v) {
    return v8_tree_sum(_mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1)));
}

TEMPLATE float v16_greatest(v16 v) { return _mm512_reduce_max_ps(v); }

/* exp(x - n ln 2) for the integer n nearest to x / ln 2. */
TEMPLATE v16 exp_polynomial(v16 x, v16 n) {
    v16 r = _mm512_fnmadd_ps(n, v16_set1(EXP_LN2_HIGH), x);
    r = _mm512_fnmadd_ps(n, v16_set1(EXP_LN2_LOW), r);
    v16 p = v16_fma(v16_set1(EXP_C6), r, v16_set1(EXP_C5));
    p = v16_fma(p, r, v16_set1(EXP_C4));
    p = v16_fma(p, r, v16_set1(EXP_C3));
    p = v16_fma(p, r, v16_set1(EXP_C2));
    p = v16_fma(p, r, v16_set1(1.0f));
    return v16_fma(p, r, v16_set1(1.0f));
}

TEMPLATE v16 v16_exp(v16 x) {
    v16 n = _mm512_roundscale_ps(v16_mul(x, v16_set1(EXP_LOG2_E)), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    v16 p = exp_polynomial(x, n);
    __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
    p = v16_mul(p, _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23)));
    __mmask16 low = _mm512_cmp_ps_mask(x, v16_set1(EXP_MINIMUM), _CMP_LT_OQ);
    __mmask16 high = _mm512_cmp_ps_mask(x, v16_set1(EXP_MAXIMUM), _CMP_GT_OQ);
    p = _mm512_mask_mov_ps(p, low, v16_zero());
    return _mm512_mask_mov_ps(p, high, v16_set1(__builtin_inff()));
}

/* v16_exp of what is not above 0, by fewer steps: adding 1.5 * 2^23 rounds to an integer. */
TEMPLATE v16 v16_exp_nonpositive(v16 x) {
    v16 magic = v16_set1(0x1.8p23f);
    v16 n = v16_sub(v16_add(v16_mul(x, v16_set1(EXP_LOG2_E)), magic), magic);
    __mmask16 enough = _mm512_cmp_ps_mask(x, v16_set1(EXP_MINIMUM), _CMP_GE_OQ);
    return _mm512_maskz_scalef_ps(enough, exp_polynomial(x, n), n);
}

/* The sum of sixteen signed bytes: psadbw adds unsigned ones. */
TEMPLATE int32_t sum_of_bytes(__m128i bytes) {
    __m128i two = _mm_sad_epu8(_mm_xor_si128(bytes, _mm_set1_epi8(-128)), _mm_setzero_si128());
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_unpackhi_epi64(two, two))) - 16 * 128;
}

/* Rounds to nearest even, stores as int8 and returns the sum. */
TEMPLATE int32_t v16_store_i8(int8_t *to, v16 v) {
    __m128i bytes = _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v));
    _mm_storeu_si128((__m128i *)to, bytes);
    return sum_of_bytes(bytes);
}

/* The greatest lane of each of four vectors: halves of lanes are exchanged, so that all four are reduced together. */
TEMPLATE __m128 v16_greatest_of_4(v16 a, v16 b, v16 c, v16 d) {
    v16 ab = v16_max(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
    v16 cd = v16_max(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
    v16 all = v16_max(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
    __m256 eight = _mm256_max_ps(_mm512_castps512_ps256(all), _mm512_extractf32x8_ps(all, 1));
    return _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
}

/* Eight pairs (x0, x1) turned by eight (cos, sin): x0 cos - [x1 sin], x0 sin + [x1 cos]; the bracketed is rounded. */
TEMPLATE v16 v16_rotate(v16 x, v16 angles) {
    v16 rounded = v16_mul(_mm512_movehdup_ps(x), _mm512_permute_ps(angles, 0xb1));
    return _mm512_fmaddsub_ps(_mm512_moveldup_ps(x), angles, rounded);
}
