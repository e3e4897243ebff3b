/* What this machine's cores and memory can do at most, for the figures that a kernel's speed is compared with.
 *
 * One probe runs on the calling thread and returns the operations (a multiplication and an addition are two) or bytes
 * that it did; the caller takes the time. Functions are compiled for their instruction sets one by one, and
 * troupe_probe_available says which of them run here. */
#include <immintrin.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define AVX2 __attribute__((target("avx2,fma,f16c")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")))
#define AMX __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,amx-tile,amx-int8,avx2,fma")))
#define INLINE static inline __attribute__((always_inline))

enum probe {
    READ_AVX2 = 0,
    READ_AVX512 = 1,
    F32_AVX2 = 2,
    F32_AVX512 = 3,
    INT8_AVX2 = 4,
    INT8_VNNI = 5,
    INT8_AMX = 6,
    SCALED_AVX2 = 7,
    SCALED_VNNI = 8,
    SCALED_AMX = 9,
    PROBES
};

#define ROWS 16
#define BLOCK 32         /* columns that share a scale */
#define BLOCKS 18        /* of a row: the width of the default model */
#define TILE_TOKENS 16   /* tokens whose sums a tile holds */
#define PREFETCH 4096    /* bytes ahead of a stream */
#define CHAINS 12        /* sums in registers, enough to hide the latency of an addition */

/* Where results go, so that no compiler can leave out the work. */
static volatile float float_sink;
static volatile int32_t integer_sink;

/* ---- Reading memory in a straight line ---- */

AVX2 static int64_t read_avx2(const uint8_t *from, int64_t bytes, int64_t passes) {
    __m256i sums[8];
    for (int i = 0; i < 8; i++) {
        sums[i] = _mm256_setzero_si256();
    }
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t at = 0; at + 256 <= bytes; at += 256) {
            for (int line = 0; line < 4; line++) {
                _mm_prefetch((const char *)from + at + PREFETCH + 64 * line, _MM_HINT_T0);
            }
            for (int i = 0; i < 8; i++) {
                sums[i] = _mm256_xor_si256(sums[i], _mm256_loadu_si256((const __m256i *)(from + at + 32 * i)));
            }
        }
    }
    for (int i = 1; i < 8; i++) {
        sums[0] = _mm256_xor_si256(sums[0], sums[i]);
    }
    integer_sink = _mm256_extract_epi32(sums[0], 0);
    return bytes / 256 * 256 * passes;
}

AVX512 static int64_t read_avx512(const uint8_t *from, int64_t bytes, int64_t passes) {
    __m512i sums[4];
    for (int i = 0; i < 4; i++) {
        sums[i] = _mm512_setzero_si512();
    }
    for (int64_t pass = 0; pass < passes; pass++) {
        for (int64_t at = 0; at + 256 <= bytes; at += 256) {
            for (int i = 0; i < 4; i++) {
                _mm_prefetch((const char *)from + at + PREFETCH + 64 * i, _MM_HINT_T0);
                sums[i] = _mm512_xor_si512(sums[i], _mm512_loadu_si512(from + at + 64 * i));
            }
        }
    }
    __m512i all = _mm512_xor_si512(_mm512_xor_si512(sums[0], sums[1]), _mm512_xor_si512(sums[2], sums[3]));
    integer_sink = _mm512_reduce_add_epi32(all);
    return bytes / 256 * 256 * passes;
}

/* ---- Arithmetic in registers ---- */

AVX2 static int64_t f32_avx2(int64_t iterations) {
    __m256 sums[CHAINS];
    __m256 a = _mm256_set1_ps(float_sink + 1.0f);
    __m256 b = _mm256_set1_ps(float_sink + 0.5f);
    for (int i = 0; i < CHAINS; i++) {
        sums[i] = _mm256_setzero_ps();
    }
    for (int64_t n = 0; n < iterations; n++) {
        for (int i = 0; i < CHAINS; i++) {
            sums[i] = _mm256_fmadd_ps(a, sums[i], b);
        }
        __asm__ volatile("" : "+x"(a));
    }
    for (int i = 1; i < CHAINS; i++) {
        sums[0] = _mm256_add_ps(sums[0], sums[i]);
    }
    float_sink = 0 * _mm256_cvtss_f32(sums[0]);
    return iterations * CHAINS * 8 * 2;
}

