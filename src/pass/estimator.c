/* SPDX-License-Identifier: Apache-2.0 */
/* estimator.c -- names and checks of formats, formulas, products and estimators; see gradaudit/gradient.h */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "graph/op_graph.h"
#include "num/factor.h"
#include "num/format.h"
#include "pass/engine.h"

static const char *const formulas_names[] = { [GA_NAIVE] = "naive", [GA_REWRITE] = "rewrite" };
#define LOSS(value, op, name) [value] = name,
static const char *const loss_names[] = {
#include "op/losses.def"
};
#undef LOSS
static const char *const product_names[] = {
    [GA_PRODUCT_DEFAULT] = "default", [GA_LOOP] = "loop", [GA_BLAS] = "blas", [GA_DOT] = "dot"
};
const word_list formulas_words = WORD_LIST("formulas", formulas_names),
            loss_words = WORD_LIST("loss", loss_names), product_words = { "product", product_names + GA_LOOP, GA_DOT };

ga_code
ga_formulas_parse(ga_formulas *formulas, const char *text, ga_status *st)
{
    const int place = word_parse(&formulas_words, text, st);
    if (place >= 0)
        *formulas = (ga_formulas)place;
    return place >= 0 ? GA_OK : GA_USAGE;
}

ga_code
ga_loss_parse(ga_loss *loss, const char *text, ga_status *st)
{
    const int place = word_parse(&loss_words, text, st);
    if (place >= 0)
        *loss = (ga_loss)place;
    return place >= 0 ? GA_OK : GA_USAGE;
}

ga_code
ga_product_parse(ga_product *product, const char *text, ga_status *st)
{
    const int place = word_parse(&product_words, text, st);
    if (place >= 0)
        *product = (ga_product)(GA_LOOP + place);
    return place >= 0 ? GA_OK : GA_USAGE;
}

static ga_product
resolve(const ga_estimator *e)
{
    return e->product != GA_PRODUCT_DEFAULT ? e->product : format_product(e->format);
}

const char *
ga_product_name(const ga_estimator *e)
{
    return product_names[resolve(e)];
}

static const char *
loss_name(ga_loss loss)
{
    return (size_t)loss < loss_words.n ? loss_names[loss] : "unknown";
}

void
ga_estimator_name(char *text, size_t size, const ga_estimator *e)
{
    char format[32], gain[48] = "", scale[48] = "";
    format_name(format, sizeof format, e->format);
    if (e->gain != 1)
        factor_text(gain + snprintf(gain, sizeof gain, " gain="), sizeof gain - 6, e->gain);
    if (e->logit_scale != 1)
        factor_text(scale + snprintf(scale, sizeof scale, " logit-scale="), sizeof scale - 13, e->logit_scale);
    snprintf(text, size, "%s%s%s%s%s%s", format,
             format_is_reference(e->format) ? "" : e->formulas == GA_NAIVE ? " naive" : " rewrite",
             e->loss != GA_CROSS_ENTROPY ? " " : "", e->loss != GA_CROSS_ENTROPY ? loss_name(e->loss) : "", gain, scale);
}

static ga_code
check_factor(double value, const char *what, const ga_estimator *e, const ga_model *model, ga_status *st)
{
    char format[32];
    const double rounded = model->dtype == GA_F32 ? (float)value : value;
    if (!(rounded > 0) || !isfinite(rounded))
        return ga_fail(st, GA_USAGE, "the %s must be positive and finite in the model's type, not %g", what, value);
    if (format_holds(e->format, model->dtype) || format_keeps(e->format, rounded))
        return GA_OK;
    format_name(format, sizeof format, e->format);
    return ga_fail(st, GA_USAGE, "the %s must be positive and finite in %s, not %g", what, format, value);
}

ga_code
engine_check_outputs(const ga_model *model, ga_loss loss, ga_status *st)
{
    const op_id op = program_loss(loss);
    if (op != N_OPS && op_graph_of(op)->of_outputs && ga_model_output(model) != GA_LOGITS)
        return ga_fail(st, GA_USAGE, "the loss %s is of the network's outputs, and this network ends in %s: that is not there yet; "
                                     "export it without that end", loss_words.name[loss], ga_output_name(ga_model_output(model)));
    if (op == N_OPS || ga_model_classes(model) >= op_graph_of(op)->least_cols)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "this network has one output: %s. The command gradient has --loss squared-error; binary "
                                 "cross-entropy with logits is not there yet",
                   op_graph_of(op)->fewer);
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
    const char *name[sizeof product_names / sizeof *product_names];
    char list[100];
    word_list has = { "product", name, 0 };
    if (format_has_product(e->format, resolve(e)))
        return GA_OK;
    for (ga_product p = GA_LOOP; p <= GA_DOT; p++)
        if (format_has_product(e->format, p))
            name[has.n++] = product_names[p];
    word_names(list, sizeof list, &has);
    return ga_fail(st, GA_USAGE, "the product '%s' is not there in this format: %s", ga_product_name(e), list);
}

static ga_code
refuse_weights(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    char format[32], own[32];
    format_name(format, sizeof format, e->format);
    format_name(own, sizeof own, format_of_dtype(model->dtype));
    return ga_fail(st, GA_USAGE, "%s cannot hold this model's binary64 weights: use %s; --round-model makes another network of it, "
                                 "whose weights are rounded to binary32", format, own);
}

ga_code
engine_check_forward(const ga_estimator *e, const ga_model *model, ga_status *st)
{
    if (check_known(e, model, st) != GA_OK || check_product(e, st) != GA_OK)
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
    return check_factor(e->logit_scale, "logit scale", e, model, st);
}

bool
engine_rows_independent(const ga_estimator *e)
{
    return resolve(e) != GA_BLAS;
}

ga_estimator
engine_estimator(const ga_estimator *e, const ga_model *model)
{
    ga_estimator r = *e;
    r.product = resolve(e);
    if (model->dtype == GA_F32) {
        r.gain = (float)e->gain;
        r.logit_scale = (float)e->logit_scale;
    }
    return r;
}

bool
engine_same_estimator(const ga_estimator *a, const ga_estimator *b)
{
    const ga_format *f = &a->format, *g = &b->format;
    return f->kind == g->kind && f->bits == g->bits && f->reference_bits == g->reference_bits && f->range == g->range &&
           f->digits == g->digits && f->signs == g->signs && a->formulas == b->formulas && a->product == b->product &&
           a->loss == b->loss && a->gain == b->gain && a->logit_scale == b->logit_scale;
}
