/* SPDX-License-Identifier: Apache-2.0 */
/* dataset_scale.c -- the user's scaling of a data set's numbers; see core/dataset.h */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/dataset.h"

#include "model/scaling.h"
#include "num/rational.h"

enum { SHOWN = 60 };

/* n rationals, separated by commas, into *q, the caller's; 0 if one is invalid, or memory runs out. */
static size_t
parse_list(mpq_t **q, const char *text)
{
    size_t n = 1;
    for (const char *c = text; *c != '\0'; c++)
        n += *c == ',';
    *q = calloc(n, sizeof **q);
    char *const copy = strdup(text), *rest = copy;
    bool ok = *q != NULL && copy != NULL;
    for (size_t i = 0; *q != NULL && i < n; i++) {
        mpq_init((*q)[i]);
        const char *const word = copy != NULL ? strsep(&rest, ",") : NULL;
        ok = ok && word != NULL && rational_parse((*q)[i], word);
    }
    free(copy);
    if (ok)
        return n;
    for (size_t i = 0; *q != NULL && i < n; i++)
        mpq_clear((*q)[i]);
    free(*q);
    *q = NULL;
    return 0;
}

/* What scale, mean and standard deviation have to be. */
typedef struct {
    const char *name, *must;
    scaling_operation operation;
    size_t most; /* numbers; 0: one for each channel */
    bool positive, non_zero;
} option;

static const option scale_option = { "scale", "a number or a ratio such as 1/255, and not 0", SCALING_MULTIPLY, 1, false, true };
static const option mean_option = { "mean", "a number, or one for each channel with commas", SCALING_SUBTRACT, 0, false, false };
static const option std_option = { "std", "a positive number, or one for each channel with commas", SCALING_DIVIDE, 0, true,
                                   false };

static ga_code
add_option(scaling *s, const option *p, const char *text, size_t inputs, ga_status *st)
{
    mpq_t *q;
    const size_t n = parse_list(&q, text);
    bool ok = n > 0 && (p->most == 0 || n <= p->most);
    for (size_t i = 0; i < n; i++)
        ok = ok && (!p->positive || mpq_sgn(q[i]) > 0) && (!p->non_zero || mpq_sgn(q[i]) != 0);
    ga_code code = ok ? GA_OK : ga_fail(st, GA_USAGE, "%s must be %s, not '%.*s'", p->name, p->must, SHOWN, text);
    if (ok && !scaling_step(s, p->operation, n, q))
        code = ga_fail(st, GA_USAGE, "%s: %zu channels do not divide images of %zu inputs, or %zu channels", p->name, n, inputs,
                       scaling_channels(s));
    for (size_t i = 0; i < n; i++)
        mpq_clear(q[i]);
    free(q);
    return code;
}

ga_code
ga_dataset_scale(ga_dataset *ds, const char *scale, const char *mean, const char *std, ga_status *st)
{
    const bool bytes = ds->value == NULL;
    const size_t inputs = ds->rows * ds->cols;
    if (scale == NULL && mean == NULL && std == NULL)
        return GA_OK;
    scaling *s = scaling_new(inputs);
    if (s == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the scaling");
    ga_code code = add_option(s, &scale_option, scale != NULL ? scale : bytes ? "1/255" : "1", inputs, st);
    if (code == GA_OK && mean != NULL)
        code = add_option(s, &mean_option, mean, inputs, st);
    if (code == GA_OK && std != NULL)
        code = add_option(s, &std_option, std, inputs, st);
    if (code == GA_OK && scaling_is(s, bytes ? "1/255" : "1")) { /* as without */
        scaling_free(s);
        s = NULL;
    } else if (code == GA_OK && !(scaling_say(s, SCALING_SCALE, scale) && scaling_say(s, SCALING_MEAN, mean) &&
                                  scaling_say(s, SCALING_STD, std) && scaling_seal(s, bytes)))
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for the scaling");
    if (code != GA_OK) {
        scaling_free(s);
        return code;
    }
    scaling_free(ds->scaling);
    ds->scaling = s;
    return GA_OK;
}

ga_code
ga_dataset_clip(ga_dataset *ds, const char *clip, ga_status *st)
{
    mpq_t *q;
    if (clip == NULL) {
        const bool unit = ds->value == NULL || (ds->least >= 0 && ds->largest <= 1);
        ds->low = unit ? 0 : ds->least;
        ds->high = unit ? 0 : ds->largest;
        return GA_OK;
    }
    const size_t n = parse_list(&q, clip);
    const bool ok = n == 2 && mpq_cmp(q[0], q[1]) < 0;
    const double low = ok ? rational_round(q[0], false) : 0, high = ok ? rational_round(q[1], false) : 0;
    for (size_t i = 0; i < n; i++)
        mpq_clear(q[i]);
    free(q);
    if (!ok || !isfinite(low) || !isfinite(high) || low == high)
        return ga_fail(st, GA_USAGE, "clip must be two numbers LOW,HIGH, of which LOW is less, not '%.*s'", SHOWN, clip);
    const bool usual = low == 0 && high == (ds->value == NULL ? 255 : 1);
    ds->low = usual ? 0 : low;
    ds->high = usual ? 0 : high;
    return GA_OK;
}
