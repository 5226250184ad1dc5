/* SPDX-License-Identifier: Apache-2.0 */
/* engine.h -- one thread's network, tape and context in one format, behind one table of functions: how a driver chooses a
   format at run time. Nothing here is called for single elements. */
#ifndef PASS_ENGINE_H
#define PASS_ENGINE_H

#include <math.h>
#include <string.h>

#include "core/gradient.h"

#include "graph/program.h"
#include "num/words.h"
#include "pass/shared.h"

/* The words of an estimator, by the values of ga_formulas and ga_loss; for ga_product from GA_LOOP on; num/format.h has those of
   formats. */
extern const word_list formulas_words, loss_words, product_words;

/* The number as it was computed, with infinities, NaN and the sign of zeros; rounded, where it is beyond double's bits or range. */
static inline double
engine_double(const ga_number *a)
{
    double rest = a->rest[0];
    uint64_t u;
    memcpy(&u, &rest, sizeof u);
    u |= a->rest[1] != 0; /* to odd: no tie then */
    memcpy(&rest, &u, sizeof rest);
    return a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL ? ldexp(a->mantissa + rest, (int)a->exponent) : a->mantissa;
}
/* What predicted returns when no class wins: the largest logit is not unique, or one is NaN; the reference leaves it open. */
enum { PREDICTED_NONE = -1, PREDICTED_OPEN = -2 };

/* What an engine is opened with; the model by its address: it must not change or be freed before the engine is closed. */
typedef struct {
    const ga_model *model;
    ga_estimator estimator; /* resolved: engine_estimator */
    size_t rows;
    bool weights; /* gradients of the weights, not of the input */
    bool tape;    /* numbers and values are asked for; else logits, loss, gradients and the network's end */
    bool again;   /* it is run again with other factors */
} engine_key;

typedef struct {
    const char *(*unknown)(const ga_model *model, const ga_estimator *e); /* what the engine does not know; NULL: nothing */
    /* common: what engines of the model share, which must live as long; NULL: its own. NULL: out of memory, or unknown. */
    void *(*open)(const engine_key *key, shared *common);
    void (*close)(void *engine);
    void (*set_rows)(void *engine, size_t rows, size_t first, size_t end);
    void (*begin)(void *engine, uint64_t first); /* which image row 0 is: stochastic rounding depends on it. NULL: the reference */
    void (*set_image)(void *engine, size_t row, const double *x, uint32_t label); /* label 0 if there is none */
    /* After it: targets instead of those made of the label, which must live until the image is done. */
    void (*set_target)(void *engine, size_t row, const double *target);
    void (*forward)(void *engine);
    /* Of an engine that is opened for it: the forward pass by a program that differs in its factors (gain, logit scale); if the
       images are the same, only of what depends on them. False: it differs in more. NULL: the reference. */
    bool (*again)(void *engine, const program *p, bool same_images);
    bool (*backward)(void *engine); /* loss, residual, gradients; after forward. false: call_ended, or out of memory */
    bool (*end)(void *engine);      /* the network's own end instead, and the class for certain; likewise */
    int (*predicted)(const void *engine, size_t row); /* the one largest logit; or as above */
    void (*gradient)(ga_number *g, const void *engine, size_t row);
    void (*numbers)(ga_number *number, const void *engine, value_id v, size_t row); /* of a value; row 0 of the network's: all */
    void (*decades)(int64_t *decade, const void *engine, size_t row);
    int (*print)(char *text, size_t size, const void *engine, size_t row, size_t element, int digits);
    int (*print_end)(char *text, size_t size, const void *engine, size_t row, size_t output, int digits); /* after end */
    void (*end_numbers)(ga_number *number, const void *engine, size_t row); /* likewise */
    void (*end_values)(double *value, const void *engine, size_t row); /* the same, rounded to binary64; undecided: NaN */
    void (*values)(double *x, const void *engine, value_id v, size_t row); /* the same, rounded to binary64 */
    const program *(*program)(const void *engine); /* whose values those are; after forward */
    double (*loss)(const void *engine, size_t row);
    void (*add_weights)(void *sum, const void *engine); /* sum's weight gradients += engine's */
    void (*weight)(ga_number *number, const void *engine, size_t parameter, size_t element);
    int (*print_weight)(char *text, size_t size, const void *engine, size_t parameter, size_t element, int digits);
    /* The reference's; else NULL. */
    bool (*truth)(ga_truth *truth, size_t *kinks, long *bits, const void *engine, size_t row);
    void (*truths)(ga_truth *truth, const void *engine, value_id v, size_t row); /* of a value's numbers, likewise */
    void (*end_truth)(ga_truth *truth, const void *engine, size_t row); /* after end */
} engine_ops;

