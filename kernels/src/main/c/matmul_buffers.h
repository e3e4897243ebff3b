/* What matrix products read and write, over v16. */

/* The layouts of troupe.kernels.PackedMatrix. A quantized type has blocks, or super-blocks of eight of them; each
 * begins with a header of scales and minimums, then every block has its bits above the nibbles and the nibbles, or
 * bytes. */

TEMPLATE int is_quantized(int type) { return type >= WEIGHT_Q4_0; }

#define FOR_EACH_QUANTIZED_TYPE(X)                                                                                     \
    X(WEIGHT_Q4_0)                                                                                                     \
    X(WEIGHT_Q4_1)                                                                                                     \
    X(WEIGHT_Q8_0)                                                                                                     \
    X(WEIGHT_Q5_0)                                                                                                     \
    X(WEIGHT_Q5_1)                                                                                                     \
    X(WEIGHT_Q4_K)                                                                                                     \
    X(WEIGHT_Q5_K)                                                                                                     \
    X(WEIGHT_Q6_K)

TEMPLATE int super_blocks(int type) { return type >= WEIGHT_Q4_K; }

TEMPLATE int header_bytes(int type) {
    const int minimum = type == WEIGHT_Q4_1 || type == WEIGHT_Q5_1 ? 2 : 0;
    return GROUP_ROWS * (type == WEIGHT_Q6_K ? 2 + 16 : super_blocks(type) ? 2 + 2 + 12 : 2 + minimum);
}

/* A row's bytes of bits above the nibbles in a block. */
TEMPLATE int upper_bytes(int type) {
    const int five_bits = type == WEIGHT_Q5_0 || type == WEIGHT_Q5_1 || type == WEIGHT_Q5_K;
    return type == WEIGHT_Q6_K ? 8 : five_bits ? 4 : 0;
}

TEMPLATE int integers_bytes(int type) { return GROUP_ROWS * (type == WEIGHT_Q8_0 ? 32 : upper_bytes(type) + 16); }

TEMPLATE int has_minimums(int type) {
    return type == WEIGHT_Q4_1 || type == WEIGHT_Q5_1 || type == WEIGHT_Q4_K || type == WEIGHT_Q5_K;
}

/* What is taken from a stored integer; Q8_0 stores it signed. */
TEMPLATE int integer_offset(int type) {
    return type == WEIGHT_Q4_0 ? 8 : type == WEIGHT_Q5_0 ? 16 : type == WEIGHT_Q6_K ? 32 : 0;
}

TEMPLATE int64_t packed_group_bytes(int type, int64_t columns) {
    if (!is_quantized(type)) {
        return columns * GROUP_ROWS * (type == WEIGHT_F32 ? 4 : 2);
    }
    const int blocks = super_blocks(type) ? 8 : 1;
    return columns / (blocks * QUANTIZED_BLOCK) * (header_bytes(type) + blocks * integers_bytes(type));
}

/* Of a super-block of Q4_K or Q5_K: [block][row]. */
typedef struct {
    uint8_t scales[8][GROUP_ROWS] __attribute__((aligned(64)));
    uint8_t minimums[8][GROUP_ROWS] __attribute__((aligned(64)));
} six_bit_scales;

#define PREFETCH_BYTES 16384 /* how far ahead of the weights' stream: measured, into L2, beyond a core's share of L3 */

TEMPLATE void prefetch(const uint8_t *weights, int bytes) {
    UNROLL for (int line = 0; line < bytes; line += 64) {
        _mm_prefetch((const char *)weights + PREFETCH_BYTES + line, _MM_HINT_T1);
    }
}

/* Asks for what lies where block i does, further on in the stream; the first one of a super-block for the header too. */
TEMPLATE void prefetch_block(int type, const uint8_t *header, int i, const uint8_t *integers) {
    if (!super_blocks(type)) {
        prefetch(header, header_bytes(type) + integers_bytes(type));
        return;
    }
    if (i == 0) {
        prefetch(header, header_bytes(type));
    }
    prefetch(integers, integers_bytes(type));
}

