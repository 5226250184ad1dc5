/* SPDX-License-Identifier: Apache-2.0 */
/* net.c -- see net.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blame/net.h"
#include "blame/once.h"
#include "graph/op_graph.h"
#include "num/f64.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/engine.h"
#include "pass/tape_tmpl.h"

void
blame_net_free(blame_net *net)
{
    if (net == NULL)
        return;
    for (size_t v = 0; net->once != NULL && v < net->p->n_values; v++)
        free(net->once[v]);
    free(net->once);
    free(net->maker);
    free(net->output);
    free(net->examined);
    free(net->kept);
    free(net->constant);
    free(net->reach);
    program_free(net->own);
    free(net);
}

static bool
find_makers(blame_net *net)
{
    const program *const p = net->p;
    net->maker = malloc(p->n_values * sizeof *net->maker);
    net->output = calloc(p->n_values, sizeof *net->output);
    net->examined = calloc(p->n_values, sizeof *net->examined);
    net->kept = calloc(p->n_values, sizeof *net->kept);
    if (net->maker == NULL || net->output == NULL || net->examined == NULL || net->kept == NULL)
        return false;
    for (size_t v = 0; v < p->n_values; v++) {
        net->maker[v] = p->n;
        net->kept[v] = p->value[v].role == VALUE_INPUT || p->value[v].role == VALUE_TARGET;
    }
    for (size_t k = 0; k < p->n_backward; k++)
        for (size_t o = 0; o < op_graph_of(p->code[k].op)->n_out; o++) {
            const value_id v = p->code[k].out[o];
            net->maker[v] = k;
            net->output[v] = (uint8_t)o;
            net->examined[v] = k >= p->n_once && op_blame_of(p->code[k].op)->out[o] != DEPENDS_NOT;
            net->kept[v] = net->examined[v];
        }
    return true;
}

/* What is made once, as doubles, which hold it: constant[v], in made[v]. Without `stores` what is stored is as it was. What is
   computed is in format f, or, where f is NULL or once_has says that doubles do not hold it, in binary64. */
static bool
make_once(const blame_net *net, blame_constant *constant, double **made, bool stores, const ga_format *f)
{
    const program *const p = net->p;
    const ga_estimator e = { .format = { FORMAT_OF(f64) }, .product = GA_LOOP };
    ctx_f64 *const ctx = p->n_once > 0 ? ctx_new_f64(&e) : NULL;
    tape_f64 t = { .p = p, .rows = 1, .end = 1 };
    bool ok = p->n_once == 0 || (ctx != NULL && (t.value = calloc(p->n_values, sizeof *t.value)) != NULL);
    for (size_t k = 0; ok && k < p->n_once; k++) {
        const instruction *const i = p->code + k;
        if (op_blame_of(i->op)->store != NULL && !stores) {
            constant[i->out[0]] = constant[i->in[0]];
            continue;
        }
        for (size_t o = 0; ok && o < op_graph_of(i->op)->n_in; o++) {
            const op_value *const from = p->value + i->in[o];
            mat_f64 *const m = t.value + i->in[o];
            if (m->e != NULL)
                continue;
            *m = mat_new_f64(from->rows, from->cols, 53, ctx);
            ok = m->e != NULL;
            for (size_t n = 0; ok && n < from->rows * from->cols; n++)
                m->e[n] = blame_number(constant + i->in[o], n);
        }
        for (size_t o = 0; ok && o < op_graph_of(i->op)->n_out; o++)
            ok = (t.value[i->out[o]] = mat_new_f64(p->value[i->out[o]].rows, p->value[i->out[o]].cols, 53, ctx)).e != NULL;
        if (ok)
            pass_step_f64(&t, k, ctx);
        for (size_t o = 0; ok && o < op_graph_of(i->op)->n_out; o++) {
            const value_id v = i->out[o];
            const size_t n = p->value[v].rows * p->value[v].cols;
            ok = (made[v] = malloc(n * sizeof(double))) != NULL;
            for (size_t at = 0; ok && at < n; at++)
                made[v][at] = t.value[v].e[at];
            if (ok && f != NULL && once_computes(p, i) && once_has(*f))
                ok = once_make(made[v], p, k, constant, *f);
            constant[v] = (blame_constant){ .d = made[v] };
        }
    }
    for (size_t v = 0; t.value != NULL && v < p->n_values; v++)
        mat_free_f64(t.value + v);
    free(t.value);
    ctx_free_f64(ctx);
    return ok;
}

