/* Integer dot products of one block of 32 columns: 16 rows in the lanes, several groups of these, several tokens, by
 * AVX-512 VNNI. */

#define TOKEN_TILE 8
/* Groups side by side share a broadcast of activations: where one is alone, loads take as long as products. More than 6
 * tokens of two do not fit in the registers. */
#define GROUP_TILE 2
#define GROUP_TILE_TOKENS 6
#define HALVES_TILE_TOKENS 4 /* of a type whose halves of blocks have sums of their own */
#define TILE_DOTS (GROUP_TILE * GROUP_TILE_TOKENS) /* vectors of a tile, at most */

/* What is taken from an integer once it is unsigned. */
TEMPLATE int unsigned_offset(int type) { return type == WEIGHT_Q8_0 ? 128 : integer_offset(type); }

TEMPLATE __m512i broadcast_4(const int8_t *from) { return _mm512_set1_epi32(load_i32(from)); }

TEMPLATE __m512i shifted(__m512i v, int left) {
    return left > 0 ? _mm512_slli_epi16(v, left) : left < 0 ? _mm512_srli_epi16(v, -left) : v;
}

/* The stored integers of columns 16 * half + 4 j .. + 3, of all types but Q8_0. */
TEMPLATE __m512i unsigned_weights(int type, const uint8_t *integers, int half, int j) {
    __m512i mask = _mm512_set1_epi8(15);
    __m512i nibbles = _mm512_loadu_si512(integers + GROUP_ROWS * upper_bytes(type) + 64 * j);
    nibbles = shifted(nibbles, -4 * half);
    if (upper_bytes(type) == 0) {
        return _mm512_and_si512(nibbles, mask);
    }
    __m512i upper = type == WEIGHT_Q6_K ? shifted(_mm512_loadu_si512(integers + 64 * half), 4 - 2 * j)
                                        : shifted(_mm512_loadu_si512(integers), half == 0 ? 4 - j : -j);
    upper = _mm512_and_si512(upper, _mm512_set1_epi8(type == WEIGHT_Q6_K ? 0x30 : 0x10));
    return _mm512_ternarylogic_epi64(nibbles, mask, upper, 0xea); /* (nibbles & mask) | upper */
}

/* The same of a block that is unpacked. */
TEMPLATE __m512i unpacked_weights(const uint8_t *block, int half, int j) {
    return _mm512_load_si512(block + 64 * (4 * half + j));
}

/* To unsigned bytes [8][16 rows][4 columns]. */
TEMPLATE void unpack_block(int type, const uint8_t *integers, uint8_t *block) {
    UNROLL for (int i = 0; i < 8; i++) {
        __m512i weights = type == WEIGHT_Q8_0
                              ? _mm512_xor_si512(_mm512_loadu_si512(integers + 64 * i), _mm512_set1_epi8(-128))
                              : unsigned_weights(type, integers, i / 4, i % 4);
        _mm512_store_si512(block + 64 * i, weights);
    }
}

/* sums[g * tokens + t] += 16 dot products of unsigned weights with the 16 activations of half a block: of one packed
 * group, or of GROUP_TILE unpacked ones, whose blocks lie one after the other. */
TEMPLATE void dot_half(int type, int unpacked, const uint8_t *integers, int half, const activation_planes *x,
                       int tokens, __m512i *sums) {
    const int groups = unpacked ? GROUP_TILE : 1;
    const int ahead = groups == 1 ? 4 : 1; /* vectors unpacked before their products: one group leaves registers */
    UNROLL for (int first = 0; first < 4; first += ahead) {
        __m512i weights[4];
        UNROLL for (int i = 0; i < ahead * groups; i++) {
            const uint8_t *at = integers + i % groups * QUANTIZED_BLOCK * GROUP_ROWS;
            weights[i] = unpacked ? unpacked_weights(at, half, first + i / groups)
                                  : unsigned_weights(type, at, half, first + i / groups);
        }
        UNROLL for (int j = 0; j < ahead; j++) {
            UNROLL for (int t = 0; t < tokens; t++) {
                __m512i columns = broadcast_4(x->values + t * x->value_stride + 16 * half + 4 * (first + j));
                UNROLL for (int g = 0; g < groups; g++) {
                    __m512i *sum = sums + g * tokens + t;
                    *sum = _mm512_dpbusd_epi32(*sum, weights[j * groups + g], columns);
                }
            }
        }
    }
}

