/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_f16.c -- matrix products in binary16: the loop alone. */
#include "num/f16.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "gemm/loop_tmpl.c"
#include "gemm/gemm_tmpl.c"
