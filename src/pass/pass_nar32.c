/* SPDX-License-Identifier: Apache-2.0 */
/* pass_nar32.c -- the pass in formats computed in float. */
#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "pass/engine.h"
#include "pass/tape_tmpl.c"
#include "pass/pass_tmpl.c"
#include "pass/engine_tmpl.c"
