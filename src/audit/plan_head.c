/* SPDX-License-Identifier: Apache-2.0 */
/* plan_head.c -- what an audit's results depend on, as JSON; see plan.h */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/doubts.h"
#include "audit/plan.h"
#include "graph/fuse.h"
#include "graph/op_graph.h"
#include "io/digest.h"
#include "io/escape.h"
#include "model/preprocessing.h"
#include "num/format.h"
#include "num/frozen.h"
#include "run/agree.h"

static json_t *
digest_json(const char *sha256)
{
    return *sha256 != '\0' ? json_string(sha256) : json_null();
}

/* Whether each channel's inputs grow, fall or stay by the network's own steps, unless all grow. */
static ga_code
add_direction(json_t *o, const ga_audit_job *job, ga_status *st)
{
    preprocessing in;
    json_t *direction = json_array();
    bool grow = true;
    const ga_code code = preprocessing_open(&in, job->model, job->ds, st);
    for (size_t c = 0; code == GA_OK && in.steps != NULL && c < scaling_channels(in.steps); c++) {
        json_array_append_new(direction, json_integer(scaling_sign(in.steps, c)));
        grow = grow && scaling_sign(in.steps, c) > 0;
    }
    if (code == GA_OK)
        preprocessing_close(&in);
    if (!grow)
        json_object_set(o, "direction", direction);
    json_decref(direction);
    return code;
}

/* Hostile text from a file. */
static json_t *
json_escaped(const char *text)
{
    char *const escaped = escape_copy(escape_terminal, text);
    json_t *const o = escaped != NULL ? json_string(escaped) : NULL;
    free(escaped);
    return o;
}

static const op_shape *
operand_shape(const ga_graph *g, const graph_operand *in)
{
    return in->from == FROM_NODE ? &g->node[in->index].shape : &g->input;
}

/* A layer of a graph: its name, and the operations of its nodes. */
static json_t *
layer_json(const ga_graph *g, size_t layer)
{
    json_t *const o = json_object(), *const operations = json_array();
    for (size_t k = 0; k < g->n_nodes; k++) {
        const graph_node *const node = g->node + k;
        if (graph_layer(g, k) != layer)
            continue;
        if (json_array_size(operations) == 0)
            json_object_set_new(o, "inputs", json_integer((json_int_t)op_shape_size(operand_shape(g, node->in))));
        json_object_set_new(o, "outputs", json_integer((json_int_t)op_shape_size(&node->shape)));
        json_object_set_new(o, "name", json_escaped(node->name));
        json_array_append_new(operations, json_string(op_graph_of(node->op)->name));
    }
    json_object_set_new(o, "operations", operations);
    return o;
}

static json_t *
model_json(const ga_audit_job *job, ga_status *st)
{
    const ga_model *m = job->model;
    json_t *o = json_object(), *layers = json_array();
    json_object_set_new(o, "sha256", digest_json(m->sha256));
    json_object_set_new(o, "dtype", json_string(m->dtype == GA_F32 ? "F32" : "F64"));
    json_object_set_new(o, "rounded", json_boolean(m->rounded));
    for (size_t l = 0; l < m->n_layers; l++) {
        json_t *layer = json_object();
        json_object_set_new(layer, "inputs", json_integer((json_int_t)m->layer[l].n_in));
        json_object_set_new(layer, "outputs", json_integer((json_int_t)m->layer[l].n_out));
        json_object_set_new(layer, "activation", json_string(ga_activation_name(m->layer[l].activation)));
        json_array_append_new(layers, layer);
    }
    for (size_t l = 0; m->n_layers == 0 && l < graph_n_layers(m->graph); l++)
        json_array_append_new(layers, layer_json(m->graph, l));
    json_object_set_new(o, "layers", layers);
    json_t *const steps = json_array();
    for (size_t s = 0; s < m->n_steps; s++)
        json_array_append_new(steps, json_string(ga_step_name(m->step[s].kind)));
    if (m->n_steps > 0)
        json_object_set(o, "normalise", steps);
    json_decref(steps);
    if (ga_model_output(m) != GA_LOGITS)
        json_object_set_new(o, "output", json_string(ga_output_name(ga_model_output(m))));
    char fused[GRAPH_FUSED];
    ga_model_fused(fused, sizeof fused, m);
    if (*fused != '\0')
        json_object_set_new(o, "fused", json_string(fused));
    if (job->ds == NULL || add_direction(o, job, st) == GA_OK)
        return o;
    json_decref(o);
    return NULL;
}

