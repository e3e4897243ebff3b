/* What runs here; compiled for the oldest processors. */
#include "common.h"

int32_t troupe_kernels_version(void) { return TROUPE_KERNELS_VERSION; }

int32_t troupe_supports_avx2(void) {
    /* Compilers do not all know F16C by name; every processor with AVX2 has it. */
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

int32_t troupe_supports_avx512(void) {
    return troupe_supports_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni");
}

int64_t troupe_attention_scratch_bytes(int64_t head_dim) {
    return ATTENTION_QUERIES * (3 * rounded_up(head_dim, 16) + ATTENTION_SPLIT) * (int64_t)sizeof(float);
}
