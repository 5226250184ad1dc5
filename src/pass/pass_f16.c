/* SPDX-License-Identifier: Apache-2.0 */
/* pass_f16.c -- the pass in binary16. */
#include "num/f16.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "pass/engine.h"
#include "pass/tape_tmpl.c"
#include "pass/pass_tmpl.c"
#include "pass/engine_tmpl.c"
