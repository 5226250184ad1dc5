/* SPDX-License-Identifier: Apache-2.0 */
/* gradient.c -- the gradient of one image, in float and exact, side by side.

   gradient MODEL IMAGES LABELS NUMBER prints a line for each input of the network: its index, the gradient that float arithmetic
   gives, and the true one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <gradaudit/gradaudit.h>

/* Ends the program with the library's sentence if a function failed. */
static void
need(ga_code code, const ga_status *st)
{
    if (code == GA_OK)
        return;
    fprintf(stderr, "gradient: %s\n", st->message);
    exit(EXIT_FAILURE);
}

/* A number is mantissa 2^exponent. The exponent may be far beyond that of a double, so the two are not multiplied. */
static void
print(const ga_numbers *g, size_t i)
{
    if (g->state[i] == GA_UNKNOWN)
        printf("\tundecided: at most 2^%" PRId64, g->exponent[i]);
    else
        printf("\t%.17g 2^%" PRId64, g->mantissa[i], g->exponent[i]);
}

int
main(int argc, char **argv)
{
    const char *const words[2] = { "float,naive", "exact" };
    ga_numbers g[2] = { GA_NUMBERS, GA_NUMBERS };
    ga_model *model;
    ga_dataset *ds;
    ga_status st;
    if (argc != 5)
        return fputs("Usage: gradient MODEL IMAGES LABELS NUMBER\n", stderr), EXIT_FAILURE;
    need(ga_model_open(&model, argv[1], NULL, &st), &st);
    need(ga_dataset_open(&ds, argv[2], argv[3], NULL, &st), &st);
    const size_t n = ga_model_inputs(model), image = strtoull(argv[4], NULL, 10);
    for (int k = 0; k < 2; k++) {
        ga_estimator *e;
        g[k].mantissa = calloc(n, sizeof *g[k].mantissa); /* what stays NULL, here the signs, is not computed */
        g[k].exponent = calloc(n, sizeof *g[k].exponent);
        g[k].state = calloc(n, sizeof *g[k].state);
        need(ga_estimator_new(&e, words[k], model, &st), &st);
        need(ga_gradient_compute(&g[k], NULL, model, ds, image, image, e, "input", NULL, &st), &st);
        ga_estimator_free(e);
    }
    for (size_t i = 0; i < n; i++)
        printf("%zu", i), print(&g[0], i), print(&g[1], i), putchar('\n');
    for (int k = 0; k < 2; k++)
        free(g[k].mantissa), free(g[k].exponent), free(g[k].state);
    ga_dataset_free(ds); /* what was made for a model is freed before it */
    ga_model_free(model);
}
