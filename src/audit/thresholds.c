/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.c -- see core/thresholds.h */
#include <stdlib.h>

#include "audit/thresholds.h"
#include "graph/op_graph.h"
#include "num/format.h"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/scalars_tmpl.c"
#include "audit/thresholds_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/scalars_tmpl.c"
#include "audit/thresholds_tmpl.c"

#define OPERATION(name) [OP_##name] = &op_thresholds_##name,
static const op_thresholds *const rows_of[N_OPS + 1] = {
#include "op/ops.def"
    [N_OPS] = &scalar_thresholds,
};
#undef OPERATION

const threshold_row *
threshold_find(op_id *op, size_t k)
{
    for (int i = 0; i <= N_OPS; i++) {
        if (k < rows_of[i]->n) {
            *op = (op_id)i;
            return rows_of[i]->row + k;
        }
        k -= rows_of[i]->n;
    }
    return NULL;
}

void
threshold_program_set(threshold_program *t, op_id op)
{
    const op_graph *const row = op_graph_of(op);
    const op_value *const in = t->value;
    op_value *out[OP_MOST_OUT];
    *t = (threshold_program){ .code = { .op = op } };
    op_set_shape(t->value, &(op_shape){ 1, { rows_of[op]->of_logits ? 2 : 1 } });
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
                      .gradient_of = t->gradient_of, .input_bits = 53 };
}

ga_code
ga_thresholds_find(ga_threshold **threshold, size_t *n, ga_format_kind kind, ga_status *st)
{
    typedef bool finder(ga_threshold *found, op_id op, const threshold_row *row);
    static finder *const finders[N_ARITHMETICS] = { [format_kind_f32] = find_f32, [format_kind_f64] = find_f64 };
    finder *const find = (size_t)kind < N_ARITHMETICS ? finders[kind] : NULL;
    op_id op;
    *threshold = NULL;
    *n = 0;
    if (find == NULL) {
        char list[100];
        format_list(list, sizeof list, format_has_thresholds, "or");
        return ga_fail(st, GA_USAGE, "thresholds are those of %s", list);
    }
    size_t rows = 0;
    while (threshold_find(&op, rows) != NULL)
        rows++;
    ga_threshold *const found = malloc((rows + 1) * sizeof *found);
    for (size_t k = 0; k < rows; k++) {
        const threshold_row *const row = threshold_find(&op, k);
        if (found == NULL || !find(found + k, op, row)) {
            free(found);
            return ga_fail(st, GA_NO_MEMORY, "out of memory for a scan");
        }
    }
    *threshold = found;
    *n = rows;
    return GA_OK;
}