/* sums[t] += 16 dot products of signed bytes plus 128 times the sum of the activations: VNNI wants unsigned weights. */
TEMPLATE void dot_bytes(const uint8_t *integers, const activation_planes *x, int tokens, __m512i *sums) {
    __m512i bias = _mm512_set1_epi8(-128);
    UNROLL for (int j = 0; j < 8; j++) {
        __m512i weights = _mm512_xor_si512(_mm512_loadu_si512(integers + 64 * j), bias);
        UNROLL for (int t = 0; t < tokens; t++) {
            sums[t] = _mm512_dpbusd_epi32(sums[t], weights, broadcast_4(x->values + t * x->value_stride + 4 * j));
        }
    }
}

/* sums - offset * sum as floats (exact: below 2^24); the offset is a power of two. */
TEMPLATE v16 without_offset(__m512i sums, int offset, __m512i sum) {
    return _mm512_cvtepi32_ps(_mm512_sub_epi32(sums, _mm512_slli_epi32(sum, __builtin_ctz(offset))));
}

/* dots[t]: the dot products of one block of one group as floats. */
TEMPLATE void block_dots(int type, const uint8_t *integers, const activation_planes *x, int tokens, v16 *dots) {
    const int offset = unsigned_offset(type);
    __m512i sums[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = _mm512_setzero_si512();
    }
    if (type == WEIGHT_Q8_0) {
        dot_bytes(integers, x, tokens, sums);
    } else {
        dot_half(type, 0, integers, 0, x, tokens, sums);
        dot_half(type, 0, integers, 1, x, tokens, sums);
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = offset == 0 ? _mm512_cvtepi32_ps(sums[t])
                              : without_offset(sums[t], offset, _mm512_set1_epi32(x->sums[t * x->token_stride]));
    }
}

/* The dot products of half a block of Q6_K as floats. */
TEMPLATE void half_block_dots(const uint8_t *integers, int half, const activation_planes *x, int tokens, v16 *dots) {
    __m512i sums[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t] = _mm512_setzero_si512();
    }
    dot_half(WEIGHT_Q6_K, 0, integers, half, x, tokens, sums);
    UNROLL for (int t = 0; t < tokens; t++) {
        int64_t at = t * x->token_stride;
        __m512i sum = _mm512_set1_epi32(x->lower_sums[at]);
        if (half == 1) {
            sum = _mm512_sub_epi32(_mm512_set1_epi32(x->sums[at]), sum);
        }
        dots[t] = without_offset(sums[t], integer_offset(WEIGHT_Q6_K), sum);
    }
}

/* dots[g * tokens + t]: those of some halves of an unpacked block of each group, one after the other; starts[t] is what
 * the sums begin with. */
TEMPLATE void unpacked_dots(int type, const uint8_t *block, int from_half, int to_half, const int32_t *starts,
                            const activation_planes *x, int tokens, v16 *dots) {
    __m512i sums[TILE_DOTS];
    UNROLL for (int i = 0; i < GROUP_TILE * tokens; i++) {
        sums[i] = unsigned_offset(type) != 0 ? _mm512_set1_epi32(starts[i % tokens]) : _mm512_setzero_si512();
    }
    UNROLL for (int half = from_half; half < to_half; half++) {
        dot_half(type, 1, block, half, x, tokens, sums);
    }
    UNROLL for (int i = 0; i < GROUP_TILE * tokens; i++) {
        dots[i] = _mm512_cvtepi32_ps(sums[i]);
    }
}

/* The scales and minimums of six bits of eight blocks of Q4_K and Q5_K, from 12 bytes of each of 16 rows. */
TEMPLATE void unpack_six_bits(const uint8_t *packed, six_bit_scales *to) {
    const __m512i low = _mm512_set1_epi8(15);
    const __m512i six = _mm512_set1_epi8(63);
    const __m512i top = _mm512_set1_epi8(48);
    __m512i scales = _mm512_loadu_si512(packed);
    __m512i minimums = _mm512_loadu_si512(packed + 64);
    __m512i last = _mm512_loadu_si512(packed + 128);
    __m512i scales_top = _mm512_and_si512(_mm512_srli_epi16(scales, 2), top);
    __m512i minimums_top = _mm512_and_si512(_mm512_srli_epi16(minimums, 2), top);
    _mm512_store_si512(to->scales, _mm512_and_si512(scales, six));
    _mm512_store_si512(to->scales[4], _mm512_or_si512(_mm512_and_si512(last, low), scales_top));
    _mm512_store_si512(to->minimums, _mm512_and_si512(minimums, six));
    last = _mm512_and_si512(_mm512_srli_epi16(last, 4), low);
    _mm512_store_si512(to->minimums[4], _mm512_or_si512(last, minimums_top));
}
