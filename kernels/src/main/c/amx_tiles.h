/* The stages of a product by AMX int8 tiles. Sixteen tokens are a tile of activations, as their layout lies. The 32
 * columns of a block of sixteen rows, unpacked to signed bytes [8][16 rows][4 columns], are a tile of weights. The
 * exact sums, [token][row], go through the L1 cache to the vector unit.
 *
 * A product takes 45 cycles to load, 52 to multiply and 16 to store, and a core whose buffers are halved by a neighbour
 * on its other thread does not look ahead that far: loops write the stages of several products in between the additions
 * of an earlier one, as a pipeline in program order. */

#define TILE_TOKENS 16
#define TILE_ROW_BYTES 64
#define TILE_BLOCK_BYTES 512 /* 32 columns x 16 rows */
#define STORED_PRODUCTS 4    /* between being stored and added: up to three, or four halves of Q6_K */

/* One of each serves, since the processor renames tiles like other registers. */
#define SUMS 0
#define ACTIVATIONS 1
#define WEIGHTS 2

typedef struct {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_configuration;

typedef int8_t weight_tile[TILE_BLOCK_BYTES] __attribute__((aligned(64)));

typedef int32_t sum_tile[TILE_TOKENS * GROUP_ROWS] __attribute__((aligned(64)));

/* GCC 12 does not know what the intrinsics of tiles read and write: memory written before is written. */
TEMPLATE void finish_stores(void) { __asm__ volatile("" ::: "memory"); }

TEMPLATE void configure_tiles(int tokens) {
    tile_configuration configuration = {
        .palette = 1,
        .row_bytes = {[SUMS] = TILE_ROW_BYTES, [ACTIVATIONS] = QUANTIZED_BLOCK, [WEIGHTS] = TILE_ROW_BYTES},
        .rows = {[SUMS] = tokens, [ACTIVATIONS] = tokens, [WEIGHTS] = TILE_BLOCK_BYTES / TILE_ROW_BYTES},
    };
    __asm__ volatile("" : "+m"(configuration));
    _tile_loadconfig(&configuration);
}

/* Vector 0..7 of a block's weights, as signed bytes. */
TEMPLATE __m512i signed_weights(int type, const uint8_t *integers, int vector) {
    const __m512i offset = _mm512_set1_epi8((char)integer_offset(type));
    return _mm512_sub_epi8(unsigned_weights(type, integers, vector / 4, vector % 4), offset);
}

/* To a tile for each part; one of Q6_K has zeros in place of the other half. */
TEMPLATE void unpack_integers(int type, const uint8_t *integers, weight_tile *to) {
    if (type == WEIGHT_Q8_0) {
        memcpy(to, integers, TILE_BLOCK_BYTES);
        return;
    }
    UNROLL for (int vector = 0; vector < 8; vector++) {
        int half = vector / 4;
        __m512i weights = signed_weights(type, integers, vector);
        if (parts(type) == 2) {
            _mm512_store_si512(to[half] + 64 * vector, weights);
            _mm512_store_si512(to[1 - half] + 64 * vector, _mm512_setzero_si512());
        } else {
            _mm512_store_si512(to[0] + 64 * vector, weights);
        }
    }
}

/* Of Q6_K, weights times the scales of their halves, 13 bits with sign: lower bytes to the first tile, upper ones, in
 * units of 256, to the second. */
TEMPLATE void unpack_scaled(const uint8_t *integers, const int8_t *scales, weight_tile *to) {
    const __m512i rounding = _mm512_set1_epi16(128); /* lower bytes have a sign */
    const __mmask64 odd = 0xaaaaaaaaaaaaaaaa;
    UNROLL for (int vector = 0; vector < 8; vector++) {
        __m512i weights = signed_weights(WEIGHT_Q6_K, integers, vector);
        __m512i scale = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(scales + vector / 4 * GROUP_ROWS)));
        scale = _mm512_mask_blend_epi16(0xaaaaaaaa, scale, _mm512_slli_epi32(scale, 16));
        __m512i evens = _mm512_mullo_epi16(_mm512_srai_epi16(_mm512_slli_epi16(weights, 8), 8), scale);
        __m512i odds = _mm512_mullo_epi16(_mm512_srai_epi16(weights, 8), scale);
        __m512i lower = _mm512_mask_blend_epi8(odd, evens, _mm512_slli_epi16(odds, 8));
        evens = _mm512_srli_epi16(_mm512_add_epi16(evens, rounding), 8);
        odds = _mm512_add_epi16(odds, rounding);
        _mm512_store_si512(to[0] + 64 * vector, lower);
        _mm512_store_si512(to[1] + 64 * vector, _mm512_mask_blend_epi8(odd, evens, odds));
    }
}

