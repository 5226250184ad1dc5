/* SPDX-License-Identifier: Apache-2.0 */
/* estimator.c -- names of formulas, losses, products and estimators; see core/gradient.h */
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
            loss_words = { "loss", loss_names, GA_SOFT_CROSS_ENTROPY }, /* those that are said */
            product_words = { "product", product_names + GA_LOOP, GA_DOT };

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

ga_product
engine_product(const ga_estimator *e)
{
    return e->product != GA_PRODUCT_DEFAULT ? e->product : format_product(e->format);
}

const char *
ga_product_name(const ga_estimator *e)
{
    return product_names[engine_product(e)];
}

static const char *
loss_name(ga_loss loss)
{
    return (size_t)loss < sizeof loss_names / sizeof *loss_names ? loss_names[loss] : "unknown";
}

void
ga_estimator_name(char *text, size_t size, const ga_estimator *e)
{
    char format[FORMAT_NAME], gain[48] = "", scale[48] = "", number[64] = "";
    const char *const word = engine_number_word(e->loss);
    const bool plain = e->loss == GA_CROSS_ENTROPY || e->loss == GA_SOFT_CROSS_ENTROPY;
    format_name(format, sizeof format, e->format);
    if (e->gain != 1)
        factor_text(gain + snprintf(gain, sizeof gain, " gain="), sizeof gain - 6, e->gain);
    if (e->logit_scale != 1)
        factor_text(scale + snprintf(scale, sizeof scale, " logit-scale="), sizeof scale - 13, e->logit_scale);
    if (e->number != 0 && word != NULL) {
        const int n = snprintf(number, sizeof number, " %s=", word);
        factor_text(number + n, sizeof number - (size_t)n, e->number);
    }
    snprintf(text, size, "%s%s%s%s%s%s%s", format,
             format_is_reference(e->format) ? "" : e->formulas == GA_NAIVE ? " naive" : " rewrite",
             plain ? "" : " ", plain ? "" : loss_name(e->loss), number, gain, scale);
}

const char *
engine_number_word(ga_loss loss)
{
    return loss == GA_SOFT_CROSS_ENTROPY ? "label-smoothing" : loss == GA_CW ? "kappa" : NULL;
}

ga_code
engine_set_number(ga_estimator *e, bool smoothing, double number, ga_status *st)
{
    if (smoothing && e->loss != GA_CROSS_ENTROPY && e->loss != GA_SOFT_CROSS_ENTROPY)
        return ga_fail(st, GA_USAGE, "label smoothing goes with the cross-entropy, not with the loss %s: leave one of them out",
                       loss_name(e->loss));
    if (smoothing && !(number >= 0 && (float)number < 1))
        return ga_fail(st, GA_USAGE, "label smoothing is from 0 to less than 1, not %g", number);
    if (!smoothing && e->loss != GA_CW)
        return ga_fail(st, GA_USAGE, "kappa goes with the loss cw, not with %s: choose cw, or leave kappa out", loss_name(e->loss));
    if (!smoothing && !(number >= 0 && isfinite((float)number)))
        return ga_fail(st, GA_USAGE, "kappa is 0 or a positive number, not %g", number);
    if (smoothing && number != 0)
        e->loss = GA_SOFT_CROSS_ENTROPY;
    e->number = number + 0; /* -0 becomes 0 */
    return GA_OK;
}

ga_code
engine_take_targets(ga_estimator *e, const ga_model *model, const ga_dataset *ds, ga_status *st)
{
    if (ds->target == NULL)
        return GA_OK;
    if (ds->upstream && e->loss != GA_CROSS_ENTROPY)
        return ga_fail(st, GA_USAGE, "an upstream gradient takes the place of the loss: leave out %s%s", loss_name(e->loss),
                       e->number != 0 ? ", label smoothing or kappa" : "");
    if (ds->upstream)
        e->loss = GA_UPSTREAM;
    else if (e->loss == GA_CROSS_ENTROPY && op_graph_of(program_loss(model->graph, e->loss))->target == 0)
        e->loss = GA_SOFT_CROSS_ENTROPY;
    return GA_OK;
}

bool
engine_rows_independent(const ga_estimator *e)
{
    return engine_product(e) != GA_BLAS && e->format.recipe.batch <= 1;
}

ga_estimator
engine_estimator(const ga_estimator *e, const ga_model *model)
{
    ga_estimator r = *e;
    r.product = engine_product(e);
    if (model->dtype == GA_F32) {
        r.gain = (float)e->gain;
        r.logit_scale = (float)e->logit_scale;
        r.number = (float)e->number;
    }
    return r;
}

bool
engine_same_estimator(const ga_estimator *a, const ga_estimator *b)
{
    return format_equal(a->format, b->format) && a->formulas == b->formulas && a->product == b->product && a->loss == b->loss &&
           a->number == b->number && a->images == b->images && a->gain == b->gain && a->logit_scale == b->logit_scale;
}
