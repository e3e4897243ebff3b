/* Sixteen floats in two 256-bit registers. */
#include <immintrin.h>

#include "common.h"

#define KERNEL(name) troupe_##name##_avx2

typedef struct {
    __m256 lo, hi;
} v16;

#define V16_REGISTERS 8

static const int32_t lane_masks[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

TEMPLATE __m256i first_mask(int64_t count, int64_t half) {
    return _mm256_loadu_si256((const __m256i *)(lane_masks + 16 - count + 8 * half));
}

TEMPLATE v16 v16_of(__m256 lo, __m256 hi) { return (v16){lo, hi}; }
TEMPLATE v16 v16_set1(float value) { return v16_of(_mm256_set1_ps(value), _mm256_set1_ps(value)); }
TEMPLATE v16 v16_zero(void) { return v16_of(_mm256_setzero_ps(), _mm256_setzero_ps()); }
TEMPLATE v16 v16_load(const float *from) { return v16_of(_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)); }
TEMPLATE void v16_store(float *to, v16 v) {
    _mm256_storeu_ps(to, v.lo);
    _mm256_storeu_ps(to + 8, v.hi);
}
TEMPLATE v16 v16_load_first(const float *from, int64_t count) {
    return v16_of(_mm256_maskload_ps(from, first_mask(count, 0)), _mm256_maskload_ps(from + 8, first_mask(count, 1)));
}
TEMPLATE void v16_store_first(float *to, int64_t count, v16 v) {
    _mm256_maskstore_ps(to, first_mask(count, 0), v.lo);
    _mm256_maskstore_ps(to + 8, first_mask(count, 1), v.hi);
}
TEMPLATE v16 v16_load_f16(const uint16_t *from) {
    return v16_of(_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from)),
                  _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(from + 8))));
}
TEMPLATE v16 v16_load_i8(const int8_t *from) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)from);
    return v16_of(_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)),
                  _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_unpackhi_epi64(bytes, bytes))));
}
TEMPLATE v16 v16_load_u8(const uint8_t *from) {
    __m128i bytes = _mm_loadu_si128((const __m128i *)from);
    return v16_of(_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)),
                  _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_unpackhi_epi64(bytes, bytes))));
}
TEMPLATE __m256 v8_load_bf16(const uint16_t *from) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)from));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
TEMPLATE v16 v16_load_bf16(const uint16_t *from) { return v16_of(v8_load_bf16(from), v8_load_bf16(from + 8)); }
TEMPLATE __m256i v16_to_f16(v16 v) {
    return _mm256_set_m128i(_mm256_cvtps_ph(v.hi, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
                            _mm256_cvtps_ph(v.lo, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

TEMPLATE v16 v16_add(v16 a, v16 b) { return v16_of(_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)); }
TEMPLATE v16 v16_sub(v16 a, v16 b) { return v16_of(_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)); }
TEMPLATE v16 v16_mul(v16 a, v16 b) { return v16_of(_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)); }
TEMPLATE v16 v16_div(v16 a, v16 b) { return v16_of(_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)); }
TEMPLATE v16 v16_max(v16 a, v16 b) { return v16_of(_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)); }
TEMPLATE v16 v16_abs(v16 a) {
    __m256 sign = _mm256_set1_ps(-0.0f);
    return v16_of(_mm256_andnot_ps(sign, a.lo), _mm256_andnot_ps(sign, a.hi));
}
TEMPLATE v16 v16_negate(v16 a) {
    __m256 sign = _mm256_set1_ps(-0.0f);
    return v16_of(_mm256_xor_ps(sign, a.lo), _mm256_xor_ps(sign, a.hi));
}
TEMPLATE v16 v16_fma(v16 a, v16 b, v16 c) {
    return v16_of(_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi));
}

/* Lanes from count on become fill. */
TEMPLATE v16 v16_keep_first(v16 v, int64_t count, float fill) {
    __m256 other = _mm256_set1_ps(fill);
    return v16_of(_mm256_blendv_ps(other, v.lo, _mm256_castsi256_ps(first_mask(count, 0))),
                  _mm256_blendv_ps(other, v.hi, _mm256_castsi256_ps(first_mask(count, 1))));
}