static bool
find_constants(blame_net *net, const ga_model *model)
{
    const program *const p = net->p;
    net->constant = calloc(p->n_values, sizeof *net->constant);
    net->once = calloc(p->n_values, sizeof *net->once);
    if (net->constant == NULL || net->once == NULL)
        return false;
    for (size_t v = 0; v < p->n_values; v++)
        if (p->value[v].role == VALUE_FACTOR)
            net->constant[v].d = &p->value[v].factor;
        else if (p->value[v].role == VALUE_PARAMETER && model->dtype == GA_F32)
            net->constant[v].f = p->value[v].exact;
        else if (p->value[v].role == VALUE_PARAMETER)
            net->constant[v].d = p->value[v].exact;
    return make_once(net, net->constant, net->once, false, NULL);
}

static blame_reach
follow(blame_reach first, blame_reach then)
{
    return first == REACHES_NOT || then == REACHES_NOT     ? REACHES_NOT
           : first == REACHES_ALL || then == REACHES_ALL   ? REACHES_ALL
           : first == REACHES_SOME || then == REACHES_SOME ? REACHES_SOME
                                                           : REACHES_SAME;
}

/* How an instruction's outputs depend on its operands. */
static blame_reach
step(const instruction *i)
{
    const op_blame *const row = op_blame_of(i->op);
    return row->all && op_rows(&i->a) == 1 ? REACHES_ALL : row->same ? REACHES_SAME : REACHES_SOME;
}

static bool
find_reaches(blame_net *net)
{
    const program *const p = net->p;
    if ((net->reach = calloc(p->n_values * p->n_values, 1)) == NULL)
        return false;
    for (size_t v = 0; v < p->n_values; v++)
        net->reach[v * p->n_values + v] = REACHES_SAME;
    for (size_t k = p->n_once; k < p->n_backward; k++) {
        const instruction *const i = p->code + k;
        for (size_t o = 0; o < op_graph_of(i->op)->n_out; o++)
            for (size_t n = 0; net->examined[i->out[o]] && n < op_graph_of(i->op)->n_in; n++)
                for (size_t v = 0; net->kept[i->in[n]] && v < p->n_values; v++) {
                    uint8_t *const to = net->reach + v * p->n_values + i->out[o];
                    const blame_reach way = follow(blame_reaches(net, v, i->in[n]), step(i));
                    *to = way > *to ? (uint8_t)way : *to;
                }
    }
    return true;
}

static void
find_most(blame_net *net)
{
    net->most_runs = 2;
    net->most_readers = 1;
    for (size_t k = net->p->n_once; k < net->p->n_backward; k++) {
        const instruction *const i = net->p->code + k;
        const op_blame *const row = op_blame_of(i->op);
        const size_t runs = row->most_runs != NULL ? row->most_runs(&net->shape, i) : 2;
        const size_t readers = row->most_readers != NULL ? row->most_readers(i) : 1;
        net->most_runs = runs > net->most_runs ? runs : net->most_runs;
        net->most_readers = readers > net->most_readers ? readers : net->most_readers;
    }
}

blame_net *
blame_net_new(const ga_model *model, const ga_estimator *e, size_t parameter, size_t images)
{
    const ga_estimator resolved = engine_estimator(e, model);
    blame_net *const net = calloc(1, sizeof *net);
    if (net == NULL || (net->p = net->own = pass_program(model, &resolved, parameter != SIZE_MAX)) == NULL) {
        blame_net_free(net);
        return NULL;
    }
    net->shape = (blame_shape){ net->p->value, images };
    net->leaf = net->p->gradient_of[parameter != SIZE_MAX ? net->p->parameter + parameter : net->p->input];
    if (!find_makers(net) || !find_constants(net, model) || !find_reaches(net)) {
        blame_net_free(net);
        return NULL;
    }
    find_most(net);
    return net;
}

size_t
blame_size(const blame_net *net, value_id v)
{
    const op_value *const value = net->p->value + v;
    return (value->rows > 0 ? value->rows : net->shape.rows) * value->cols;
}

size_t
blame_runs(blame_run *runs, const blame_net *net, value_id v, size_t at)
{
    return blame_row(net, v)->runs(runs, &net->shape, blame_maker(net, v), net->output[v], at);
}

size_t
blame_group(size_t *first, const blame_net *net, value_id v, size_t at)
{
    const op_blame *const row = blame_row(net, v);
    const size_t n = row->group != NULL && row->out[net->output[v]] == DEPENDS_GROUP
                         ? row->group(&net->shape, blame_maker(net, v), net->output[v]) : 1;
    *first = at / n * n;
    return n;
}

