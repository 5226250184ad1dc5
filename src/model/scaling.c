/* SPDX-License-Identifier: Apache-2.0 */
/* scaling.c -- see scaling.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/scaling.h"
#include "num/rational.h"

enum { BYTES = 256, MOST_TABLES = 1024 /* channels */ };

/* a = factor + factor_rest and b = offset + offset_rest to within 2^-106 of each; a NaN if not. */
typedef struct {
    double factor, factor_rest, offset, offset_rest;
} approximation;

struct ga_scaling {
    size_t inputs, channels;
    mpq_t *a, *b;               /* of each channel */
    approximation *approximate; /* of each channel */
    double *table[2];           /* by type; of each channel, 256 numbers; or NULL */
    char *said[SCALING_OPTIONS];
};

/* ---- exact ------------------------------------------------------------------------------------------------------ */

static mpq_t *
rationals_new(size_t n)
{
    mpq_t *q = calloc(n, sizeof *q);
    for (size_t i = 0; q != NULL && i < n; i++)
        mpq_init(q[i]);
    return q;
}

static void
rationals_free(mpq_t *q, size_t n)
{
    for (size_t i = 0; q != NULL && i < n; i++)
        mpq_clear(q[i]);
    free(q);
}

scaling *
scaling_new(size_t inputs)
{
    scaling *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->inputs = inputs;
    s->channels = 1;
    s->a = rationals_new(1);
    s->b = rationals_new(1);
    if (s->a == NULL || s->b == NULL) {
        scaling_free(s);
        return NULL;
    }
    mpq_set_ui(s->a[0], 1, 1);
    return s;
}

void
scaling_free(scaling *s)
{
    if (s == NULL)
        return;
    rationals_free(s->a, s->channels);
    rationals_free(s->b, s->channels);
    free(s->approximate);
    free(s->table[0]);
    free(s->table[1]);
    for (size_t i = 0; i < SCALING_OPTIONS; i++)
        free(s->said[i]);
    free(s);
}

/* Splits each channel into several of equal a and b. */
static bool
refine(scaling *s, size_t channels)
{
    mpq_t *a = rationals_new(channels), *b = rationals_new(channels);
    if (a == NULL || b == NULL) {
        rationals_free(a, channels);
        rationals_free(b, channels);
        return false;
    }
    for (size_t c = 0; c < channels; c++) {
        mpq_set(a[c], s->a[c / (channels / s->channels)]);
        mpq_set(b[c], s->b[c / (channels / s->channels)]);
    }
    rationals_free(s->a, s->channels);
    rationals_free(s->b, s->channels);
    s->a = a;
    s->b = b;
    s->channels = channels;
    return true;
}

scaling *
scaling_copy(const scaling *s)
{
    scaling *copy = scaling_new(s->inputs);
    if (copy != NULL && !refine(copy, s->channels)) {
        scaling_free(copy);
        return NULL;
    }
    for (size_t c = 0; copy != NULL && c < s->channels; c++) {
        mpq_set(copy->a[c], s->a[c]);
        mpq_set(copy->b[c], s->b[c]);
    }
    return copy;
}

bool
scaling_step(scaling *s, scaling_operation operation, size_t n, const mpq_t *constant)
{
    if (n == 0 || s->inputs % n != 0 || (n > s->channels ? n % s->channels : s->channels % n) != 0)
        return false;
    for (size_t i = 0; i < n; i++)
        if (operation == SCALING_DIVIDE && mpq_sgn(constant[i]) == 0)
            return false;
    if (n > s->channels && !refine(s, n))
        return false;
    for (size_t c = 0; c < s->channels; c++) {
        const mpq_t *const k = constant + c / (s->channels / n);
        switch (operation) {
        case SCALING_ADD:
            mpq_add(s->b[c], s->b[c], *k);
            break;
        case SCALING_SUBTRACT:
            mpq_sub(s->b[c], s->b[c], *k);
            break;
        case SCALING_MULTIPLY:
            mpq_mul(s->a[c], s->a[c], *k);
            mpq_mul(s->b[c], s->b[c], *k);
            break;
        case SCALING_DIVIDE:
            mpq_div(s->a[c], s->a[c], *k);
            mpq_div(s->b[c], s->b[c], *k);
            break;
        }
    }
    return true;
}

bool
scaling_step_doubles(scaling *s, scaling_operation operation, size_t n, const double *constant)
{
    mpq_t *q = rationals_new(n);
    bool ok = q != NULL;
    for (size_t i = 0; i < n && ok; i++)
        if ((ok = isfinite(constant[i])))
            mpq_set_d(q[i], constant[i]);
    ok = ok && scaling_step(s, operation, n, q);
    rationals_free(q, n);
    return ok;
}

static double
apply_exactly(const scaling *s, size_t channel, double v, ga_dtype type)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, v);
    mpq_mul(q, q, s->a[channel]);
    mpq_add(q, q, s->b[channel]);
    const double x = rational_round(q, type == GA_F32);
    mpq_clear(q);
    return x;
}

/* ---- fast ------------------------------------------------------------------------------------------------------- */

/* q = *high + *rest to within 2^-106 |q|; NaN if underflow or overflow could spoil that. */
static void
split(double *high, double *rest, const mpq_t q)
{
    mpq_t left;
    *high = rational_round(q, false);
    *rest = 0;
    if (*high == 0 && mpq_sgn(q) == 0)
        return;
    if (!(fabs(*high) >= 0x1p-900 && fabs(*high) <= 0x1p900)) {
        *high = NAN;
        return;
    }
    mpq_init(left);
    mpq_set_d(left, *high);
    mpq_sub(left, q, left);
    *rest = rational_round(left, false);
    mpq_clear(left);
}

