/* SPDX-License-Identifier: Apache-2.0 */
/* weights_save.c -- gradients of parameters as arrays of a .npz file; see weights.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/weights.h"
#include "io/npz.h"
#include "pass/engine.h"
#include "run/weights.h"

/* The numbers of a parameter, as an array; type: float32, float64 or an integer's. */
typedef struct {
    const char *type, *suffix;
    size_t size;
    void (*set)(void *to, const ga_number *number);
} number_part;

static void
set_float(void *to, const ga_number *number)
{
    *(float *)to = (float)engine_double(number);
}

static void
set_double(void *to, const ga_number *number)
{
    *(double *)to = engine_double(number);
}

static void
set_sign(void *to, const ga_number *number)
{
    *(int8_t *)to = (int8_t)number->sign;
}

static void
set_mantissa(void *to, const ga_number *number)
{
    *(double *)to = number->mantissa;
}

static void
set_exponent(void *to, const ga_number *number)
{
    *(int64_t *)to = number->exponent;
}

static void
set_state(void *to, const ga_number *number)
{
    *(uint8_t *)to = (uint8_t)number->klass;
}

static const number_part single = { "<f4", "", sizeof(float), set_float }, wide = { "<f8", "", sizeof(double), set_double };
static const number_part parts[] = { { "|i1", ".sign", 1, set_sign }, { "<f8", ".mantissa", sizeof(double), set_mantissa },
                              { "<i8", ".exponent", sizeof(int64_t), set_exponent }, { "|u1", ".state", 1, set_state } };

static ga_code
save_part(npz_writer *to, const number_part *p, const weight_gradient *w, const ga_graph *g, size_t k, ga_status *st)
{
    const char *const own = g->parameter[k].name;
    const op_shape shape = graph_parameter_shape(g, k);
    const size_t n = g->parameter[k].rows * g->parameter[k].cols;
    char *const data = malloc(n * p->size + 1), *const name = malloc(strlen(own) + strlen(p->suffix) + 1);
    ga_code code = GA_NO_MEMORY;
    if (data != NULL && name != NULL) {
        for (size_t i = 0; i < n; i++) {
            ga_number number;
            weights_number(&number, w, k, i);
            p->set(data + i * p->size, &number);
        }
        sprintf(name, "%s%s", own, p->suffix);
        code = npz_writer_add(to, name, &(ga_array){ p->type, shape.n_dims, shape.dim, data }, st);
    } else {
        ga_fail(st, GA_NO_MEMORY, "out of memory for the gradient of '%s'", own);
    }
    free(data);
    free(name);
    return code;
}

static ga_code
save_all(npz_writer *to, const weight_gradient *w, const ga_graph *g, ga_format format, ga_status *st)
{
    ga_dtype dtype;
    const bool plain = format_dtype(&dtype, format);
    const number_part *const first = !plain ? parts : dtype == GA_F32 ? &single : &wide;
    ga_code code = GA_OK;
    for (size_t k = 0; k < g->n_parameters; k++)
        for (size_t i = 0; i < (plain ? 1 : sizeof parts / sizeof *parts) && code == GA_OK && !g->parameter[k].constant; i++)
            code = save_part(to, first + i, w, g, k, st);
    return code;
}

ga_code
weights_save(ga_undecided *undecided, const sources *in, const ga_estimator *e, const char *path, ga_status *st)
{
    weight_gradient w;
    ga_code code = sources_spare(in, path, st);
    if (code != GA_OK || (code = weights_check_and_run(&w, in->model, in->ds, in->range, e, in->threads, st)) != GA_OK)
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
