/* Integer dot products of one block of 32 columns: 16 rows in two times 8 lanes, several tokens, by AVX2. */

#define TOKEN_TILE 4
#define GROUP_TILE 1 /* two take the registers of all their chains */
#define GROUP_TILE_TOKENS 4
#define HALVES_TILE_TOKENS 4
#define TILE_DOTS 4 /* vectors of a tile, at most */

/* What is taken from an integer as it is multiplied: that of Q8_0 stays signed. */
TEMPLATE int unsigned_offset(int type) { return integer_offset(type); }

TEMPLATE __m256i broadcast_4(const int8_t *from) { return _mm256_set1_epi32(load_i32(from)); }

/* Sixteen rows' vectors of integers: four bytes, two words or one sum of each. */
typedef struct {
    __m256i lo, hi;
} v16i;

/* Keeps GCC from rearranging a chain of additions: it would run out of registers, which costs a third of the speed. */
TEMPLATE void keep_order(v16i *chain) { __asm__("" : "+x"(chain->lo), "+x"(chain->hi)); }

TEMPLATE __m256i shifted(__m256i v, int left) {
    return left > 0 ? _mm256_slli_epi16(v, left) : left < 0 ? _mm256_srli_epi16(v, -left) : v;
}

/* Eight rows' stored integers of columns 16 * half + 4 j .. + 3, of all types but Q8_0. */
TEMPLATE __m256i eight_unsigned_weights(int type, const uint8_t *integers, int half, int j) {
    const uint8_t *nibbles_at = integers + GROUP_ROWS * upper_bytes(type) + 64 * j;
    __m256i nibbles = shifted(_mm256_loadu_si256((const __m256i *)nibbles_at), -4 * half);
    nibbles = _mm256_and_si256(nibbles, _mm256_set1_epi8(15));
    if (upper_bytes(type) == 0) {
        return nibbles;
    }
    const uint8_t *upper_at = type == WEIGHT_Q6_K ? integers + 64 * half : integers;
    __m256i upper = _mm256_loadu_si256((const __m256i *)upper_at);
    upper = shifted(upper, type == WEIGHT_Q6_K ? 4 - 2 * j : half == 0 ? 4 - j : -j);
    return _mm256_or_si256(nibbles, _mm256_and_si256(upper, _mm256_set1_epi8(type == WEIGHT_Q6_K ? 0x30 : 0x10)));
}

TEMPLATE v16i unsigned_weights(int type, const uint8_t *integers, int half, int j) {
    return (v16i){eight_unsigned_weights(type, integers, half, j),
                  eight_unsigned_weights(type, integers + 32, half, j)};
}

/* The same of a block that is unpacked. */
TEMPLATE v16i unpacked_weights(const uint8_t *block, int half, int j) {
    const uint8_t *at = block + 64 * (4 * half + j);
    return (v16i){_mm256_load_si256((const __m256i *)at), _mm256_load_si256((const __m256i *)(at + 32))};
}

/* To bytes [8][16 rows][4 columns], unsigned but for Q8_0. */
TEMPLATE void unpack_block(int type, const uint8_t *integers, uint8_t *block) {
    if (type == WEIGHT_Q8_0) {
        memcpy(block, integers, QUANTIZED_BLOCK * GROUP_ROWS);
        return;
    }
    UNROLL for (int i = 0; i < 8; i++) {
        v16i weights = unsigned_weights(type, integers, i / 4, i % 4);
        _mm256_store_si256((__m256i *)(block + 64 * i), weights.lo);
        _mm256_store_si256((__m256i *)(block + 64 * i + 32), weights.hi);
    }
}

TEMPLATE __m256i add_pairs(__m256i sums, __m256i words) {
    return _mm256_add_epi32(sums, _mm256_madd_epi16(words, _mm256_set1_epi16(1)));
}

/* sums[t] += 16 dot products of unsigned weights with the activations of some halves of a block. As many sums of two
 * products as fit are added in 16 bits: 8 * 2 * 15 * 127 = 30480 for 4 bits, 4 * 2 * 31 * 127 = 31496 for 5 bits and
 * 2 * 2 * 63 * 127 = 32004 for 6 bits. */