/* The range of each channel's inputs, unless it is between 0 and 1. False when memory is out. */
static bool
add_range(json_t *o, const ga_audit_job *job, size_t channels)
{
    const size_t n = ga_model_inputs(job->model);
    double *bound = calloc(n, 2 * sizeof *bound);
    json_t *range = json_array();
    bool unit = true;
    if (bound == NULL) {
        json_decref(range);
        return false;
    }
    ga_dataset_bounds(bound, bound + n, job->ds, job->model->dtype);
    for (size_t i = 0; i < n; i += n / channels) {
        json_array_append_new(range, json_pack("[f, f]", bound[i], bound[n + i]));
        unit = unit && bound[i] == 0 && bound[n + i] == 1;
    }
    free(bound);
    if (unit)
        json_decref(range);
    else
        json_object_set_new(o, "range", range);
    return true;
}

/* a and b of x = a v + b for each channel, as rationals. */
static json_t *
scaling_json(const scaling *s)
{
    json_t *list = json_array();
    for (size_t c = 0; c < scaling_channels(s); c++) {
        char *a = scaling_factor_text(s, c), *b = scaling_offset_text(s, c);
        json_t *channel = json_object();
        json_object_set_new(channel, "factor", json_string(a));
        json_object_set_new(channel, "offset", json_string(b));
        json_array_append_new(list, channel);
        free(a);
        free(b);
    }
    return list;
}

/* What was read, for files that hold several candidates: the numbers as binary64 or bytes, and the labels. */
static void
add_contents(json_t *o, const ga_dataset *ds)
{
    char text[DIGEST_TEXT];
    const size_t n = ds->n * ds->rows * ds->cols;
    digest_bytes(text, ds->value != NULL ? (const void *)ds->value : ds->pixel, ds->value != NULL ? n * sizeof *ds->value : n);
    json_object_set_new(o, "inputs_sha256", json_string(text));
    if (ds->label == NULL)
        return;
    digest_bytes(text, ds->label, ds->n);
    json_object_set_new(o, "classes_sha256", json_string(text));
}

/* An image's dimensions in its file, if rows and columns do not say them. */
static void
add_shape(json_t *o, const ga_dataset *ds)
{
    json_t *shape = json_array();
    for (size_t d = 0; d < ds->n_dims; d++)
        json_array_append_new(shape, json_integer((json_int_t)ds->dim[d]));
    json_object_set_new(o, "shape", shape);
}

static json_t *
data_json(const ga_audit_job *job)
{
    json_t *o = json_object();
    json_object_set_new(o, "images_sha256", digest_json(job->ds->images_sha256));
    json_object_set_new(o, "labels_sha256", digest_json(job->ds->labels_sha256));
    json_object_set_new(o, "images", json_integer((json_int_t)job->ds->n));
    json_object_set_new(o, "rows", json_integer((json_int_t)job->ds->rows));
    json_object_set_new(o, "columns", json_integer((json_int_t)job->ds->cols));
    if (job->ds->n_dims > 0)
        add_shape(o, job->ds);
    const scaling *s = job->ds->scaling;
    if (job->ds->chosen)
        add_contents(o, job->ds);
    if (s != NULL)
        json_object_set_new(o, "scaling", scaling_json(s));
    if (add_range(o, job, s != NULL ? scaling_channels(s) : 1))
        return o;
    json_decref(o);
    return NULL;
}

static json_t *
options_json(const ga_audit_job *job)
{
    const audit_options *o = &job->options;
    json_t *json = json_object();
    json_object_set_new(json, "eps", json_real(job->model->dtype == GA_F32 ? (float)o->eps : o->eps));
    json_object_set_new(json, "tolerance", json_real(o->tolerance));
    json_object_set_new(json, "verdict_margin", json_real(o->verdict_margin));
    json_object_set_new(json, "seeds", json_integer((json_int_t)o->seeds));
    json_object_set_new(json, "max_bits", json_integer(o->max_bits));
    json_object_set_new(json, "reference_bits", json_integer(o->reference_bits));
    json_object_set_new(json, "remedies", json_boolean(o->remedies));
    json_object_set_new(json, "elements", json_boolean(o->elements));
    return json;
}

static json_t *
scales_json(const char *name, const ga_estimator *e)
{
    json_t *o = json_object();
    json_object_set_new(o, "name", json_string(name));
    json_object_set_new(o, "loss", json_string(loss_words.name[e->loss]));
    json_object_set_new(o, "gain", json_real(e->gain));
    json_object_set_new(o, "logit_scale", json_real(e->logit_scale));
    if (e->number != 0)
        json_object_set_new(o, e->loss == GA_CW ? "kappa" : "label_smoothing", json_real(e->number));
    return o;
}

/* The scales of a file. False when memory is out. */
static bool
add_frozen(json_t *o, const ga_frozen *frozen)
{
    json_t *const scales = json_object();
    bool ok = json_object_set_new(o, "scales_sha256", json_string(frozen->sha256)) == 0;
    for (size_t i = 0; i < frozen->n && ok; i++)
        ok = json_object_set_new(scales, frozen->scale[i].tensor, json_real(ldexp(1, frozen->scale[i].exponent))) == 0;
    return json_object_set_new(o, "scales", scales) == 0 && ok;
}