TEMPLATE void load_tiles(const weight_tile *weights, const int8_t *values, int64_t stride) {
    _tile_loadd(WEIGHTS, weights, TILE_ROW_BYTES);
    _tile_loadd(ACTIVATIONS, values, stride);
}

TEMPLATE void multiply_tiles(void) {
    _tile_zero(SUMS);
    _tile_dpbssd(SUMS, ACTIVATIONS, WEIGHTS);
}

TEMPLATE void store_sums(sum_tile *sums) {
    _tile_stored(SUMS, sums, TILE_ROW_BYTES);
    finish_stores();
}

/* A token's sums as floats. While tiles are in use, conversions and multiplications have one port, additions two: half of
 * the tokens become floats by adding 1.5 * 2^23 to the integer, as bits, and subtracting it from the float, exactly. It
 * is one operation more, which Q6_K, whose many operations wait for their issue, does not pay for. */
TEMPLATE v16 sum_of(int type, const sum_tile *sums, int token) {
    __m512i sum = _mm512_load_si512(*sums + token * GROUP_ROWS);
    if (parts(type) == 2 || token % 2 == 0) {
        return _mm512_cvtepi32_ps(sum);
    }
    v16 magic = v16_set1(0x1.8p23f);
    return v16_sub(_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(magic), sum)), magic);
}

/* A token's sums of both halves of a block of Q6_K, each scaled, exactly: they are integers below 2^24. */
TEMPLATE v16 scaled_halves(const block_scales *block, const sum_tile *lower, const sum_tile *upper, int token) {
    v16 sum = v16_mul(block->parts[0], sum_of(WEIGHT_Q6_K, lower, token));
    return v16_fma(block->parts[1], sum_of(WEIGHT_Q6_K, upper, token), sum);
}

/* The same of weights that were unpacked with these scales: from the sums of their lower and upper bytes. */
TEMPLATE v16 scaled_bytes(const sum_tile *lower, const sum_tile *upper, int token) {
    const __m512i times_256 = _mm512_set4_epi32(0x0e0d0cff, 0x0a0908ff, 0x060504ff, 0x020100ff); /* on the free port */
    __m512i sum = _mm512_shuffle_epi8(_mm512_load_si512(*upper + token * GROUP_ROWS), times_256);
    return _mm512_cvtepi32_ps(_mm512_add_epi32(sum, _mm512_load_si512(*lower + token * GROUP_ROWS)));
}

/* Continues the chains of tokens from..to of a tile by a block: scales and scaled sums are those of the tile's tokens,
 * upper the sums of the second product where a block has two, `scaled` whether its parts were scaled before. */
TEMPLATE void add_sums(int type, int scaled, const block_scales *block, const sum_tile *lower, const sum_tile *upper,
                       const float *scales, const float *scaled_sums, int from, int to, v16 *dots) {
    UNROLL for (int t = from; t < to; t++) {
        v16 scale = v16_mul(block->scale, v16_set1(scales[t]));
        v16 sum = parts(type) == 1 ? sum_of(type, lower, t)
                  : scaled         ? scaled_bytes(lower, upper, t)
                                   : scaled_halves(block, lower, upper, t);
        dots[t] = v16_fma(scale, sum, dots[t]);
        if (has_minimums(type)) {
            dots[t] = v16_fma(block->minimum, v16_set1(scaled_sums[t]), dots[t]);
        }
    }
}
