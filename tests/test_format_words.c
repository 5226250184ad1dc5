/* SPDX-License-Identifier: Apache-2.0 */
/* test_format_words.c -- formats as text: their numbers by name, spelled out, with what may follow either, and what is refused. */
#include "exact_format.h"
#include "formats_tried.h"
#include "num/format.h"

static const char *
name_of(ga_format f)
{
    static char name[FORMAT_NAME];
    format_name(name, sizeof name, f);
    return name;
}

static ga_format
of(const char *words)
{
    ga_format f = { 0 };
    ga_status st = { 0 };
    ASSERT(ga_format_parse(&f, words, &st) == GA_OK, "'%s': %s", words, st.message);
    return f;
}

/* Names stand for the published numbers, and come back. */
static void
names(void)
{
    for (size_t i = 0; i < N_NAMED; i++) {
        const definition *const d = named_formats + i;
        const ga_format f = of(d->words);
        int e;
        frexp(d->largest, &e);
        ASSERT(f.bits == d->p && f.emin == d->emin && f.emax == e - 1, "%s", d->words);
        ASSERT(ldexp(format_largest(f), f.emax) == d->largest, "%s", d->words);
        ASSERT(f.overflow == d->overflow && f.one_zero == d->one_zero, "%s", d->words);
        ASSERT(f.rounding == GA_NEAREST_EVEN && !f.flush && !f.flush_in && strcmp(name_of(f), d->words) == 0, "%s", d->words);
    }
    static const struct {
        const char *name;
        long bits;
        int emin, emax;
    } wide[] = { { "tf32", 11, -126, 127 }, { "x87", 64, -16382, 16383 }, { "binary128", 113, -16382, 16383 } };
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        const ga_format f = of(wide[i].name);
        ASSERT(f.bits == wide[i].bits && f.emin == wide[i].emin && f.emax == wide[i].emax && f.gap == 1, "%s", wide[i].name);
        ASSERT(f.overflow == GA_TO_INFINITY && strcmp(name_of(f), wide[i].name) == 0, "%s", wide[i].name);
    }
}

/* Words in any order and case; the name is that of the values, which it gives again. */
static void
spellings(void)
{
    static const struct {
        const char *words, *name;
    } known[] = {
        { "p=11,emin=-14,emax=15", "float16" }, { "EMAX=15,P=11", "float16" }, { "p=24,emin=-126,emax=127", "float" },
        { "p=53,emax=1023", "double" }, { "FLOAT16,FTZ", "float16,ftz" }, { "ftz,float16", "float16,ftz" },
        { "daz,ftz,bfloat16", "bfloat16,ftz,daz" }, { "float16,inf", "float16" }, { "e4m3,nan", "e4m3" },
        { "inf,e4m3", "e4m3,inf" },
        { "saturate,e4m3", "e4m3,saturate" }, { "e2m1,saturate", "e2m1" }, { "p=4,max=448,emin=-6", "e4m3,inf" },
        { "p=4,max=448,emin=-6,nan", "e4m3" }, { "nan,emin=-6,max=448,emax=8,p=4", "e4m3" },
        { "p=4,max=448", "p=4,emin=-7,emax=8,max=448" },
        { "p=4,max=4.48e2", "p=4,emin=-7,emax=8,max=448" }, { "p=4,max=480,emin=-6", "p=4,emin=-6,emax=8" },
        { "p=4,emin=-7,emax=7,nan", "p=4,emin=-7,emax=7,nan" }, /* that has -0 */
        { "p=2,max=1.5,emin=0", "p=2,emin=0,emax=0" }, { "p=53,max=448", "p=53,emin=-7,emax=8,max=448" },
        { "rounding=odd,saturate,p=3,emax=4", "p=3,emin=-3,emax=4,saturate,rounding=odd" },
        { "float16,rounding=nearest-even", "float16" }, { "rounding=UP,float16", "float16,rounding=up" },
        { "float16,rounding=nearest-away,ftz", "float16,ftz,rounding=nearest-away" },
        { "float16,rounding=stochastic", "float16,rounding=stochastic:0" },
        { "float16,rounding=stochastic:18446744073709551615", "float16,rounding=stochastic:18446744073709551615" },
        { "float,daz", "float,daz" }, { "x87,rounding=toward-zero", "x87,rounding=toward-zero" }, { "mpfr:53", "mpfr:53" },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const ga_format f = of(known[i].words);
        ASSERT(strcmp(name_of(f), known[i].name) == 0, "%s is called %s, not %s", known[i].words, name_of(f), known[i].name);
        ASSERT(format_equal(of(known[i].name), f), "%s", known[i].name);
    }
    ASSERT(of("float16,rounding=stochastic:5").seed == 5 && of("p=53,max=448").gap == (INT64_C(1) << 53) - (INT64_C(448) << 44));
    for (size_t i = 0; i < N_TRIED; i++)
        for (size_t k = 0; k < N_ROUNDINGS_TRIED; k++)
            if (tried_rounds(tried_format(i), k)) {
                const ga_format f = tried_parse(tried_format(i), k);
                ASSERT(format_equal(of(name_of(f)), f), "%s", name_of(f));
            }
}

/* Names of NumPy, PyTorch and ml_dtypes whose nearest word here is that of another format, or of none. */
static const struct {
    const char *there, *here;
} elsewhere[] = { { "float64", "double" }, { "FP64", "double" }, { "float32", "float" }, { "half", "float16" },
                  { "fp16", "float16" }, { "bf16", "bfloat16" }, { "e4m3fn", "e4m3" },
                  { "float8_e4m3fn", "e4m3" }, { "float8_e5m2", "e5m2" },
                  { "float8_e4m3fnuz", "e4m3fnuz" }, { "float4_e2m1fn", "e2m1" }, { "quad", "binary128" },
                  { "amp-fp16", "amp-float16" }, { "AMP-BF16", "amp-bfloat16" }, { "amp-half", "amp-float16" } };

