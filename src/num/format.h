/* SPDX-License-Identifier: Apache-2.0 */
/* format.h -- number formats as values: rows of formats.def by name, what users spell out, and what code asks of a ga_format.

   A format with a range has numbers m 2^k, k >= emin - (bits - 1), |m| < 2^bits, up to (2^bits - gap) 2^(emax-bits+1) in size.
   What is more after it was rounded to so many bits overflows. A value whose kind has no row is in no list: it has no range, holds
   nothing and is allowed nothing. */
#ifndef NUM_FORMAT_H
#define NUM_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/gradient.h"

#include "num/words.h"

/* A bit for each product. */
#define FORMAT_PRODUCT(product) (1u << (product))

/* How an arithmetic computes. */
typedef struct {
    const char *computed_in; /* "float", "double", "MPFR" or "balls" */
    bool any_precision; /* ga_format.bits says how many bits */
    bool reference;     /* what it says is proved */
    ga_product product; /* GA_PRODUCT_DEFAULT */
    unsigned products;  /* of FORMAT_PRODUCT: all it has */
    bool rounds_model;  /* a pass first rounds the model's numbers and the input to it */
    bool audited;       /* an audit may be of estimators in it */
    bool origins;       /* the blame's and the remedies' bounds hold */
} format_arithmetic;

/* The initialisers of a format by its id, { FORMAT_OF(f32) }; and of what commands take if nobody says. */
enum {
#define FORMAT(id, kind, name, bits, emin, emax, gap, overflow, one_zero, ...) \
    format_kind_##id = kind, format_bits_##id = bits, format_emin_##id = emin, format_emax_##id = emax, format_gap_##id = gap, \
    format_overflow_##id = overflow, format_one_zero_##id = one_zero,
#include "num/formats.def"
    format_constants_end
};
enum {
#define FORMAT(id, ...) format_place_##id,
#include "num/formats.def"
    N_FORMATS
};
enum {
#define ARITHMETIC(kind, suffix, ...) format_arithmetic_##suffix,
#include "num/formats.def"
    N_ARITHMETICS
};
#define FORMAT_OF(id) .kind = (ga_format_kind)format_kind_##id, .bits = format_bits_##id, .emin = format_emin_##id, \
    .emax = format_emax_##id, .gap = format_gap_##id, .overflow = (ga_overflow)format_overflow_##id, \
    .one_zero = format_one_zero_##id
#define FORMAT_DEFAULT FORMAT_OF(f32)

/* The same as values; format_f32 and format_f64 for templates: NUM(format). */
#define FORMAT(id, ...) extern const ga_format format_##id;
#include "num/formats.def"

/* The words of --format, in the order of formats.def, a pattern for any precision. */
extern const word_list format_words;

/* What else it takes between commas, a key before its value; the words of ga_overflow and of ga_rounding. */
extern const word_list format_modifiers, format_overflows, format_roundings;

/* Its arithmetic; of none: one that allows nothing. */
const format_arithmetic *format_find(ga_format f);

/* Whether it is one: of a kind that there is. */
bool format_is_known(ga_format f);

/* All members are the same. */
bool format_equal(ga_format f, ga_format g);

/* Those that its word names, in the order of formats.def: f = the i-th of N_FORMATS. */
ga_format format_named(size_t i);

bool format_is_reference(ga_format f);
bool format_any_precision(ga_format f);
bool format_has_range(ga_format f);
bool format_is_audited(ga_format f);
bool format_has_origins(ga_format f);
bool format_has_thresholds(ga_format f);

/* Of a format with a range: the exponents of the least normal number, of the least number, and of the largest. With flush the
   least number is the least normal one. */
int64_t format_emin(ga_format f);
int64_t format_least_exponent(ga_format f);
int64_t format_emax(ga_format f);

/* The largest number, in units of 2^emax: from 1 to below 2, rounded to double. */
double format_largest(ga_format f);

/* The exponent of an ulp at magnitudes from 2^binade to 2^(binade+1); with a range, at least that of the least number. */
int64_t format_ulp_exponent(ga_format f, int64_t binade);

/* Significant decimal digits that read back to the same number; 0: as many as a number needs. */
int format_digits(ga_format f);

/* Decades of half the least number and of the largest, as charts mark them; of a recipe, of the last store that can lose an
   element, for the element itself. */
