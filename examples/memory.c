/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c -- runs out of memory in a large gradient, says so, and goes on with a small one.

   A network of n inputs multiplies them by 2. On equal inputs each of its n classes has probability 1/n, so the gradient of class 0
   begins with 2 (1/n - 1): -1 for n = 2. */
#define _XOPEN_SOURCE 700 /* for setrlimit */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <gradaudit/gradaudit.h>

/* *first = the first element of the gradient. Whatever happens, all memory is given back. */
static ga_code
gradient(double *first, size_t n, ga_status *st)
{
    const size_t square[2] = { n, n }, one[2] = { 1, n };
    float *const w = calloc(n * n, sizeof *w), *const zeros = calloc(n, sizeof *zeros);
    double *const mantissa = calloc(n, sizeof *mantissa);
    int64_t *const exponent = calloc(n, sizeof *exponent), label = 0;
    ga_code code = GA_NO_MEMORY;
    ga_model *model = NULL;
    ga_dataset *ds = NULL;
    ga_estimator *e = NULL;
    for (size_t i = 0; w != NULL && i < n; i++)
        w[i * n + i] = 2;
    const ga_array weight = { "<f4", 2, square, w }, x = { "<f4", 2, one, zeros }, y = { "<i8", 1, one, &label };
    const ga_numbers out = { .size = sizeof out, .mantissa = mantissa, .exponent = exponent };
    snprintf(st->message, sizeof st->message, "no memory for arrays");
    if (w != NULL && zeros != NULL && mantissa != NULL && exponent != NULL &&
        (code = ga_model_from_arrays(&model, &weight, NULL, 1, NULL, st)) == GA_OK &&
        (code = ga_dataset_from_arrays(&ds, &x, &y, NULL, st)) == GA_OK &&
        (code = ga_estimator_new(&e, "exact", model, st)) == GA_OK &&
        (code = ga_gradient_compute(&out, NULL, model, ds, 0, 0, e, "input", NULL, st)) == GA_OK)
        *first = ldexp(mantissa[0], (int)exponent[0]);
    ga_estimator_free(e), ga_dataset_free(ds), ga_model_free(model);
    free(w), free(zeros), free(mantissa), free(exponent);
    return code;
}

int
main(void)
{
    const struct rlimit limit = { 512 << 20, 512 << 20 }; /* bytes of address space */
    const size_t n[2] = { 4000, 2 };
    ga_status st;
    if (ga_own_gmp_memory(&st) != GA_OK) /* before all else: otherwise GMP ends the process when it lacks memory */
        return fprintf(stderr, "memory: %s\n", st.message), EXIT_FAILURE;
    setrlimit(RLIMIT_AS, &limit);
    for (int i = 0; i < 2; i++) {
        double first;
        const ga_code code = gradient(&first, n[i], &st);
        if (code == GA_OK)
            printf("%zu inputs: %g\n", n[i], first);
        else
            printf("%zu inputs: %s: %s\n", n[i], code == GA_NO_MEMORY ? "GA_NO_MEMORY" : "failed", st.message);
    }
}
