/* SPDX-License-Identifier: Apache-2.0 */
/* vec_mpr.c -- the elementwise vocabulary and the context in MPFR with the range of an IEEE format. */
#include "num/mpr.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/softmax_tmpl.c"
#include "num/activation_tmpl.c"
#include "num/smooth_tmpl.c"
#include "num/function_tmpl.c"
#include "num/mpfr_context_tmpl.c"