/* What is refused, and a part of the message, which names the fault. */
static void
refusals(void)
{
    static const struct {
        const char *words, *message;
    } wrong[] = {
        { "p=1,emax=3", "p is an integer from 2 to" }, { "p=0x,emax=3", "not '0x'" }, { "p=4097,emax=3", "not '4097'" },
        { "p=4,emin=1,emax=3", "emin is an integer" }, { "p=4,emin=,emax=3", "not ''" }, { "p=4,emax=-1", "emax is an integer" },
        { "p=4,emax=1048577", "not '1048577'" }, { "p=4,max=449", "max=449 is no number of 4 bits" }, { "p=4,max=", "not ''" },
        { "p=4,max=-3", "not '-3'" }, { "p=4,max=1e999", "not '1e999'" }, { "p=4,max=inf", "not 'inf'" },
        { "p=4,max=nan", "not 'nan'" },
        { "p=3,max=0.5", "emax at least 0" }, { "p=3,max=1", "without emin= it is 1 - emax" },
        { "p=4,max=15,emax=4", "max=15 is no number" },
        { "p=4,max=16,emax=3", "max=16 is no number" }, { "p=63,max=448", "at most 53 bits, not 63" },
        { "p=54,emin=-6,max=448", "at most 53 bits, not 54" },
        { "p=5", "say p= and emax= or max=" }, { "emax=5", "say p= and" }, { "ftz", "which format?" },
        { "saturate,rounding=up", "which format?" },
        { "float16,e4m3", "'e4m3' comes after another word of its kind" }, { "float16,p=4", "a format has a name, or p=" },
        { "emin=-3,float16", "a format has a name, or p=" }, { "p=4,p=5,emax=3", "'p=5' comes after another" },
        { "e4m3,saturate,inf", "'inf' comes after another" }, { "float,ftz,FTZ", "'FTZ' comes after another" },
        { "float16,rounding=up,rounding=up", "'rounding=up' comes after another" }, { "mpfr:24,ftz", "only a format with a range" },
        { "mpfr:24,rounding=up", "only a format with a range" }, { "exact,saturate", "only a format with a range" },
        { "mpfr:x,float", "as in mpfr:256" }, { "rounding=bogus", "no rounding is called 'bogus'" },
        { "float16,rounding=", "called ''" },
        { "float16,rounding=up:1", "only stochastic rounding has a seed" }, { "float16,rounding=stochastic:", "has a seed" },
        { "float16,rounding=stochastic:x", "has a seed" }, { "float16,rounding=stochastic:-1", "has a seed" },
        { "float16,rounding=stochastic:18446744073709551616", "has a seed" }, { "float16,rounding=up,ftz", "ftz is of formats" },
        { "ftz,float16,rounding=stochastic", "ftz is of formats" }, { "p=4,emax=3,ftz,rounding=odd", "ftz is of formats" },
        { "flaot16", "did you mean 'float16'?" }, { "flaot16,ftz", "did you mean 'float16'?" },
        { "float16,stochastic", "did you mean 'rounding=stochastic'?" }, { "bfloat16,up", "did you mean 'rounding=up'?" },
        { "fp8", "did you mean 'fp8-hybrid' or 'e4m3'?" }, { "float16,saturat", "'saturat'" },
        { "float16,", "no word between two commas" }, { ",float16", "no word between" }, { "float16,,ftz", "no word between" },
        { ",", "no format is called ','" }, { "", "no format is called ''" }, { "float16 ,ftz", "'float16 '" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ga_format f = { .bits = 5 };
        ga_status st = { 0 };
        ASSERT(ga_format_parse(&f, wrong[i].words, &st) == GA_USAGE && f.bits == 5, "'%s'", wrong[i].words);
        ASSERT(strstr(st.message, wrong[i].message) != NULL, "'%s': %s", wrong[i].words, st.message);
    }
    for (size_t i = 0; i < sizeof elsewhere / sizeof *elsewhere; i++) {
        ga_status st = { 0 };
        char hint[64];
        snprintf(hint, sizeof hint, "did you mean '%s'?", elsewhere[i].here);
        ASSERT(ga_format_parse(&(ga_format){ 0 }, elsewhere[i].there, &st) == GA_USAGE && strstr(st.message, hint) != NULL, "%s",
               st.message);
        of(elsewhere[i].here);
    }
    char longest[1000];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    ASSERT(ga_format_parse(&(ga_format){ 0 }, longest, NULL) == GA_USAGE);
}

/* What a list of formats, which has commas too, is parted by. */
static void
words(void)
{
    static const char *const some[] = { "float", "FLOAT16", "mpfr:0x", "exact", "p=4", "emin=", "emax=3", "max=448", "rounding=x",
                                        "ftz", "DAZ", "nan", "inf", "saturate", "e4m3" };
    static const char *const none[] = { "naive", "loop", "gain=2", "p", "", "mpfr", "e4m4", "logit-scale=2" };
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        ASSERT(format_is_word(some[i]), "%s", some[i]);
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ASSERT(!format_is_word(none[i]), "%s", none[i]);
}

TEST_MAIN("format_words", TEST(names), TEST(spellings), TEST(refusals), TEST(words))