TEMPLATE void dot_unsigned(int type, int unpacked, const uint8_t *integers, int from_half, int to_half,
                           const activation_planes *x, int tokens, v16i *sums) {
    const int together = upper_bytes(type) == 0 ? 8 : type == WEIGHT_Q6_K ? 2 : 4;
    v16i words[TOKEN_TILE];
    UNROLL for (int i = 4 * from_half; i < 4 * to_half; i++) {
        v16i weights = unpacked ? unpacked_weights(integers, i / 4, i % 4)
                                : unsigned_weights(type, integers, i / 4, i % 4);
        UNROLL for (int t = 0; t < tokens; t++) {
            __m256i columns = broadcast_4(x->values + t * x->value_stride + 4 * i);
            __m256i lo = _mm256_maddubs_epi16(weights.lo, columns);
            __m256i hi = _mm256_maddubs_epi16(weights.hi, columns);
            words[t].lo = i % together == 0 ? lo : _mm256_add_epi16(words[t].lo, lo);
            words[t].hi = i % together == 0 ? hi : _mm256_add_epi16(words[t].hi, hi);
            keep_order(&words[t]);
            if (i % together == together - 1) {
                sums[t].lo = add_pairs(sums[t].lo, words[t].lo);
                sums[t].hi = add_pairs(sums[t].hi, words[t].hi);
            }
        }
    }
}

/* Products of signed bytes, two of them added in each word. The weight's sign moves to the activation, since maddubs
 * wants one side unsigned: 2 * 128 * 127 = 32512 does not saturate. Activations are never -128. */
TEMPLATE __m256i multiply_signed(__m256i weights, __m256i columns) {
    return _mm256_maddubs_epi16(_mm256_abs_epi8(weights), _mm256_sign_epi8(columns, weights));
}

/* sums[t] += 16 dot products of signed bytes. */
TEMPLATE void dot_signed(const uint8_t *integers, const activation_planes *x, int tokens, v16i *sums) {
    UNROLL for (int j = 0; j < 8; j++) {
        __m256i lo = _mm256_loadu_si256((const __m256i *)(integers + 64 * j));
        __m256i hi = _mm256_loadu_si256((const __m256i *)(integers + 64 * j + 32));
        UNROLL for (int t = 0; t < tokens; t++) {
            __m256i columns = broadcast_4(x->values + t * x->value_stride + 4 * j);
            sums[t].lo = add_pairs(sums[t].lo, multiply_signed(lo, columns));
            sums[t].hi = add_pairs(sums[t].hi, multiply_signed(hi, columns));
            keep_order(&sums[t]);
        }
    }
}

TEMPLATE v16 v16_of_sums(v16i sums) { return v16_of(_mm256_cvtepi32_ps(sums.lo), _mm256_cvtepi32_ps(sums.hi)); }

/* dots[t]: the dot products of one block of one group as floats (exact: below 2^24). */
TEMPLATE void block_dots(int type, const uint8_t *integers, const activation_planes *x, int tokens, v16 *dots) {
    const int offset = integer_offset(type);
    v16i sums[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t].lo = sums[t].hi = _mm256_set1_epi32(offset == 0 ? 0 : -offset * x->sums[t * x->token_stride]);
    }
    if (type == WEIGHT_Q8_0) {
        dot_signed(integers, x, tokens, sums);
    } else {
        dot_unsigned(type, 0, integers, 0, 2, x, tokens, sums);
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_of_sums(sums[t]);
    }
}

/* The dot products of half a block of Q6_K as floats. */
TEMPLATE void half_block_dots(const uint8_t *integers, int half, const activation_planes *x, int tokens, v16 *dots) {
    v16i sums[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        int64_t at = t * x->token_stride;
        int32_t sum = half == 0 ? x->lower_sums[at] : x->sums[at] - x->lower_sums[at];
        sums[t].lo = sums[t].hi = _mm256_set1_epi32(-32 * sum);
    }
    dot_unsigned(WEIGHT_Q6_K, 0, integers, half, half + 1, x, tokens, sums);
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_of_sums(sums[t]);
    }
}

/* dots[t]: those of some halves of an unpacked block of one group; starts[t] is what the sums begin with. */
TEMPLATE void unpacked_dots(int type, const uint8_t *block, int from_half, int to_half, const int32_t *starts,
                            const activation_planes *x, int tokens, v16 *dots) {
    v16i sums[TOKEN_TILE];
    UNROLL for (int t = 0; t < tokens; t++) {
        sums[t].lo = sums[t].hi = unsigned_offset(type) != 0 ? _mm256_set1_epi32(starts[t]) : _mm256_setzero_si256();
    }
    if (type == WEIGHT_Q8_0) {
        dot_signed(block, x, tokens, sums);
    } else {
        dot_unsigned(type, 1, block, from_half, to_half, x, tokens, sums);
    }
    UNROLL for (int t = 0; t < tokens; t++) {
        dots[t] = v16_of_sums(sums[t]);
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
