/* SPDX-License-Identifier: Apache-2.0 */
/* normalise.c -- see normalise.h */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include "model/normalise.h"

enum { BYTES = 256, MOST_TABLES = 1 << 16 /* 128 MiB */, GUARD = 64 };

/* Inputs with the same constants as the one before them share its table: those of a channel, or all. */
struct ga_normalise {
    size_t n_inputs, n_steps;
    ga_step step[GA_NORMALISE_STEPS];
    _Atomic(double *) table[]; /* of each input, used at the first of those that share it: x' of the bytes, or NULL */
};

static const char *const kind_names[] = { [GA_SUBTRACT] = "subtract", [GA_MULTIPLY] = "multiply", [GA_DIVIDE] = "divide" };

ga_normalise *
normalise_new(size_t n_inputs)
{
    ga_normalise *const n = calloc(1, sizeof *n + n_inputs * sizeof *n->table);
    if (n != NULL)
        n->n_inputs = n_inputs;
    return n;
}

bool
normalise_add(ga_normalise *n, ga_step_kind kind, const double *constant)
{
    double *const copy = n->n_steps < GA_NORMALISE_STEPS ? malloc(n->n_inputs * sizeof *copy) : NULL;
    if (copy == NULL)
        return false;
    memcpy(copy, constant, n->n_inputs * sizeof *copy);
    n->step[n->n_steps++] = (ga_step){ kind, copy };
    return true;
}

ga_normalise *
normalise_copy(const ga_normalise *n)
{
    ga_normalise *copy = normalise_new(n->n_inputs);
    for (size_t s = 0; copy != NULL && s < n->n_steps; s++)
        if (!normalise_add(copy, n->step[s].kind, n->step[s].constant)) {
            normalise_free(copy);
            copy = NULL;
        }
    return copy;
}

void
normalise_free(ga_normalise *n)
{
    if (n == NULL)
        return;
    for (size_t s = 0; s < n->n_steps; s++)
        free(n->step[s].constant);
    for (size_t i = 0; i < n->n_inputs; i++)
        free(atomic_load(&n->table[i]));
    free(n);
}

const ga_step *
ga_model_steps(size_t *n_steps, const ga_model *model)
{
    *n_steps = model->normalise != NULL ? model->normalise->n_steps : 0;
    return model->normalise != NULL ? model->normalise->step : NULL;
}

const char *
ga_step_name(ga_step_kind kind)
{
    return kind_names[kind];
}

const char *
normalise_tensor(char name[NORMALISE_NAME], size_t step, ga_step_kind kind)
{
    snprintf(name, NORMALISE_NAME, "normalise.%zu.%s", step + 1, kind_names[kind]);
    return name;
}

bool
normalise_is_tensor(const char *name)
{
    return strncmp(name, "normalise.", strlen("normalise.")) == 0;
}

bool
normalise_tensor_parse(size_t *step, ga_step_kind *kind, const char *name)
{
    char own[NORMALISE_NAME];
    for (*step = 0; *step < GA_NORMALISE_STEPS; ++*step)
        for (*kind = GA_SUBTRACT; *kind <= GA_DIVIDE; ++*kind)
            if (strcmp(normalise_tensor(own, *step, *kind), name) == 0)
                return true;
    return false;
}

void
normalise_exact(mpq_t x, const ga_normalise *n, size_t i)
{
    mpq_t c;
    mpq_init(c);
    for (size_t s = 0; s < n->n_steps; s++) {
        mpq_set_d(c, n->step[s].constant[i]); /* exact: it is finite */
        if (n->step[s].kind == GA_SUBTRACT)
            mpq_sub(x, x, c);
        else if (n->step[s].kind == GA_MULTIPLY)
            mpq_mul(x, x, c);
        else
            mpq_div(x, x, c); /* not 0, as the reader of the file saw */
    }
    mpq_clear(c);
}

/* Towards zero to 53 + GUARD bits, and where that is not exact half a unit of the last of them more: z lies on the same side as x
   of every number of 53 + GUARD bits, among which are all halves between numbers of the type. Rounding z is rounding x. */
double
normalise_round(const mpq_t x, ga_dtype type)
{
    mpfr_t z;
    mpfr_init2(z, 53 + GUARD);
    const int inexact = mpfr_set_q(z, x, MPFR_RNDZ);
    if (inexact != 0) {
        mpfr_prec_round(z, 53 + GUARD + 1, MPFR_RNDZ); /* exact */
        if (mpfr_sgn(z) > 0)
            mpfr_nextabove(z);
        else
            mpfr_nextbelow(z);
    }
    const double rounded = type == GA_F32 ? (double)mpfr_get_flt(z, MPFR_RNDN) : mpfr_get_d(z, MPFR_RNDN);
    mpfr_clear(z);
    return rounded;
}

double
normalise_double(double x, const ga_normalise *n, size_t i, ga_dtype type)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, x);
    normalise_exact(q, n, i);
    const double rounded = normalise_round(q, type);
    mpq_clear(q);
    return rounded;
}

static double
byte_value(unsigned k, const ga_normalise *n, size_t i, ga_dtype type)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_ui(q, k, 255);
    mpq_canonicalize(q);
    normalise_exact(q, n, i);
    const double rounded = normalise_round(q, type);
    mpq_clear(q);
    return rounded;
}

static bool
same_constants(const ga_normalise *n, size_t i, size_t j)
{
    for (size_t s = 0; s < n->n_steps; s++)
        if (n->step[s].constant[i] != n->step[s].constant[j])
            return false;
    return true;
}

/* The table at input i; NULL when memory is out. The thread that is first stores it, the others throw theirs away. */
static const double *
table_at(ga_normalise *n, size_t i, ga_dtype type)
{
    double *table = atomic_load(&n->table[i]), *stored = NULL;
    if (table != NULL || (table = malloc(BYTES * sizeof *table)) == NULL)
        return table;
    for (unsigned k = 0; k < BYTES; k++)
        table[k] = byte_value(k, n, i, type);
    if (atomic_compare_exchange_strong(&n->table[i], &stored, table))
        return table;
    free(table);
    return stored;
}

void
normalise_bytes(double *x, const uint8_t *k, ga_normalise *n, ga_dtype type)
{
    const double *table = NULL;
    for (size_t i = 0, tables = 0; i < n->n_inputs; i++) {
        if (i == 0 || !same_constants(n, i - 1, i))
            table = tables++ < MOST_TABLES ? table_at(n, i, type) : NULL;
        x[i] = table != NULL ? table[k[i]] : byte_value(k[i], n, i, type);
    }
}

int
normalise_direction(const ga_normalise *n, size_t i)
{
    int direction = 1;
    for (size_t s = 0; s < n->n_steps; s++) {
        const double c = n->step[s].constant[i];
        if (n->step[s].kind != GA_SUBTRACT)
            direction *= (c > 0) - (c < 0);
    }
    return direction;
}
