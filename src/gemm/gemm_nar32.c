/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_nar32.c -- matrix products in formats computed in float: the loop alone. */
#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "gemm/loop_tmpl.c"
#include "gemm/loop_panel_tmpl.c"
#include "gemm/gemm_tmpl.c"