size_t
blame_image_of(const blame_net *net, value_id v, size_t at)
{
    return net->p->value[v].rows > 0 ? 0 : at / net->p->value[v].cols;
}

value_id
blame_gradient_source(const blame_net *net, value_id v)
{
    const value_id of = net->p->value[v].of;
    return of != NO_VALUE && net->p->value[of].role == VALUE_COMPUTED ? of : v;
}

const char *
blame_what(char text[BLAME_WHAT], const blame_net *net, value_id v)
{
    const op_value *const value = net->p->value + v;
    const bool stored = value->stored && blame_row(net, v)->store != NULL;
    snprintf(text, BLAME_WHAT, "%s%s", stored ? "stored " : "", value->what);
    return text;
}

size_t
blame_node(const blame_net *net, value_id v)
{
    return net->p->value[blame_gradient_source(net, v)].node;
}

/* ---- constants in a format --------------------------------------------------------------------------------------- */

/* The draws with which an engine rounds a parameter, or a factor: those of tape_tmpl.c. */
static context
draws_of(const program *p, value_id v, ga_format f)
{
    context c = { .stochastic = f.rounding == GA_STOCHASTIC, .seed = f.seed };
    size_t k = 0;
    while (k < p->n_constants && p->constant[k] != v)
        k++;
    context_draws(&c, p->n + 1 + (k < p->n_constants ? k : k + v), 0);
    return c;
}

static bool
round_value(blame_constant *to, const blame_net *net, value_id v, ga_format f)
{
    const blame_constant *const from = net->constant + v;
    const op_value *const value = net->p->value + v;
    const size_t n = value->role == VALUE_FACTOR ? 1 : blame_size(net, v);
    double *const d = malloc((n + 1) * sizeof *d);
    context c = draws_of(net->p, v, f);
    mpfr_t x, r;
    mpfr_init2(x, 53);
    mpfr_init2(r, 53);
    for (size_t i = 0; d != NULL && i < n; i++) {
        mpfr_set_d(x, blame_number(from, i), MPFR_RNDN);
        mpfr_narrow(r, x, &f, c.stochastic ? context_draw(&c) : 0);
        d[i] = mpfr_get_d(r, MPFR_RNDN);
    }
    mpfr_clears(x, r, (mpfr_ptr)0);
    *to = (blame_constant){ .d = d };
    return d != NULL;
}

bool
blame_computes_constants(const blame_net *net)
{
    bool any = false;
    for (size_t k = 0; k < net->p->n_once; k++)
        any = any || once_computes(net->p, net->p->code + k);
    return any;
}

void
blame_constants_free(const blame_net *net, const blame_constant *constant)
{
    if (constant == NULL || constant == net->constant)
        return;
    for (size_t v = 0; v < net->p->n_values; v++)
        if (constant[v].d != net->constant[v].d)
            free((void *)(uintptr_t)constant[v].d);
    free((void *)(uintptr_t)constant);
}

/* What is made once of the numbers that c has, stored if a recipe does that. */
static bool
make_constants(blame_constant *c, const blame_net *net, ga_format f)
{
    const size_t n = net->p->n_values;
    double **const made = calloc(n, sizeof *made);
    const bool ok = made != NULL && make_once(net, c, made, true, &f);
    for (size_t v = 0; made != NULL && v < n && !ok; v++)
        if (made[v] != NULL) {
            c[v] = net->constant[v];
            free(made[v]);
        }
    free(made);
    return ok;
}

const blame_constant *
blame_constants(const blame_net *net, ga_format f)
{
    const bool holds = format_holds(f, net->p->input_bits == 24 ? GA_F32 : GA_F64);
    if (holds && !net->p->stored && !blame_computes_constants(net))
        return net->constant;
    const size_t n = net->p->n_values;
    blame_constant *const c = malloc((n + 1) * sizeof *c);
    bool ok = c != NULL;
    if (ok)
        memcpy(c, net->constant, n * sizeof *c);
    for (size_t v = 0; ok && !holds && v < n; v++)
        if ((net->constant[v].f != NULL || net->constant[v].d != NULL) && net->once[v] == NULL)
            ok = round_value(c + v, net, v, f);
    if (ok && make_constants(c, net, f))
        return c;
    blame_constants_free(net, c);
    return NULL;
}
