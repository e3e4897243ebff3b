/* What runs here; compiled for the oldest processors. */
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common.h"

/* Linux: arch_prctl's request for a state component that is off until asked for (arch/x86/include/uapi/asm/prctl.h). */
#define ARCH_REQ_XCOMP_PERM 0x1023
#define XFEATURE_XTILEDATA 18

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

int32_t troupe_amx_support(void) {
#ifdef TROUPE_AMX
    unsigned a, b, c, d;
    /* Leaf 7: AMX-TILE and AMX-INT8 are bits 24 and 25 of edx. Compilers do not all know them by name. */
    if (!troupe_supports_avx512() || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d >> 24 & 3) != 3) {
        return AMX_LACKING;
    }
    return syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 ? AMX_RUNS : AMX_REFUSED;
#else
    return AMX_NOT_COMPILED;
#endif
}

void troupe_prefetch(const void *address, int64_t bytes) {
    for (int64_t line = 0; line < bytes; line += 64) {
        __builtin_prefetch((const char *)address + line, 0, 2);
    }
}

int64_t troupe_attention_scratch_bytes(int64_t head_dim) {
    int64_t stride = rounded_up(head_dim, 16);
    int64_t vectors = ATTENTION_VECTORS * (3 * stride + ATTENTION_SPLIT + 16 + 4);
    int64_t shared = ATTENTION_CHUNK * stride + 2 * ATTENTION_SPLIT;
    return (vectors + shared) * (int64_t)sizeof(float);
}
