/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f64.c -- matrix products in binary64. */
#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#define CBLAS_GEMM cblas_dgemm
#include "gemm/blas_tmpl.c"
#include "gemm/loop_panel_tmpl.c"
#include "gemm/gemm_tmpl.c"
