/* SPDX-License-Identifier: Apache-2.0 */
/* format_hint.c -- formats by the names that others have for them; see format.h */
#include <stdio.h>
#include <strings.h>

#include "num/format.h"

/* What NumPy, PyTorch, ml_dtypes and IEEE 754 call formats that have another name here, and that name. */
static const char *const elsewhere[][2] = {
    { "float32", "float" }, { "fp32", "float" }, { "f32", "float" }, { "single", "float" }, { "binary32", "float" },
    { "float64", "double" }, { "fp64", "double" }, { "f64", "double" }, { "binary64", "double" },
    { "half", "float16" }, { "fp16", "float16" }, { "f16", "float16" }, { "binary16", "float16" }, { "bf16", "bfloat16" },
    { "fp8", "fp8-hybrid' or 'e4m3" }, { "float8", "fp8-hybrid' or 'e4m3" }, { "e4m3fn", "e4m3" },
    { "float8_e4m3fn", "e4m3" }, { "float8_e5m2", "e5m2" },
    { "float8_e4m3fnuz", "e4m3fnuz" }, { "float8_e5m2fnuz", "e5m2fnuz" }, { "float6_e2m3fn", "e2m3" },
    { "float6_e3m2fn", "e3m2" }, { "float4_e2m1fn", "e2m1" }, { "fp4", "e2m1" }, { "longdouble", "x87" }, { "float80", "x87" },
    { "float128", "binary128" }, { "quad", "binary128" },
};

/* NULL: it is no such name. */
static const char *
called_here(const char *said)
{
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++)
        if (strcasecmp(said, elsewhere[i][0]) == 0)
            return elsewhere[i][1];
    return NULL;
}

void
format_hint(char *text, size_t size, const word_list *w, const char *said)
{
    static const char amp[] = "amp-";
    const bool is_amp = strncasecmp(said, amp, sizeof amp - 1) == 0;
    const char *const here = called_here(is_amp ? said + sizeof amp - 1 : said);
    char recipe[40];
    snprintf(recipe, sizeof recipe, "%s%s", amp, here != NULL ? here : "");
    if (here != NULL && (!is_amp || word_find(w, recipe) >= 0))
        snprintf(text, size, "; did you mean '%s'?", is_amp ? recipe : here);
    else if (word_find(&format_roundings, said) >= 0)
        snprintf(text, size, "; did you mean 'rounding=%s'?", said);
    else
        word_hint(text, size, w, said);
}
