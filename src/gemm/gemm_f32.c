/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f32.c -- matrix products in binary32. */
#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#define CBLAS_GEMM cblas_sgemm
#include "gemm/blas_tmpl.c"
#include "gemm/loop_panel_tmpl.c"
#include "gemm/gemm_tmpl.c"
