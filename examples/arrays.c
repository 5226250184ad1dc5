/* SPDX-License-Identifier: Apache-2.0 */
/* arrays.c -- a network and data from arrays in memory: logits and gradient.

   By hand: the hidden layer is (2, 3.5), both logits are 14, and so both classes have probability 1/2. The gradient to the logits
   is (-1/2, 1/2) for label 0 and (1/2, -1/2) for label 1. Back through both layers it is (2.5, -9) and (-2.5, 9). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gradaudit/gradaudit.h>

static void
need(ga_code code, const ga_status *st)
{
    if (code == GA_OK)
        return;
    fprintf(stderr, "arrays: %s\n", st->message);
    exit(EXIT_FAILURE);
}

static void
print(const char *what, const double *mantissa, const int64_t *exponent)
{
    for (int i = 0; i < 4; i++) /* these are not too small for a double */
        printf("%s%g%s", i % 2 == 0 ? what : " ", ldexp(mantissa[i], (int)exponent[i]), i % 2 == 0 ? "" : "\n");
}

int
main(void)
{
    /* Rows are outputs, as in PyTorch: layer l computes weight[l] x + bias[l]. */
    static const float w1[2][2] = { { 1, 2 }, { 3, -1 } }, b1[2] = { 0, 1 }, w2[2][2] = { { 7, 0 }, { 0, 4 } };
    static const float images[2][2] = { { 1, 0.5 }, { 1, 0.5 } };
    static const int64_t labels[2] = { 0, 1 };
    static const size_t square[2] = { 2, 2 }, row[1] = { 2 };
    const ga_array weight[2] = { { "<f4", 2, square, w1 }, { "<f4", 2, square, w2 } };
    const ga_array bias[2] = { { "<f4", 1, row, b1 }, { 0 } }; /* the last layer has no bias */
    const ga_array x = { "<f4", 2, square, images }, y = { "<i8", 1, row, labels };

    ga_model_options options = GA_MODEL_OPTIONS;
    options.activation = "relu";
    ga_model *model;
    ga_dataset *ds;
    ga_estimator *e;
    ga_status st;
    need(ga_model_from_arrays(&model, weight, bias, 2, &options, &st), &st);
    need(ga_dataset_from_arrays(&ds, &x, &y, NULL, &st), &st); /* both are copied: the arrays may go */
    need(ga_estimator_new(&e, "exact", model, &st), &st);

    double mantissa[4]; /* two images of two numbers each, in rows */
    int64_t exponent[4];
    const ga_numbers out = { .size = sizeof out, .mantissa = mantissa, .exponent = exponent };
    need(ga_forward_compute(&out, NULL, model, ds, 0, 1, e, NULL, &st), &st);
    print("logits ", mantissa, exponent);
    need(ga_gradient_compute(&out, NULL, model, ds, 0, 1, e, "input", NULL, &st), &st);
    print("gradient ", mantissa, exponent);
    ga_estimator_free(e);
    ga_dataset_free(ds);
    ga_model_free(model);
}
