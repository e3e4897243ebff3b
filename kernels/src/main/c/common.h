/* What all kernels share, whatever the instruction set. */
#ifndef TROUPE_COMMON_H
#define TROUPE_COMMON_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "troupe_kernels.h"

/* Inlined with constant arguments: the templates of C. Loops over such an argument unroll, so arrays become
 * registers. */
#define TEMPLATE static inline __attribute__((always_inline))
#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define GROUP_ROWS 16        /* rows that are interleaved: one lane each */
#define QUANTIZED_BLOCK 32   /* columns that share a scale */
#define MANY_TOKENS 64       /* from which on activations have the scales of a block's tokens side by side */
#define KV_BLOCK_TOKENS 16   /* positions in a block of the key-value cache */
#define ATTENTION_SPLIT 256  /* keys in a split, at absolute positions */
#define ATTENTION_VECTORS 192 /* query vectors that share converted keys and values: whole groups */
#define ATTENTION_GROUP 6     /* query vectors of a tile */
#define ATTENTION_CHUNK 64    /* keys or values that are converted at once: they stay in the L1 cache */

/* The one exponential: see Exp.java. */
#define EXP_MINIMUM -0x1.5d589ep6f
#define EXP_MAXIMUM 0x1.61814ap6f
#define EXP_LOG2_E 0x1.715476p0f
#define EXP_LN2_HIGH 0x1.62e43p-1f
#define EXP_LN2_LOW -0x1.05c61p-29f
#define EXP_C2 0x1.fffffcp-2f
#define EXP_C3 0x1.555492p-3f
#define EXP_C4 0x1.5558f2p-5f
#define EXP_C5 0x1.123a2p-7f
#define EXP_C6 0x1.6a23cap-10f

TEMPLATE int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

TEMPLATE int64_t rounded_up(int64_t value, int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/* The first of parts of nearly the same size, as few as can be with none larger than `most`. */
TEMPLATE int64_t even_part(int64_t all, int64_t most) {
    int64_t parts = (all + most - 1) / most;
    return (all + parts - 1) / parts;
}

TEMPLATE int32_t load_i32(const void *from) {
    int32_t value;
    memcpy(&value, from, sizeof value);
    return value;
}

#endif
