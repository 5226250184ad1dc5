/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_values.c -- see threshold_values.h */
#include <math.h>
#include <stdlib.h>

#include "audit/threshold_values.h"
#include "graph/op_graph.h"
#include "num/place.h"

#define OPERATION(name) [OP_##name] = &op_thresholds_##name,
static const op_thresholds *const rows_of[N_OPS + 1] = {
#include "op/ops.def"
    [N_OPS] = &scalar_thresholds,
};
#undef OPERATION

const op_thresholds *
threshold_rows_of(op_id op)
{
    return rows_of[op];
}

void
threshold_program_set(threshold_program *t, op_id op, long bits)
{
    const op_graph *const row = op_graph_of(op);
    const op_value *const in = t->value;
    op_value *out[OP_MOST_OUT];
    *t = (threshold_program){ .code = { .op = op } };
    op_set_shape(t->value, &(op_shape){ 1, { threshold_rows_of(op)->of_logits ? 2 : 1 } });
    for (size_t k = 0; k < row->n_out; k++) {
        t->code.out[k] = 1 + k;
        t->value[1 + k].role = VALUE_COMPUTED;
        out[k] = t->value + 1 + k;
    }
    row->shape(out, &in, &t->code.a);
    for (size_t v = 0; v <= OP_MOST_OUT; v++)
        t->gradient_of[v] = NO_VALUE;
    t->p = (program){ .n_values = 1 + row->n_out, .n = 1, .value = t->value, .code = &t->code, .n_forward = 1, .n_loss = 1,
                      .n_backward = 1, .logits = NO_VALUE, .loss = NO_VALUE, .end = NO_VALUE, .target = NO_VALUE,
                      .gradient_of = t->gradient_of, .input_bits = bits };
}

bool
threshold_is(mpfr_srcptr v, ga_becomes becomes)
{
    switch (becomes) {
    case GA_BECOMES_ONE: return mpfr_cmp_ui(v, 1) == 0 && !mpfr_nan_p(v);
    case GA_BECOMES_INFINITE: return mpfr_inf_p(v);
    case GA_BECOMES_NAN: return mpfr_nan_p(v);
    default: return mpfr_zero_p(v);
    }
}

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/threshold_fp_tmpl.c"
#include "audit/threshold_values_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/threshold_fp_tmpl.c"
#include "audit/threshold_values_tmpl.c"

#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/threshold_fp_tmpl.c"
#include "audit/threshold_values_tmpl.c"

#include "num/nar64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/threshold_fp_tmpl.c"
#include "audit/threshold_values_tmpl.c"

#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/threshold_mpfr_tmpl.c"
#include "audit/threshold_values_tmpl.c"

const threshold_arithmetic *
threshold_arithmetic_of(ga_format f)
{
    static const threshold_arithmetic *const all[N_ARITHMETICS] = {
        [format_arithmetic_f32] = &values_arithmetic_f32, [format_arithmetic_f64] = &values_arithmetic_f64,
        [format_arithmetic_nar32] = &values_arithmetic_nar32, [format_arithmetic_nar64] = &values_arithmetic_nar64,
        [format_arithmetic_emu] = &values_arithmetic_emu,
    };
    return all[f.kind];
}