AVX512 static int64_t f32_avx512(int64_t iterations) {
    __m512 sums[CHAINS];
    __m512 a = _mm512_set1_ps(float_sink + 1.0f);
    __m512 b = _mm512_set1_ps(float_sink + 0.5f);
    for (int i = 0; i < CHAINS; i++) {
        sums[i] = _mm512_setzero_ps();
    }
    for (int64_t n = 0; n < iterations; n++) {
        for (int i = 0; i < CHAINS; i++) {
            sums[i] = _mm512_fmadd_ps(a, sums[i], b);
        }
        __asm__ volatile("" : "+v"(a));
    }
    for (int i = 1; i < CHAINS; i++) {
        sums[0] = _mm512_add_ps(sums[0], sums[i]);
    }
    float_sink = 0 * _mm512_cvtss_f32(sums[0]);
    return iterations * CHAINS * 16 * 2;
}

/* Four products of bytes are added in 16 bits before they are widened, which nibbles allow. */
AVX2 static int64_t int8_avx2(int64_t iterations) {
    __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    __m256i x = _mm256_set1_epi8((char)(integer_sink | 1));
    const __m256i ones = _mm256_set1_epi16(1);
    for (int64_t n = 0; n < iterations; n++) {
        for (int i = 0; i < 2; i++) {
            __m256i words = _mm256_setzero_si256();
            for (int j = 0; j < 4; j++) {
                __m256i w = x;
                __asm__ volatile("" : "+x"(w)); /* each product is one of its own */
                words = _mm256_add_epi16(words, _mm256_maddubs_epi16(w, x));
            }
            sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(words, ones));
        }
    }
    integer_sink = _mm256_extract_epi32(_mm256_add_epi32(sums[0], sums[1]), 0);
    return iterations * 2 * 4 * 32 * 2;
}

AVX512 static int64_t int8_vnni(int64_t iterations) {
    __m512i sums[CHAINS];
    __m512i w = _mm512_set1_epi8((char)(integer_sink | 1));
    __m512i x = w;
    for (int i = 0; i < CHAINS; i++) {
        sums[i] = _mm512_setzero_si512();
    }
    for (int64_t n = 0; n < iterations; n++) {
        for (int i = 0; i < CHAINS; i++) {
            sums[i] = _mm512_dpbusd_epi32(sums[i], w, x);
        }
        __asm__ volatile("" : "+v"(w));
    }
    for (int i = 1; i < CHAINS; i++) {
        sums[0] = _mm512_add_epi32(sums[0], sums[i]);
    }
    integer_sink = _mm512_reduce_add_epi32(sums[0]);
    return iterations * CHAINS * 64 * 2;
}

/* ---- int8 products by blocks of 32 columns, each block scaled in f32: what a quantized matrix product is ---- */

/* Weights and activations of one group of 16 rows, warm in the caches. */
typedef struct {
    uint8_t weights[BLOCKS][BLOCK / 4][ROWS][4];
    float weight_scales[BLOCKS][ROWS];
    int8_t values[TILE_TOKENS][BLOCKS * BLOCK];
    float scales[TILE_TOKENS][BLOCKS];
    float out[TILE_TOKENS][ROWS];
} operands __attribute__((aligned(64)));

#define SCALED_OPERATIONS (2LL * TILE_TOKENS * ROWS * BLOCKS * BLOCK)

/* Eight rows' words of one token, or what they come to. */
typedef struct {
    __m256i lo, hi;
} two_words;

typedef struct {
    __m256 lo, hi;
} two_floats;

AVX2 static int64_t scaled_avx2(operands *o, int64_t iterations) {
    const __m256i ones = _mm256_set1_epi16(1);
    for (int64_t n = 0; n < iterations; n++) {
        for (int token = 0; token < TILE_TOKENS; token += 4) {
            two_floats dots[4];
#pragma GCC unroll 8
            for (int t = 0; t < 4; t++) {
                dots[t].lo = dots[t].hi = _mm256_setzero_ps();
            }
            for (int block = 0; block < BLOCKS; block++) {
                two_words words[4];
#pragma GCC unroll 8
                for (int j = 0; j < BLOCK / 4; j++) {
                    __m256i lo = _mm256_load_si256((const __m256i *)o->weights[block][j][0]);
                    __m256i hi = _mm256_load_si256((const __m256i *)o->weights[block][j][8]);
#pragma GCC unroll 8
                    for (int t = 0; t < 4; t++) {
                        int32_t four;
                        __builtin_memcpy(&four, o->values[token + t] + block * BLOCK + 4 * j, 4);
                        __m256i x = _mm256_set1_epi32(four);
                        __m256i lower = _mm256_maddubs_epi16(lo, x);
                        __m256i upper = _mm256_maddubs_epi16(hi, x);
                        words[t].lo = j == 0 ? lower : _mm256_add_epi16(words[t].lo, lower);
                        words[t].hi = j == 0 ? upper : _mm256_add_epi16(words[t].hi, upper);
                        /* GCC would rearrange the chain and run out of registers. */
                        __asm__("" : "+x"(words[t].lo), "+x"(words[t].hi));
                    }
                }
                __m256 lower_scale = _mm256_load_ps(o->weight_scales[block]);
                __m256 upper_scale = _mm256_load_ps(o->weight_scales[block] + 8);
#pragma GCC unroll 8
                for (int t = 0; t < 4; t++) {
                    __m256 x = _mm256_set1_ps(o->scales[token + t][block]);
                    __m256 lower = _mm256_cvtepi32_ps(_mm256_madd_epi16(words[t].lo, ones));
                    __m256 upper = _mm256_cvtepi32_ps(_mm256_madd_epi16(words[t].hi, ones));
                    dots[t].lo = _mm256_fmadd_ps(_mm256_mul_ps(lower_scale, x), lower, dots[t].lo);
                    dots[t].hi = _mm256_fmadd_ps(_mm256_mul_ps(upper_scale, x), upper, dots[t].hi);
                }
            }
#pragma GCC unroll 8
            for (int t = 0; t < 4; t++) {
                _mm256_store_ps(o->out[token + t], dots[t].lo);
                _mm256_store_ps(o->out[token + t] + 8, dots[t].hi);
            }
        }
        __asm__ volatile("" ::: "memory");
    }
    return iterations * SCALED_OPERATIONS;
}

