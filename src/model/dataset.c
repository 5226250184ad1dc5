/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.c -- images and labels in memory; see core/dataset.h */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dataset.h"

#include "model/dataset.h"
#include "num/rational.h"

void
ga_dataset_free(ga_dataset *ds)
{
    if (ds == NULL)
        return;
    free(ds->pixel);
    free(ds->label);
    free(ds->target);
    free(ds->value);
    scaling_free(ds->scaling);
    free(ds);
}

void
dataset_raw_bounds(double *low, double *high, const ga_dataset *ds)
{
    const bool given = ds->low != 0 || ds->high != 0;
    *low = ds->low;
    *high = given ? ds->high : ds->value == NULL ? 255 : 1;
}

/* v/255 of any v, rounded once. */
static double
of_255(double v, ga_dtype type)
{
    mpq_t q, divisor;
    mpq_inits(q, divisor, NULL);
    mpq_set_d(q, v);
    mpq_set_ui(divisor, 255, 1);
    mpq_div(q, q, divisor);
    const double x = rational_round(q, type == GA_F32);
    mpq_clears(q, divisor, NULL);
    return x;
}

double
dataset_scaled(const ga_dataset *ds, const scaling *s, size_t channel, double v, ga_dtype type)
{
    if (s != NULL)
        return scaling_apply(s, channel, v, type);
    if (ds->value == NULL)
        return of_255(v, type);
    return type == GA_F32 ? (float)v : v;
}

static void
unscaled_bytes(double *restrict x, const uint8_t *restrict k, size_t n, ga_dtype type)
{
    if (type == GA_F32)
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            x[j] = (double)((float)k[j] / 255.0f); /* IEEE division: rounded once */
    else
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            x[j] = k[j] / 255.0;
}

void
ga_dataset_image(double *x, const ga_dataset *ds, size_t i, ga_dtype type)
{
    const size_t n = ds->rows * ds->cols;
    if (ds->scaling == NULL && ds->value == NULL)
        unscaled_bytes(x, ds->pixel + i * n, n, type);
    else if (ds->value == NULL)
        scaling_bytes(x, ds->scaling, ds->pixel + i * n, type);
    else if (ds->scaling != NULL)
        scaling_values(x, ds->scaling, ds->value + i * n, type);
    else
        for (size_t j = 0; j < n; j++)
            x[j] = type == GA_F32 ? (float)ds->value[i * n + j] : ds->value[i * n + j];
}

void
ga_dataset_bounds(double *low, double *high, const ga_dataset *ds, ga_dtype type)
{
    const size_t n = ds->rows * ds->cols, run = n / dataset_channels(ds->scaling);
    double raw_low, raw_high;
    dataset_raw_bounds(&raw_low, &raw_high, ds);
    for (size_t c = 0; c < n / run; c++) {
        const double a = dataset_scaled(ds, ds->scaling, c, raw_low, type), b = dataset_scaled(ds, ds->scaling, c, raw_high, type);
        for (size_t j = c * run; j < (c + 1) * run; j++) {
            low[j] = a < b ? a : b;
            high[j] = a < b ? b : a;
        }
    }
}

ga_code
ga_dataset_levels(uint8_t *level, const ga_dataset *ds, size_t i, ga_status *st)
{
    const size_t n = ds->rows * ds->cols;
    if (ds->value == NULL && ds->scaling == NULL && ds->low == 0 && ds->high == 0) {
        memcpy(level, ds->pixel + i * n, n);
        return GA_OK;
    }
    double *x = calloc(n, 3 * sizeof *x);
    if (x == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a picture");
    ga_dataset_image(x, ds, i, GA_F64);
    ga_dataset_bounds(x + n, x + 2 * n, ds, GA_F64);
    for (size_t j = 0; j < n; j++) {
        const double share = (x[j] / 2 - x[n + j] / 2) / (x[2 * n + j] / 2 - x[n + j] / 2); /* halves: no overflow */
        level[j] = share >= 1 ? 255 : share > 0 ? (uint8_t)(255 * share + 0.5) : 0; /* 0 too if both bounds are one */
    }
    free(x);
    return GA_OK;
}

/* Reads the decimal digits at *text, and moves past them; false when there is none or the number overflows. */
static bool
parse_index(size_t *index, const char **text)
{
    const char *s = *text;

    for (*index = 0; *s >= '0' && *s <= '9'; s++)
        if (__builtin_mul_overflow(*index, (size_t)10, index) ||
            __builtin_add_overflow(*index, (size_t)(*s - '0'), index))
            return false;
    bool any = s > *text;
    *text = s;
    return any;
}

/* "; did you mean '0-9'?" for two numbers written as another range. */
static void
suggest_range(char *hint, size_t size, const char *text)
{
    size_t a, b;
    const char *s = text;
    *hint = '\0';
    if (!parse_index(&a, &s))
        return;
    s += strcspn(s, "0123456789");
    if (parse_index(&b, &s) && *s == '\0')
        snprintf(hint, size, "; did you mean '%zu-%zu'?", a < b ? a : b, a < b ? b : a);
}

ga_code
ga_range_parse(ga_range *range, const char *text, const ga_dataset *ds, ga_status *st)
{
    ga_range r = { 0, ds->n - 1 };

    if (text != NULL) {
        const char *s = text;
        bool valid = parse_index(&r.first, &s);
        r.last = r.first;
        if (valid && *s == '-') {
            s++;
            valid = parse_index(&r.last, &s);
        }
        if (!valid || *s != '\0' || r.first > r.last) {
            char hint[80];
            suggest_range(hint, sizeof hint, text);
            return ga_fail(st, GA_USAGE, "images are one number (17) or a range with both its ends (0-9), not '%.100s'%s", text,
                           hint);
        }
    }
    if (r.last >= ds->n)
        return ga_fail(st, GA_USAGE, "image %zu is beyond the last image, %zu", r.last, ds->n - 1);
    *range = r;
    return GA_OK;
}
