/* The kernels by AVX-512 with VNNI. */
#include "vector_avx512.h"

#include "matmul_buffers.h"

#include "elementwise.h"

#include "store.h"

#include "dot_avx512.h"

#include "block_scales.h"

#include "matmul_many.h"

#include "matmul.h"

#include "attention.h"
