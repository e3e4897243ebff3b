/* What matrix products read and write, over v16. */

/* The planes of troupe.kernels.ActivationLayout. */
typedef struct {
    int8_t *values;
    float *scales;
    float *scaled_sums;
    int32_t *sums;
    int64_t columns;
    int64_t blocks;
} activation_planes;

TEMPLATE activation_planes planes_of(void *activations, int64_t tokens, int64_t columns) {
    activation_planes planes;
    int64_t plane_bytes = rounded_up(tokens * (columns / QUANTIZED_BLOCK) * 4, 64);
    planes.values = activations;
    planes.scales = (float *)(planes.values + rounded_up(tokens * columns, 64));
    planes.scaled_sums = (float *)((char *)planes.scales + plane_bytes);
    planes.sums = (int32_t *)((char *)planes.scaled_sums + plane_bytes);
    planes.columns = columns;
    planes.blocks = columns / QUANTIZED_BLOCK;
    return planes;
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
