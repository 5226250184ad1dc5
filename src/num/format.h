/* SPDX-License-Identifier: Apache-2.0 */
/* format.h -- number formats as values: a row of formats.def for each, and what code asks of a ga_format.

   A format with a range has numbers m 2^k, k >= emin - (bits - 1), |m| < 2^bits, of magnitudes up to `largest`, and infinities. It
   rounds to nearest, ties to even. A value whose kind has no row is in no list: it has no range, holds nothing and is allowed
   nothing. */
#ifndef NUM_FORMAT_H
#define NUM_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/gradient.h"

#include "num/words.h"

/* The narrower of the model's types that holds all numbers of a format, infinities and NaN. */
typedef enum { HELD_NOWHERE, HELD_BINARY32, HELD_BINARY64 } format_place;

/* A bit for each product. */
#define FORMAT_PRODUCT(product) (1u << (product))

typedef struct {
    const char *name;
    int emin, emax;     /* exponents of the least normal number and the largest; meaningless without a range */
    double largest;     /* 0: no range, all exponents */
    format_place held;
    int digits;         /* significant decimal digits that read back to the same number; 0: as many as a number needs */
    bool any_precision; /* ga_format.bits says how many bits */
    bool reference;     /* what it says is proved */
    ga_product product; /* GA_PRODUCT_DEFAULT */
    unsigned products;  /* of FORMAT_PRODUCT: all it has */
    bool rounds_model;  /* a pass first rounds the model's numbers and the input to it */
    bool audited;       /* an audit may be of estimators in it */
    bool origins;       /* the blame's and the remedies' bounds hold */
    bool thresholds;    /* `thresholds` searches it */
    double band[2];     /* decades of half the least number and of the largest, as charts mark them */
} format_row;

/* The initialisers of the format of a template's instantiation, { FORMAT_OF(f32) }; and of what commands take if nobody says. */
enum {
#define FORMAT(kind, suffix, name, bits, ...) format_kind_##suffix = kind, format_bits_##suffix = bits,
#include "num/formats.def"
    format_constants_end
};
enum {
#define FORMAT(kind, suffix, name, bits, ...) format_place_##suffix,
#include "num/formats.def"
    N_FORMATS
};
#define FORMAT_OF(suffix) .kind = (ga_format_kind)format_kind_##suffix, .bits = format_bits_##suffix
#define FORMAT_DEFAULT FORMAT_OF(f32)

/* The same as values, for templates: NUM(format). */
#define FORMAT(kind, suffix, name, bits, ...) extern const ga_format format_##suffix;
#include "num/formats.def"

/* The words of --format, in the order of formats.def, a pattern for any precision. */
extern const word_list format_words;

/* Its row, or NULL. */
const format_row *format_find(ga_format f);

bool format_is_reference(ga_format f);
bool format_any_precision(ga_format f);
bool format_has_range(ga_format f);
bool format_is_audited(ga_format f);
bool format_has_origins(ga_format f);
bool format_has_thresholds(ga_format f);

/* Of a format with a range: the exponents of the least normal number, of the least number, and of the largest. */
int64_t format_emin(ga_format f);
int64_t format_least_exponent(ga_format f);
int64_t format_emax(ga_format f);

/* The exponent of an ulp at magnitudes from 2^binade to 2^(binade+1); with a range, at least that of the least number. */
int64_t format_ulp_exponent(ga_format f, int64_t binade);

/* The product that GA_PRODUCT_DEFAULT stands for; whether the format has a product, named. */
ga_product format_product(ga_format f);
bool format_has_product(ga_format f, ga_product product);

/* The narrower type of models that holds all its numbers; false: neither does, and *dtype is as it was. */
bool format_dtype(ga_dtype *dtype, ga_format f);

/* Whether its numbers include all of the type: whether a model of that type means the same network in the format. */
bool format_holds(ga_format f, ga_dtype dtype);

/* Whether it runs models of the type: it holds the type's numbers or rounds them first. */
bool format_admits(ga_format f, ga_dtype dtype);

/* Of a format with a range: the least magnitude that rounds to infinity, (2 - 2^-bits) 2^emax; of binary64, which has no such
   number, infinity. */
double format_beyond(ga_format f);

/* Whether x > 0 is a positive, finite number once it is rounded to the format. */
bool format_keeps(ga_format f, double x);

/* A model's own format; and the reference, with its usual limits. */
ga_format format_of_dtype(ga_dtype dtype);
ga_format format_of_reference(void);

/* So many bits, with all exponents or with those of f, which has a range. */
ga_format format_with_bits(ga_format f, long bits, bool own_range);

/* The format whose exponents ga_format.range names by its significand bits: the first of formats.def; binary64 if none has them. */
ga_format format_of_range(long range);

/* "float", "mpfr:256"; "unknown" if it has no row. */
void format_name(char *text, size_t size, ga_format f);

/* Whether a word names a format of any precision, well-formed or not: "mpfr:0x". */
bool format_is_pattern(const char *word);

/* The names of all that have a property, in the order of formats.def; how many, at most N_FORMATS. The same as a list, "float and
   double" for the conjunction "and". */
size_t format_names(const char *name[], bool (*has)(ga_format f));
void format_list(char *text, size_t size, bool (*has)(ga_format f), const char *conjunction);

#endif
