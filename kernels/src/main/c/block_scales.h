/* What the sums of a block of sixteen rows are scaled by, over v16. */

/* Sums of a block that have a scale each: halves of it in Q6_K. */
TEMPLATE int parts(int type) { return type == WEIGHT_Q6_K ? 2 : 1; }

typedef struct {
    v16 scale;
    v16 minimum;
    v16 parts[2]; /* of Q6_K */
} block_scales;

/* Those of block i under a header; the blocks of a super-block are asked for in their order, with the same six_bits. */
TEMPLATE block_scales packed_scales(int type, const uint8_t *header, int i, six_bit_scales *six_bits) {
    if ((type == WEIGHT_Q4_K || type == WEIGHT_Q5_K) && i == 0) {
        unpack_six_bits(header + 4 * GROUP_ROWS, six_bits);
    }
    block_scales scales;
    scales.scale = load_scale(type, header, six_bits, i);
    if (has_minimums(type)) {
        scales.minimum = load_minimum(type, header, six_bits, i);
    }
    if (parts(type) == 2) {
        scales.parts[0] = load_part_scale(header, i, 0);
        scales.parts[1] = load_part_scale(header, i, 1);
    }
    return scales;
}

/* Continues the chains of one group's rows by the sums of a block; x is at this block. */
TEMPLATE void add_scaled(int type, const block_scales *block, const v16 *sums, const activation_planes *x, int tokens,
                         v16 *dots) {
    UNROLL for (int t = 0; t < tokens; t++) {
        v16 scale = v16_mul(block->scale, v16_set1(x->scales[t * x->token_stride]));
        dots[t] = v16_fma(scale, sums[t], dots[t]);
    }
    if (has_minimums(type)) {
        UNROLL for (int t = 0; t < tokens; t++) {
            dots[t] = v16_fma(block->minimum, v16_set1(x->scaled_sums[t * x->token_stride]), dots[t]);
        }
    }
}