/* The scale of block i under a header; for Q6_K that of all of them. */
TEMPLATE v16 load_scale(int type, const uint8_t *header, const six_bit_scales *six_bits, int i) {
    v16 scale = v16_load_f16((const uint16_t *)header);
    return type == WEIGHT_Q4_K || type == WEIGHT_Q5_K ? v16_mul(scale, v16_load_u8(six_bits->scales[i])) : scale;
}

/* What a unit of the activations' sum adds. */
TEMPLATE v16 load_minimum(int type, const uint8_t *header, const six_bit_scales *six_bits, int i) {
    v16 minimum = v16_load_f16((const uint16_t *)(header + 2 * GROUP_ROWS));
    return super_blocks(type) ? v16_negate(v16_mul(minimum, v16_load_u8(six_bits->minimums[i]))) : minimum;
}

/* What scales half of block i in Q6_K. */
TEMPLATE const int8_t *part_scales(const uint8_t *header, int i, int half) {
    return (const int8_t *)header + (2 + 2 * i + half) * GROUP_ROWS;
}

TEMPLATE v16 load_part_scale(const uint8_t *header, int i, int half) {
    return v16_load_i8(part_scales(header, i, half));
}

/* The planes of troupe.kernels.ActivationLayout: values [token][column, padded]; the others by their strides. */
typedef struct {
    int8_t *values;
    float *scales;
    float *scaled_sums;
    int32_t *sums;
    int32_t *lower_sums;
    int64_t columns;
    int64_t value_stride; /* from a token's values to the next */
    int64_t blocks;
    int64_t token_stride; /* in all planes but the values; 1 where there are many tokens */
    int64_t block_stride;
} activation_planes;

TEMPLATE activation_planes planes_of(void *activations, int64_t tokens, int64_t columns) {
    activation_planes planes;
    planes.columns = columns;
    planes.value_stride = rounded_up(columns, 64) | 64;
    planes.blocks = columns / QUANTIZED_BLOCK;
    int many = tokens >= MANY_TOKENS;
    planes.token_stride = many ? 1 : planes.blocks;
    planes.block_stride = many ? rounded_up(tokens, 32) + 16 : 1;
    int64_t plane_bytes = rounded_up((many ? planes.block_stride : tokens) * planes.blocks * 4, 64);
    planes.values = activations;
    planes.scales = (float *)(planes.values + tokens * planes.value_stride);
    planes.scaled_sums = (float *)((char *)planes.scales + plane_bytes);
    planes.sums = (int32_t *)((char *)planes.scaled_sums + plane_bytes);
    planes.lower_sums = (int32_t *)((char *)planes.sums + plane_bytes);
    return planes;
}

/* The planes from a token's block on. */
TEMPLATE activation_planes planes_at(const activation_planes *planes, int64_t token, int64_t block) {
    activation_planes at = *planes;
    at.values += token * planes->value_stride + block * QUANTIZED_BLOCK;
    at.scales += token * planes->token_stride + block * planes->block_stride;
    at.scaled_sums += token * planes->token_stride + block * planes->block_stride;
    at.sums += token * planes->token_stride + block * planes->block_stride;
    at.lower_sums += token * planes->token_stride + block * planes->block_stride;
    return at;
}

/* Where a product goes: f32 [tokens][out_stride]. */
typedef struct {
    int64_t rows;
    float *out;
    int64_t out_stride;
    int32_t accumulate;
} matmul_output;

TEMPLATE void store_tile(const matmul_output *output, int64_t group, int64_t token, int tokens, const v16 *dots) {
    int64_t count = least(GROUP_ROWS, output->rows - group * GROUP_ROWS);
    UNROLL for (int t = 0; t < tokens; t++) {
        float *out = output->out + (token + t) * output->out_stride + group * GROUP_ROWS;
        if (count == GROUP_ROWS) {
            v16_store(out, output->accumulate ? v16_add(v16_load(out), dots[t]) : dots[t]);
        } else {
            v16 result = output->accumulate ? v16_add(v16_load_first(out, count), dots[t]) : dots[t];
            v16_store_first(out, count, result);
        }
    }
}