AVX512 static int64_t scaled_vnni(operands *o, int64_t iterations) {
    for (int64_t n = 0; n < iterations; n++) {
        for (int token = 0; token < TILE_TOKENS; token += 8) {
            __m512 dots[8];
#pragma GCC unroll 8
            for (int t = 0; t < 8; t++) {
                dots[t] = _mm512_setzero_ps();
            }
            for (int block = 0; block < BLOCKS; block++) {
                __m512i sums[8];
#pragma GCC unroll 8
                for (int t = 0; t < 8; t++) {
                    sums[t] = _mm512_setzero_si512();
                }
#pragma GCC unroll 8
                for (int j = 0; j < BLOCK / 4; j++) {
                    __m512i w = _mm512_load_si512(o->weights[block][j]);
#pragma GCC unroll 8
                    for (int t = 0; t < 8; t++) {
                        int32_t x;
                        __builtin_memcpy(&x, o->values[token + t] + block * BLOCK + 4 * j, 4);
                        sums[t] = _mm512_dpbusd_epi32(sums[t], w, _mm512_set1_epi32(x));
                    }
                }
                __m512 weight_scale = _mm512_load_ps(o->weight_scales[block]);
#pragma GCC unroll 8
                for (int t = 0; t < 8; t++) {
                    __m512 scale = _mm512_mul_ps(weight_scale, _mm512_set1_ps(o->scales[token + t][block]));
                    dots[t] = _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(sums[t]), dots[t]);
                }
            }
#pragma GCC unroll 8
            for (int t = 0; t < 8; t++) {
                _mm512_store_ps(o->out[token + t], dots[t]);
            }
        }
        __asm__ volatile("" ::: "memory");
    }
    return iterations * SCALED_OPERATIONS;
}

/* ---- AMX ---- */

typedef struct {
    uint8_t palette;
    uint8_t start_row;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} tile_configuration;

#ifdef TROUPE_AMX

/* Full tiles for the peak. Static: GCC 12 believes that loading a configuration reads only its first bytes. */
static const tile_configuration FULL __attribute__((aligned(64))) = {
    .palette = 1,
    .row_bytes = {64, 64, 64, 64, 64, 64, 64, 64},
    .rows = {16, 16, 16, 16, 16, 16, 16, 16},
};

/* Tiles 0 and 1: sums of a block; 2 and 3: activations; 4 and 5: weights. */
static const tile_configuration BY_BLOCK __attribute__((aligned(64))) = {
    .palette = 1,
    .row_bytes = {64, 64, 32, 32, 64, 64},
    .rows = {16, 16, 16, 16, 8, 8},
};

AMX static int64_t int8_amx(int64_t iterations) {
    _tile_loadconfig(&FULL);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_zero(6);
    _tile_zero(7);
    for (int64_t n = 0; n < iterations; n++) {
        _tile_dpbssd(0, 4, 6);
        _tile_dpbssd(1, 4, 7);
        _tile_dpbssd(2, 5, 6);
        _tile_dpbssd(3, 5, 7);
    }
    _tile_release();
    return iterations * 4 * 16 * 16 * 64 * 2;
}