void format_band(double band[2], ga_format f);
void format_plain_band(double band[2], ga_format f); /* whatever its recipe */

/* The product that GA_PRODUCT_DEFAULT stands for; whether the format has a product, named. */
ga_product format_product(ga_format f);
bool format_has_product(ga_format f, ga_product product);

/* The narrower type of models that holds all its numbers; false: neither does, and *dtype is as it was. */
bool format_dtype(ga_dtype *dtype, ga_format f);

/* Whether its numbers include all of the type: whether a model of that type means the same network in the format. */
bool format_holds(ga_format f, ga_dtype dtype);

/* Whether it runs models of the type: it holds the type's numbers or rounds them first. */
bool format_admits(ga_format f, ga_dtype dtype);

/* Of a format with a range that rounds to nearest: the largest magnitude that does not overflow, or the least that does, from where
   on results are out of range; *itself: whether that number overflows. Infinity if no double is so large. */
double format_beyond(bool *itself, ga_format f);

/* Likewise the least magnitude that does not become 0, or the largest that does, below which results do; *itself: whether that one
   does. Half the least number, which does if ties go to even; with flush it is the least number that rounds to 2^emin, which does
   not. 0 if no double is so small. */
double format_vanishes(bool *itself, ga_format f);

/* Of a magnitude that is cut to n units: the part of a unit, in units of 2^-32, above which it goes up to n + 1; at: what has just
   that part does, too. 2^32 and at: nothing goes up. sign: that of the number; odd: n is; draw: of stochastic rounding. */
typedef struct {
    uint64_t part;
    bool at;
} format_cut;
format_cut format_goes_up(const ga_format *f, int sign, bool odd, uint32_t draw);

/* Whether what is rounded to more than the largest number becomes that one: where it says so, and where it rounds toward 0. */
bool format_stops_at_largest(const ga_format *f, int sign);

/* Whether its roundings are to nearest, off by at most half an ulp; else by less than one. */
bool format_rounds_to_nearest(ga_format f);

/* A model's own format; and the reference, with its usual limits. */
ga_format format_of_dtype(ga_dtype dtype);
ga_format format_of_reference(void);

/* So many bits, with all exponents; or limited to those of f, which has a range: what f would round to 0 becomes 0, and what is
   beyond 2^(emax+1) infinite. There are no subnormal roundings: this isolates a wider significand. */
ga_format format_with_bits(ga_format f, long bits, bool own_range);

/* The arithmetic for its numbers: binary32's and binary64's own where nothing else is asked of them, else the first that rounds
   each operation once. */
void format_settle(ga_format *f);

/* The formats that are audited and explained, in words. */
#define FORMAT_AUDITED_WORDS \
    "formats with a range of exponents and at most 159 bits (gradaudit formats lists those with names)"

enum { FORMAT_NAME = 160 }; /* room for any name */

/* "float", "mpfr:256", "e4m3,saturate", "p=5,emin=-6,emax=7", "amp-float16"; "unknown" if it has no kind. */
void format_name(char *text, size_t size, ga_format f);

/* The same, and ga_format_parse and format_is_word, of formats without a recipe. words: how text is told, in messages. */
void format_plain_name(char *text, size_t size, ga_format f);
ga_code format_plain_parse(ga_format *format, const char *text, ga_status *st);

/* GA_USAGE where there is no word between two commas, or at an end. */
ga_code format_check_commas(const char *text, ga_status *st);
bool format_is_plain_word(const char *word);

/* "no format is called 'X': ..."; with other words that it may have meant, and what is said after the names. */
ga_code format_unknown(const char *word, const word_list *others, const char *after, ga_status *st);

/* Whether a word is one of those that ga_format_parse takes between commas: "float", "mpfr:0x", "p=4", "ftz". */
bool format_is_word(const char *word);

/* word_hint; for the name that another program has for a format it is the name here: "; did you mean 'double'?" for float64; for
   a value of rounding= by itself it is that with the key. */
void format_hint(char *text, size_t size, const word_list *w, const char *said);

/* The names of all that have a property, in the order of formats.def; how many, at most N_FORMATS. The same as a list, "float and
   double" for the conjunction "and". */
size_t format_names(const char *name[], bool (*has)(ga_format f));
void format_list(char *text, size_t size, bool (*has)(ga_format f), const char *conjunction);

#endif