/* In doubles, with a proved bound; exactly if that does not decide. With h = RN(a), k = RN(b), p = RN(h v), m = |p| + |k|:
   p + e = h v exactly (fma), s + t = p + k exactly (TwoSum), so a v + b = s + r with r = t + e + (a - h) v + (b - k), where each
   term is at most 2^-53 of |s|, |p|, |p|, |k|: |r| < 3.1 2^-53 m. For binary32 s +- 2^-50 m encloses a v + b, the rounding of its
   ends (2^-53 m) included; if both ends round to the same float, so does all between them. For binary64 r is computed: its two
   approximated terms are off by 2^-106 |p| and 2^-106 |k|, and its four operations round numbers of at most 1, 1, 2 and 3.1 times
   2^-53 m (1 + 2^-50), so that it is off by less than 9 2^-106 m; 2^-101 m leaves room for the rounding of r -+ 2^-101 m. Products
   that underflow add at most 2^-1073, far below 2^-106 2^-900. */
double
scaling_apply(const scaling *s, size_t channel, double v, ga_dtype type)
{
    const approximation *c = s->approximate + channel;
    const double p = c->factor * v, m = fabs(p) + fabs(c->offset);
    if (v == 0 && c->offset == 0)
        return 0;
    if (!(m >= 0x1p-900 && m <= 0x1p900))
        return apply_exactly(s, channel, v, type);
    const double sum = p + c->offset;
    if (type == GA_F32) {
        const float low = (float)(sum - 0x1p-50 * m), high = (float)(sum + 0x1p-50 * m);
        return low == high ? low : apply_exactly(s, channel, v, type);
    }
    const double e = fma(c->factor, v, -p), q = sum - p, t = (p - (sum - q)) + (c->offset - q);
    const double r = t + (e + (c->factor_rest * v + c->offset_rest));
    const double low = sum + (r - 0x1p-101 * m), high = sum + (r + 0x1p-101 * m);
    return low == high ? low : apply_exactly(s, channel, v, type);
}

bool
scaling_seal(scaling *s, bool bytes)
{
    s->approximate = calloc(s->channels, sizeof *s->approximate);
    if (s->approximate == NULL)
        return false;
    for (size_t c = 0; c < s->channels; c++) {
        approximation *to = s->approximate + c;
        split(&to->factor, &to->factor_rest, s->a[c]);
        split(&to->offset, &to->offset_rest, s->b[c]);
    }
    for (int type = 0; type < 2 && bytes && s->channels <= MOST_TABLES; type++) {
        if ((s->table[type] = malloc(s->channels * BYTES * sizeof(double))) == NULL)
            return false;
        for (size_t i = 0; i < s->channels * BYTES; i++)
            s->table[type][i] = scaling_apply(s, i / BYTES, (double)(i % BYTES), type == 0 ? GA_F32 : GA_F64);
    }
    return true;
}

bool
scaling_say(scaling *s, scaling_option option, const char *text)
{
    free(s->said[option]);
    s->said[option] = text != NULL ? strdup(text) : NULL;
    return text == NULL || s->said[option] != NULL;
}

const char *
scaling_said(const scaling *s, scaling_option option)
{
    return s->said[option];
}

bool
scaling_is(const scaling *s, const char *factor)
{
    mpq_t q;
    mpq_init(q);
    const bool same = s->channels == 1 && rational_parse(q, factor) && mpq_equal(q, s->a[0]) && mpq_sgn(s->b[0]) == 0;
    mpq_clear(q);
    return same;
}

size_t
scaling_channels(const scaling *s)
{
    return s->channels;
}

size_t
scaling_channel(const scaling *s, size_t input)
{
    return input / (s->inputs / s->channels);
}

int
scaling_sign(const scaling *s, size_t channel)
{
    return mpq_sgn(s->a[channel]);
}

void
scaling_bytes(double *x, const scaling *s, const uint8_t *v, ga_dtype type)
{
    const size_t run = s->inputs / s->channels;
    const double *const table = s->table[type == GA_F32 ? 0 : 1];
    for (size_t c = 0, i = 0; c < s->channels; c++)
        for (const size_t end = i + run; i < end; i++)
            x[i] = table != NULL ? table[c * BYTES + v[i]] : scaling_apply(s, c, v[i], type);
}

void
scaling_values(double *x, const scaling *s, const double *v, ga_dtype type)
{
    const size_t run = s->inputs / s->channels;
    for (size_t c = 0, i = 0; c < s->channels; c++)
        for (const size_t end = i + run; i < end; i++)
            x[i] = scaling_apply(s, c, v[i], type);
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

static char *
rational_text(const mpq_t q)
{
    char *text = malloc(mpz_sizeinbase(mpq_numref(q), 10) + mpz_sizeinbase(mpq_denref(q), 10) + 3);
    return text != NULL ? mpq_get_str(text, 10, q) : NULL;
}

char *
scaling_factor_text(const scaling *s, size_t channel)
{
    return rational_text(s->a[channel]);
}

char *
scaling_offset_text(const scaling *s, size_t channel)
{
    return rational_text(s->b[channel]);
}
