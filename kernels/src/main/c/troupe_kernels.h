/* The C ABI of the kernels. docs/arithmetic.md defines what each computes, bit for bit; the Java interface
 * troupe.kernels.Kernels describes the buffers and checks them. Nothing here checks its arguments. */
#ifndef TROUPE_KERNELS_H
#define TROUPE_KERNELS_H

#include <stdint.h>

/* Raised with every change of this file or of the arithmetic; the Java side requires the same number. */
#define TROUPE_KERNELS_VERSION 6

#define TROUPE_EXPORT __attribute__((visibility("default")))

/* The codes of the Java enums WeightType and KvType. */
enum weight_type {
    WEIGHT_F32,
    WEIGHT_F16,
    WEIGHT_BF16,
    WEIGHT_Q4_0,
    WEIGHT_Q4_1,
    WEIGHT_Q8_0,
    WEIGHT_Q5_0,
    WEIGHT_Q5_1,
    WEIGHT_Q4_K,
    WEIGHT_Q5_K,
    WEIGHT_Q6_K
};
enum kv_type { KV_F16, KV_F32, KV_Q8 };

TROUPE_EXPORT int32_t troupe_kernels_version(void);

/* Whether the processor and the operating system run the functions with that suffix. */
TROUPE_EXPORT int32_t troupe_supports_avx2(void);
TROUPE_EXPORT int32_t troupe_supports_avx512(void);

/* Whether troupe_matmul_amx runs; the first call asks the system for the tiles, for all threads of the process. */
enum amx_support { AMX_RUNS, AMX_NOT_COMPILED, AMX_LACKING, AMX_REFUSED };
TROUPE_EXPORT int32_t troupe_amx_support(void);

/* Asks for memory to be brought into the L2 cache; reads nothing, so any address is good. */
TROUPE_EXPORT void troupe_prefetch(const void *address, int64_t bytes);

/* Bytes of scratch memory of one thread in troupe_attention_*. */
TROUPE_EXPORT int64_t troupe_attention_scratch_bytes(int64_t head_dim);

#define TROUPE_KERNELS(isa)                                                                                            \
    TROUPE_EXPORT void troupe_rms_norm_##isa(const float *x, const float *weight, float epsilon, int64_t columns,      \
                                             float *out, int64_t from_token, int64_t to_token);                        \
    TROUPE_EXPORT void troupe_quantize_##isa(const float *x, int64_t columns, void *activations, int64_t tokens,       \
                                             int64_t from_token, int64_t to_token);                                    \
    TROUPE_EXPORT void troupe_matmul_##isa(int32_t type, const void *weights, int64_t rows, int64_t columns,           \
                                           const void *activations, int64_t tokens, float *out, int64_t out_stride,    \
                                           int32_t accumulate, int64_t from_group, int64_t to_group);                  \
    TROUPE_EXPORT void troupe_rope_##isa(float *x, int64_t heads, int64_t head_dim, const int32_t *positions,          \
                                         const float *table, int64_t from_token, int64_t to_token);                    \
    TROUPE_EXPORT void troupe_store_##isa(int32_t type, int64_t block_bytes, int64_t key_offset,                       \
                                          int64_t value_offset, int64_t kv_heads, int64_t head_dim, const float *keys, \
                                          const float *values, const int64_t *slots, void *cache,                      \
                                          int64_t from_token, int64_t to_token);                                       \
    TROUPE_EXPORT void troupe_attention_##isa(                                                                         \
        int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t head_dim,                 \
        const void *cache, const int32_t *block_table, const float *queries, int64_t heads, int64_t first_row,         \
        int64_t rows, int64_t first_position, int64_t from_kv_head, int64_t to_kv_head, int64_t shared_heads,          \
        float scale, float *out, void *scratch);                                                                       \
    TROUPE_EXPORT void troupe_attention_splits_##isa(                                                                  \
        int32_t type, int64_t block_bytes, int64_t key_offset, int64_t value_offset, int64_t head_dim,                 \
        const void *cache, const int32_t *block_table, const float *queries, int64_t heads, int64_t row,               \
        int64_t position, int64_t first_head, int64_t shared_heads, float scale, int64_t from_split,                   \
        int64_t to_split, float *splits, void *scratch);                                                               \
    TROUPE_EXPORT void troupe_merge_splits_##isa(int64_t head_dim, int64_t heads, int64_t row, int64_t first_head,     \
                                                 int64_t shared_heads, int64_t split_count, float *splits,             \
                                                 float *out);                                                          \
    TROUPE_EXPORT void troupe_swiglu_##isa(const float *gate, const float *up, float *out, int64_t from, int64_t to);

TROUPE_KERNELS(avx2)
TROUPE_KERNELS(avx512)

/* troupe_matmul_avx512 with tiles for quantized weights and many tokens. Exported where the compiler knows AMX. */
TROUPE_EXPORT void troupe_matmul_amx(int32_t type, const void *weights, int64_t rows, int64_t columns,
                                     const void *activations, int64_t tokens, float *out, int64_t out_stride,
                                     int32_t accumulate, int64_t from_group, int64_t to_group);

#endif