/* Of blocks counted on through all iterations. */
#define LOAD(block)                                                                                                    \
    _tile_loadd(4, o->weights[(block) % BLOCKS], 64);                                                                  \
    _tile_loadd(2, o->values[0] + (block) % BLOCKS * BLOCK, BLOCKS *BLOCK)
#define MULTIPLY()                                                                                                     \
    _tile_zero(0);                                                                                                     \
    _tile_dpbssd(0, 2, 4)
#define STORE(block) _tile_stored(0, sums[(block) % 4], 64)

AMX INLINE void add_rows(const operands *o, int64_t block, const int32_t *sums, int from, int to, __m512 *dots) {
    __m512 weight_scale = _mm512_load_ps(o->weight_scales[block]);
#pragma GCC unroll 16
    for (int t = from; t < to; t++) {
        __m512 scale = _mm512_mul_ps(weight_scale, _mm512_set1_ps(o->scales[t][block]));
        dots[t] = _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(_mm512_load_si512(sums + t * ROWS)), dots[t]);
    }
}

/* While a block's sums are scaled, those of two blocks later are stored, of three later multiplied, of four loaded. */
AMX static int64_t scaled_amx(operands *o, int64_t iterations) {
    int32_t sums[4][TILE_TOKENS * ROWS] __attribute__((aligned(64)));
    _tile_loadconfig(&BY_BLOCK);
    LOAD(0);
    MULTIPLY();
    LOAD(1);
    STORE(0);
    MULTIPLY();
    LOAD(2);
    STORE(1);
    MULTIPLY();
    LOAD(3);
    int64_t at = 0;
    for (int64_t n = 0; n < iterations; n++) {
        __m512 dots[TILE_TOKENS];
#pragma GCC unroll 16
        for (int t = 0; t < TILE_TOKENS; t++) {
            dots[t] = _mm512_setzero_ps();
        }
        for (int64_t block = 0; block < BLOCKS; block++, at++) {
            STORE(at + 2);
            add_rows(o, block, sums[at % 4], 0, 5, dots);
            MULTIPLY();
            add_rows(o, block, sums[at % 4], 5, 10, dots);
            LOAD(block + 4);
            add_rows(o, block, sums[at % 4], 10, TILE_TOKENS, dots);
        }
#pragma GCC unroll 16
        for (int t = 0; t < TILE_TOKENS; t++) {
            _mm512_store_ps(o->out[t], dots[t]);
        }
        __asm__ volatile("" ::: "memory");
    }
    _tile_release();
    return iterations * SCALED_OPERATIONS;
}

#endif

/* ---- Which probes run here ---- */

static int amx_permitted(void) {
#ifdef TROUPE_AMX
    enum { REQUEST_PERMISSION = 0x1023, TILE_DATA = 18 };
    uint32_t a = 7, b = 0, c = 0, d = 0;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    int tiles = d >> 24 & 1, int8 = d >> 25 & 1;
    return tiles && int8 && syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) == 0;
#else
    return 0;
#endif
}

/* Whether a probe runs on this machine; 0 for an unknown number. */
EXPORT int32_t troupe_probe_available(int32_t probe) {
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512vnni");
    switch (probe) {
    case READ_AVX2:
    case F32_AVX2:
    case INT8_AVX2:
    case SCALED_AVX2: return avx2;
    case READ_AVX512:
    case F32_AVX512:
    case INT8_VNNI:
    case SCALED_VNNI: return avx512;
    case INT8_AMX:
    case SCALED_AMX: return avx512 && amx_permitted();
    default: return 0;
    }
}

/* Bytes of memory, aligned to 64, that a scaled probe works on. */
EXPORT int64_t troupe_probe_operand_bytes(void) { return sizeof(operands); }

/* Runs an available probe on the calling thread; returns operations, or bytes read.
 * memory: what to read, or zeroed operands; bytes: its size. */
EXPORT int64_t troupe_probe_run(int32_t probe, void *memory, int64_t bytes, int64_t iterations) {
    switch (probe) {
    case READ_AVX2: return read_avx2(memory, bytes, iterations);
    case READ_AVX512: return read_avx512(memory, bytes, iterations);
    case F32_AVX2: return f32_avx2(iterations);
    case F32_AVX512: return f32_avx512(iterations);
    case INT8_AVX2: return int8_avx2(iterations);
    case INT8_VNNI: return int8_vnni(iterations);
    case SCALED_AVX2: return scaled_avx2(memory, iterations);
    case SCALED_VNNI: return scaled_vnni(memory, iterations);
#ifdef TROUPE_AMX
    case INT8_AMX: return int8_amx(iterations);
    case SCALED_AMX: return scaled_amx(memory, iterations);
#endif
    default: return 0;
    }
}
