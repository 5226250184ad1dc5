/* SPDX-License-Identifier: Apache-2.0 */
/* weights_save.c -- gradients of parameters as arrays of a .npz file; see weights.h */
#include <stdlib.h>

#include "cli/number_parts.h"
#include "cli/weights.h"
#include "run/weights.h"

static ga_code
save_part(npz_writer *to, const number_part *p, const weight_gradient *w, const ga_graph *g, size_t k, ga_status *st)
{
    const op_shape shape = graph_parameter_shape(g, k);
    const size_t n = g->parameter[k].rows * g->parameter[k].cols;
    char *const data = malloc(n * p->size + 1);
    if (data == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the gradient of '%s'", g->parameter[k].name);
    for (size_t i = 0; i < n; i++) {
        ga_number number;
        weights_number(&number, w, k, i);
        p->set(data + i * p->size, &number);
    }
    const ga_code code = number_part_add(to, p, g->parameter[k].name, shape.n_dims, shape.dim, data, st);
    free(data);
    return code;
}

static ga_code
save_all(npz_writer *to, const weight_gradient *w, const ga_graph *g, ga_format format, ga_status *st)
{
    size_t n;
    const number_part *const first = number_parts(&n, format);
    ga_code code = GA_OK;
    for (size_t k = 0; k < g->n_parameters; k++)
        for (size_t i = 0; i < n && code == GA_OK && !g->parameter[k].constant; i++)
            code = save_part(to, first + i, w, g, k, st);
    return code;
}

ga_code
weights_save(ga_undecided *undecided, const sources *in, const ga_estimator *e, const char *path, ga_status *st)
{
    weight_gradient w;
    ga_code code = sources_spare(in, path, st);
    if (code != GA_OK || (code = weights_check_and_run(&w, in->model, in->ds, in->range, e, in->threads, NULL, st)) != GA_OK)
        return code;
    for (size_t i = 0; w.truth != NULL && i < w.n; i++)
        if (w.truth[i].state == GA_UNDECIDED_ELEMENT)
            ga_undecided_add(undecided, (ga_undecided){ 1, w.truth[i].bound });
    npz_writer *const to = npz_writer_new();
    code = to == NULL ? ga_fail(st, GA_NO_MEMORY, "%s: out of memory for a .npz file", path)
                      : save_all(to, &w, in->model->graph, e->format, st);
    if (code == GA_OK)
        code = npz_writer_finish(to, path, st);
    npz_writer_free(to);
    weights_free(&w);
    return code;
}
