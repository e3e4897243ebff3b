/* The kernels by AVX2, FMA and F16C. */
#include "vector_avx2.h"

#include "matmul_buffers.h"

#include "elementwise.h"

#include "store.h"

#include "dot_avx2.h"

#include "block_scales.h"

#include "matmul_many.h"

#include "matmul.h"

#include "attention.h"
