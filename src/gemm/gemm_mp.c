/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_mp.c -- matrix products in MPFR: the loop, and the correctly rounded sum of exact terms. */
#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "gemm/dot_tmpl.c"
#include "gemm/loop_scalar_tmpl.c"
#include "gemm/gemm_tmpl.c"
