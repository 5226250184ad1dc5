/* SPDX-License-Identifier: Apache-2.0 */
/* vec_f64.c -- the elementwise vocabulary in binary64. */
#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/softmax_tmpl.c"
#include "num/activation_tmpl.c"
#include "num/smooth_tmpl.c"
#include "num/function_tmpl.c"
#include "num/fp_context_tmpl.c"
