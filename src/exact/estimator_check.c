/* SPDX-License-Identifier: Apache-2.0 */
/* estimator_check.c -- whether there is a pass with an estimator on a model; see engines.h and core/gradient.h */
#include <limits.h>
#include <math.h>

#include "exact/engines.h"
#include "graph/op_graph.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "pass/operands.h"

static ga_code
check_factor(double value, const char *what, const ga_estimator *e, const ga_model *model, ga_status *st)
{
    char format[FORMAT_NAME];
    const double rounded = model->dtype == GA_F32 ? (float)value : value;
    if (!(rounded > 0) || !isfinite(rounded))
        return ga_fail(st, GA_USAGE, "the %s must be positive and finite in the model's type, not %g", what, value);
    if (format_holds(e->format, model->dtype) || mpfr_narrow_keeps(e->format, rounded))
        return GA_OK;
    format_name(format, sizeof format, e->format);
    return ga_fail(st, GA_USAGE, "the %s must be positive and finite in %s, not %g", what, format, value);
}

static ga_code
check_known(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    const engine_ops *ops = engine_find(e->format);
    const char *unknown = ops != NULL ? ops->unknown(model, e) : "format";
    return unknown == NULL ? GA_OK : ga_fail(st, GA_USAGE, "there is no pass with this %s", unknown);
}

ga_code
ga_estimator_check(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    if (check_known(e, model, st) != GA_OK || engine_check_outputs(model, e->loss, st) != GA_OK)
        return GA_USAGE;
    return engine_check_forward(e, model, st);
}

static ga_code
check_product(const ga_estimator *e, ga_status *st)
{
    const char *name[GA_DOT + 1];
    char list[100];
    word_list has = { "product", name, 0 };
    if (format_has_product(e->format, engine_product(e)))
        return GA_OK;
    for (ga_product p = GA_LOOP; p <= GA_DOT; p++)
        if (format_has_product(e->format, p))
            name[has.n++] = product_words.name[p - GA_LOOP];
    word_names(list, sizeof list, &has);
    return ga_fail(st, GA_USAGE, "the product '%s' is not there in this format: %s", ga_product_name(e), list);
}

static ga_code
refuse_weights(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    char format[FORMAT_NAME], own[FORMAT_NAME];
    format_name(format, sizeof format, e->format);
    format_name(own, sizeof own, format_of_dtype(model->dtype));
    return ga_fail(st, GA_USAGE, "%s cannot hold this model's binary64 weights: use %s; --round-model makes another network of it, "
                                 "whose weights are rounded to binary32", format, own);
}

/* Blocks lie along the sums of products, and those of groups, of the rows of an image and of two values would be several of one
   row. */
static ga_code
check_blocks(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    const ga_graph *const g = model->graph;
    for (size_t k = 0; e->format.recipe.scaling == GA_SCALED_BLOCKS && k < g->n_nodes; k++) {
        const graph_node *const node = g->node + k;
        const bool groups = op_graph_of(node->op)->of_columns != 0 && node->a.groups > 1;
        if (groups || node->op == OP_matmul || (node->op == OP_affine && node->a.rows > 1))
            return ga_fail(st, GA_USAGE, "node '%s': %s are not scaled in blocks: use fp8-hybrid, which scales tensors, or a "
                                         "format without scales", node->name,
                           groups ? "convolutions in groups" : "products of two values, or of an image's rows,");
    }
    return GA_OK;
}

ga_code
engine_check_forward(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    char format[FORMAT_NAME];
    if (check_known(e, model, st) != GA_OK || check_product(e, st) != GA_OK)
        return GA_USAGE;
    const ga_code scaled = operands_check(e, model, st);
    if (scaled != GA_OK)
        return scaled;
    if (check_blocks(e, model, st) != GA_OK)
        return GA_USAGE;
    if (!ga_backend_usable(e->backend))
        return ga_fail(st, GA_USAGE, "this CPU, or this build, has no back end of products '%s'", ga_backend_name(e->backend));
    if (!format_admits(e->format, model->dtype))
        return refuse_weights(e, model, st);
    for (size_t l = 0; l < model->n_layers; l++)
        if (model->layer[l].n_in > INT_MAX || model->layer[l].n_out > INT_MAX)
            return ga_fail(st, GA_NO_MEMORY, "layer %zu is too large", l + 1);
    if (check_factor(e->gain, "gain", e, model, st) != GA_OK)
        return GA_USAGE;
    if (e->images > 1 && check_factor((double)e->images, "", e, model, NULL) != GA_OK) {
        format_name(format, sizeof format, e->format);
        return ga_fail(st, GA_USAGE, "a mean over %zu images divides by %zu, which %s cannot hold: take fewer images, or the sum "
                       "(--reduction sum)", e->images, e->images, format);
    }
    return check_factor(e->logit_scale, "logit scale", e, model, st);
}
