/* SPDX-License-Identifier: Apache-2.0 */
/* vec_nar64.c -- the elementwise vocabulary in formats computed in double. */
#include "num/nar64.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/softmax_tmpl.c"
#include "num/activation_tmpl.c"
#include "num/smooth_tmpl.c"
#include "num/function_tmpl.c"
#include "num/fp_context_tmpl.c"
