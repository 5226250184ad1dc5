/* SPDX-License-Identifier: Apache-2.0 */
/* vec_f16.c -- the elementwise vocabulary in binary16. */
#include "num/f16.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/activation_tmpl.c"
#include "num/fp_context_tmpl.c"
