/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_emu.c -- matrix products in formats computed in MPFR: the loop alone. */
#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "gemm/loop_tmpl.c"
#include "gemm/loop_scalar_tmpl.c"
#include "gemm/gemm_tmpl.c"