static json_t *
estimator_json(const plan *p, size_t i)
{
    const plan_estimator *e = p->estimator + i;
    json_t *o = scales_json(e->name, &e->e);
    char format[FORMAT_NAME];
    json_object_set_new(o, "function", json_integer((json_int_t)e->function));
    format_name(format, sizeof format, e->e.format);
    json_object_set_new(o, "format", json_string(format));
    json_object_set_new(o, "formulas", e->foreign != NULL ? json_null()
                                                          : json_string(e->e.formulas == GA_NAIVE ? "naive" : "rewrite"));
    json_object_set_new(o, "product", e->foreign != NULL ? json_null() : json_string(ga_product_name(&e->e)));
    json_object_set_new(o, "remedies", json_boolean(e->remedies));
    if (e->e.format.recipe.frozen != NULL && !add_frozen(o, e->e.format.recipe.frozen)) {
        json_decref(o);
        return NULL;
    }
    if (e->foreign == NULL)
        return o;
    json_object_set_new(o, "foreign_sha256", digest_json(e->foreign->file.sha256));
    json_object_set_new(o, "scale", foreign_scale_json(e->scale));
    return o;
}

static json_t *
remarks_json(const plan *p)
{
    json_t *list = json_array();
    for (size_t i = 0; i < p->n_remarks; i++) {
        json_t *o = json_object();
        json_object_set_new(o, "estimator", json_string(p->remark[i].words));
        json_object_set_new(o, "left_out", json_boolean(p->remark[i].left_out));
        json_object_set_new(o, "text", json_string(p->remark[i].text));
        json_array_append_new(list, o);
    }
    return list;
}

/* What is odd about the images, as sentences. NULL: none, or with st set memory is out. */
static json_t *
warnings_json(const ga_audit_job *job, ga_status *st)
{
    doubts d;
    if (doubts_find(&d, job->model, job->ds, job->options.threads, st) != GA_OK || d.n == 0)
        return NULL;
    json_t *list = json_array();
    for (size_t i = 0; i < d.n; i++) {
        char text[DOUBT_TEXT + 1];
        snprintf(text, sizeof text, "%s.", d.text[i]);
        text[0] = (char)toupper((unsigned char)text[0]);
        json_array_append_new(list, json_string(text));
    }
    return list;
}

bool
plan_head_inputs(json_t *head, const ga_audit_job *job, ga_status *st)
{
    ga_status own = { 0 };
    if (json_object_set_new(head, "model", model_json(job, &own)) == 0 &&
        (job->ds == NULL || json_object_set_new(head, "data", data_json(job)) == 0))
        return true;
    if (own.code == GA_OK)
        ga_fail(&own, GA_NO_MEMORY, "out of memory for a description of the inputs");
    if (st != NULL)
        *st = own;
    return false;
}

static json_t *
head_json(const plan *p, ga_status *st)
{
    json_t *head = json_object(), *functions = json_array(), *estimators = json_array();
    bool ok = true;
    json_object_set_new(head, "arithmetic", agree_arithmetic(true));
    json_object_set_new(head, "options", options_json(p->job));
    for (size_t f = 0; f < p->n_functions; f++)
        json_array_append_new(functions, scales_json(p->function[f].name, &p->function[f].e));
    for (size_t e = 0; e < p->n_estimators && ok; e++)
        ok = json_array_append_new(estimators, estimator_json(p, e)) == 0;
    json_object_set_new(head, "functions", functions);
    json_object_set_new(head, "estimators", estimators);
    if (p->n_remarks > 0)
        json_object_set_new(head, "remarks", remarks_json(p));
    json_object_set_new(head, "naive", json_integer((json_int_t)p->naive));
    json_object_set_new(head, "stable", json_integer((json_int_t)p->stable));
    if (p->block != GA_BLOCK)
        json_object_set_new(head, "block", json_integer((json_int_t)p->block));
    ok = ok && plan_head_inputs(head, p->job, st);
    ga_status doubted = { 0 }; /* last: if heads differ, their causes are reported first (agree_difference) */
    json_t *const warnings = warnings_json(p->job, &doubted);
    if (warnings != NULL)
        json_object_set_new(head, "warnings", warnings);
    if (ok && doubted.code == GA_OK)
        return head;
    json_decref(head);
    if (ok && st->code == GA_OK)
        *st = doubted; /* stopped, for one */
    if (st->code == GA_OK)
        ga_fail(st, GA_NO_MEMORY, "out of memory for the head of an audit");
    return NULL;
}

json_t *
plan_head(plan *p, ga_status *st)
{
    if (p->head == NULL)
        p->head = head_json(p, st);
    return json_incref(p->head);
}
