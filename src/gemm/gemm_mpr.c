/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_mpr.c -- matrix products in MPFR with the range of an IEEE format: the loop, and the correctly rounded sum of exact
   terms. */
#include "num/mpr.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "gemm/dot_tmpl.c"
#include "gemm/loop_scalar_tmpl.c"
#include "gemm/gemm_tmpl.c"