/* Lanes i and i+8, then i and i+4, i and i+2, i and i+1. */
TEMPLATE float v16_tree_sum(v16 v) {
    __m256 eight = _mm256_add_ps(v.lo, v.hi);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

TEMPLATE float v16_greatest(v16 v) {
    __m256 eight = _mm256_max_ps(v.lo, v.hi);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

TEMPLATE __m256 v8_exp(__m256 x) {
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(EXP_LOG2_E)),
                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(EXP_LN2_HIGH), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(EXP_LN2_LOW), r);
    __m256 p = _mm256_fmadd_ps(_mm256_set1_ps(EXP_C6), r, _mm256_set1_ps(EXP_C5));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_C4));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_C3));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(EXP_C2));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f));
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
    p = _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
    p = _mm256_blendv_ps(p, _mm256_setzero_ps(), _mm256_cmp_ps(x, _mm256_set1_ps(EXP_MINIMUM), _CMP_LT_OQ));
    return _mm256_blendv_ps(p, _mm256_set1_ps(__builtin_inff()),
                            _mm256_cmp_ps(x, _mm256_set1_ps(EXP_MAXIMUM), _CMP_GT_OQ));
}
TEMPLATE v16 v16_exp(v16 x) { return v16_of(v8_exp(x.lo), v8_exp(x.hi)); }

/* v16_exp of what is not above 0. */
TEMPLATE v16 v16_exp_nonpositive(v16 x) { return v16_exp(x); }

/* The sum of sixteen signed bytes: psadbw adds unsigned ones. */
TEMPLATE int32_t sum_of_bytes(__m128i bytes) {
    __m128i two = _mm_sad_epu8(_mm_xor_si128(bytes, _mm_set1_epi8(-128)), _mm_setzero_si128());
    return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_unpackhi_epi64(two, two))) - 16 * 128;
}

/* Rounds to nearest even, stores as int8 and returns the sum. */
TEMPLATE int32_t v16_store_i8(int8_t *to, v16 v) {
    __m256i words = _mm256_packs_epi32(_mm256_cvtps_epi32(v.lo), _mm256_cvtps_epi32(v.hi));
    words = _mm256_permute4x64_epi64(words, 0xd8);
    __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)to, bytes);
    return sum_of_bytes(bytes);
}

/* The greatest lane of each of four vectors: halves of lanes are exchanged, so that all four are reduced together. */
TEMPLATE __m128 v16_greatest_of_4(v16 a, v16 b, v16 c, v16 d) {
    __m256 a8 = _mm256_max_ps(a.lo, a.hi);
    __m256 b8 = _mm256_max_ps(b.lo, b.hi);
    __m256 c8 = _mm256_max_ps(c.lo, c.hi);
    __m256 d8 = _mm256_max_ps(d.lo, d.hi);
    __m256 ab = _mm256_max_ps(_mm256_unpacklo_ps(a8, b8), _mm256_unpackhi_ps(a8, b8));
    __m256 cd = _mm256_max_ps(_mm256_unpacklo_ps(c8, d8), _mm256_unpackhi_ps(c8, d8));
    __m256 all = _mm256_max_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xee));
    return _mm_max_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
}

TEMPLATE __m256 v8_rotate(__m256 x, __m256 angles) {
    __m256 rounded = _mm256_mul_ps(_mm256_movehdup_ps(x), _mm256_permute_ps(angles, 0xb1));
    return _mm256_fmaddsub_ps(_mm256_moveldup_ps(x), angles, rounded);
}
/* Eight pairs (x0, x1) turned by eight (cos, sin): x0 cos - [x1 sin], x0 sin + [x1 cos]; the bracketed is rounded. */
TEMPLATE v16 v16_rotate(v16 x, v16 angles) { return v16_of(v8_rotate(x.lo, angles.lo), v8_rotate(x.hi, angles.hi)); }