/* An engine for each arithmetic of num/formats.def, by its suffix; and that of balls, of which the reference is made. */
#define ARITHMETIC(kind, suffix, ...) extern const engine_ops engine_##suffix;
#include "num/formats.def"
extern const engine_ops engine_ball;

/* What the pass of pass_tmpl.h does not support: "activation", "loss", "formulas" or "product"; NULL: nothing. It lists what is
   known: a value new in an enumeration is refused until it is listed in ops.def or losses.def. */
const char *pass_unknown(const ga_model *model, const ga_estimator *e);

/* Whether a column has all operations of a network, and that of a loss (*loss_has); false if one is unknown. */
bool pass_all_ops(const ga_model *model, ga_loss loss, bool (*has)(op_id op), bool *loss_has);

/* Whether a function of the model saturates, and so takes a gain. */
bool pass_takes_gain(const ga_model *model);

/* GA_OK if it does; else GA_USAGE, which names what to say instead. For commands that are asked for a gain: a pass ignores it. */
ga_code pass_check_gain(const ga_model *model, const char *instead, ga_status *st);

/* The program of a model's gradient to the input, or to the weights, by an estimator (engine_estimator). NULL: out of memory. */
program *pass_program(const ga_model *model, const ga_estimator *e, bool weights);

/* keep[value] of a program's tape that nobody asks for. again: it is run again from pass_first_factor on. */
void engine_keep(bool *keep, const program *p, bool again);

/* The first instruction of the forward pass that multiplies by a factor; p->n_forward: none. */
size_t pass_first_factor(const program *p);

/* Whether two programs differ in nothing but their factors. */
bool pass_same_but_factors(const program *p, const program *q);

/* The product, with its default named. */
ga_product engine_product(const ga_estimator *e);

/* Whether every row of a product is computed by itself, so that its bits do not depend on the block's shape. */
bool engine_rows_independent(const ga_estimator *e);

/* GA_OK, or GA_USAGE: the model has fewer outputs than the loss needs, as one, whose softmax is 1 whatever it is; or its own end,
   after its logits, is none that the loss takes. */
ga_code engine_check_outputs(const ga_model *model, ga_loss loss, ga_status *st);

/* The same for attacks, which are of classes: those of one output are 0 and 1, its logit's signs, and only a loss of such labels
   says that it has them. */
ga_code engine_check_attacked(const ga_model *model, ga_loss loss, ga_status *st);

/* The word of a loss's number, "label-smoothing" or "kappa"; NULL: it has none. */
const char *engine_number_word(ga_loss loss);

/* Sets label smoothing, or kappa; GA_USAGE if the loss has none, or not that. */
ga_code engine_set_number(ga_estimator *e, bool smoothing, double number, ga_status *st);

/* The loss that an estimator has on a data set with targets or an upstream gradient; GA_USAGE if it has another already. */
ga_code engine_take_targets(ga_estimator *e, const ga_model *model, const ga_dataset *ds, ga_status *st);

/* GA_OK, or GA_BAD_FILE: labels, the targets of one output, are not 0 and 1, which the loss needs; or rows of targets are none that
   it takes. GA_USAGE: it needs rows, and there are none. */
ga_code engine_check_labels(const ga_model *model, ga_loss loss, const ga_dataset *ds, ga_status *st);

/* The same in every member, for estimators without defaults: both compute the same. */
bool engine_same_estimator(const ga_estimator *a, const ga_estimator *b);

/* The estimator with its default product named and its gain and logit scale rounded to the model's dtype. */
ga_estimator engine_estimator(const ga_estimator *e, const ga_model *model);

#endif
