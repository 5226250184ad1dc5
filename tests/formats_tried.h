/* SPDX-License-Identifier: Apache-2.0 */
/* formats_tried.h -- formats of up to 16 bits as their publishers have them, and spelled-out ones, for exact_format.h. */
#ifndef GRADAUDIT_FORMATS_TRIED_H
#define GRADAUDIT_FORMATS_TRIED_H

#include "core/gradient.h"

#include "exact_format.h"

/* IEEE 754-2019, table 3.5; the OCP specifications OFP8 and MX, version 1.0; the FNUZ types of ONNX and LLVM. */
static const definition named_formats[] = {
    { .words = "float16", .p = 11, .emin = -14, .largest = 65504 },
    { .words = "bfloat16", .p = 8, .emin = -126, .largest = 0x1.fep127 },
    { .words = "e5m2", .p = 3, .emin = -14, .largest = 57344 },
    { .words = "e4m3", .p = 4, .emin = -6, .largest = 448, .overflow = GA_TO_NAN },
    { .words = "e5m2fnuz", .p = 3, .emin = -15, .largest = 57344, .overflow = GA_TO_NAN, .one_zero = true },
    { .words = "e4m3fnuz", .p = 4, .emin = -7, .largest = 240, .overflow = GA_TO_NAN, .one_zero = true },
    { .words = "e3m2", .p = 3, .emin = -2, .largest = 28, .overflow = GA_TO_LARGEST },
    { .words = "e2m3", .p = 4, .emin = 0, .largest = 7.5, .overflow = GA_TO_LARGEST },
    { .words = "e2m1", .p = 2, .emin = 0, .largest = 6, .overflow = GA_TO_LARGEST },
};

/* Some at the ends of what is computed in float. */
static const definition spelled_formats[] = {
    { .words = "p=5,emin=-3,emax=4", .p = 5, .emin = -3, .largest = 31 },
    { .words = "p=5,emin=-3,emax=4,ftz", .p = 5, .emin = -3, .largest = 31, .ftz = true },
    { .words = "p=5,emin=-3,emax=4,ftz,daz,saturate", .p = 5, .emin = -3, .largest = 31, .ftz = true, .daz = true,
      .overflow = GA_TO_LARGEST },
    { .words = "p=4,max=448,emin=-6", .p = 4, .emin = -6, .largest = 448 },
    { .words = "p=4,max=256,emin=-2,nan", .p = 4, .emin = -2, .largest = 256, .overflow = GA_TO_NAN },
    { .words = "p=3,emin=0,emax=0", .p = 3, .emin = 0, .largest = 1.75 },
    { .words = "p=2,emin=-126,emax=127", .p = 2, .emin = -126, .largest = 0x1.8p127 },
    { .words = "p=2,emin=-126,emax=127,ftz", .p = 2, .emin = -126, .largest = 0x1.8p127, .ftz = true },
    { .words = "p=5,emin=-126,emax=127,daz", .p = 5, .emin = -126, .largest = 0x1.fp127, .daz = true },
    { .words = "p=6,max=42,emin=-1", .p = 6, .emin = -1, .largest = 42 },
    { .words = "p=5,emin=-1,emax=7", .p = 5, .emin = -1, .largest = 0x1.fp7 },
    { .words = "p=4,emin=-1,emax=7,daz", .p = 4, .emin = -1, .largest = 0x1.ep7, .daz = true },
    { .words = "e4m3,saturate", .p = 4, .emin = -6, .largest = 448, .overflow = GA_TO_LARGEST },
    { .words = "e4m3,inf,ftz", .p = 4, .emin = -6, .largest = 448, .ftz = true },
    { .words = "e5m2,saturate,daz", .p = 3, .emin = -14, .largest = 57344, .daz = true, .overflow = GA_TO_LARGEST },
    { .words = "e4m3fnuz,ftz,daz", .p = 4, .emin = -7, .largest = 240, .overflow = GA_TO_NAN, .one_zero = true, .ftz = true,
      .daz = true },
    { .words = "bfloat16,ftz,daz", .p = 8, .emin = -126, .largest = 0x1.fep127, .ftz = true, .daz = true },
    { .words = "bfloat16,saturate", .p = 8, .emin = -126, .largest = 0x1.fep127, .overflow = GA_TO_LARGEST },
    { .words = "float16,saturate", .p = 11, .emin = -14, .largest = 65504, .overflow = GA_TO_LARGEST },
};
enum { N_NAMED = sizeof named_formats / sizeof *named_formats, N_SPELLED = sizeof spelled_formats / sizeof *spelled_formats,
       N_TRIED = N_NAMED + N_SPELLED };

static const struct {
    const char *word;
    ga_rounding rounding;
} roundings_tried[] = { { "nearest-even", GA_NEAREST_EVEN }, { "nearest-away", GA_NEAREST_AWAY }, { "toward-zero", GA_TOWARD_ZERO },
                        { "up", GA_UP }, { "down", GA_DOWN }, { "odd", GA_TO_ODD } };
enum { N_ROUNDINGS_TRIED = sizeof roundings_tried / sizeof *roundings_tried };

/* The i-th, and with the k-th rounding, which those that flush may not have. */
static inline const definition *
tried_format(size_t i)
{
    return i < N_NAMED ? named_formats + i : spelled_formats + (i - N_NAMED);
}

static inline bool
tried_rounds(const definition *d, size_t k)
{
    return !d->ftz || k < 3;
}

static inline ga_format
tried_parse(const definition *d, size_t k)
{
    char words[100];
    ga_status st = { 0 };
    ga_format f = { 0 };
    if (k == 0)
        snprintf(words, sizeof words, "%s", d->words);
    else
        snprintf(words, sizeof words, "%s,rounding=%s", d->words, roundings_tried[k].word);
    ASSERT(ga_format_parse(&f, words, &st) == GA_OK, "%s: %s", words, st.message);
    return f;
}

#endif
