/* SPDX-License-Identifier: Apache-2.0 */
/* test_few_bits.c -- rewritten sigmoid and tanh, and their derivatives, at all numbers of formats of up to 16 bits, and some of
   float and double, in ulps of the true value; and where they are 0 before that is, rounded. */
#include "audit/threshold_values.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/place.h"
#include "networks.h"
#include "test.h"

/* r = sigma(x) (order 0) or sigma'(x): e^-|x| of 300 bits, and no difference. */
static void
sigmoid_truth(mpfr_ptr r, int order, mpfr_srcptr x)
{
    mpfr_t e, q;
    mpfr_inits2(300, e, q, (mpfr_ptr)0);
    mpfr_abs(e, x, MPFR_RNDN);
    mpfr_neg(e, e, MPFR_RNDN);
    mpfr_exp(e, e, MPFR_RNDN);
    mpfr_add_ui(q, e, 1, MPFR_RNDN);
    if (order == 0 && mpfr_sgn(x) >= 0)
        mpfr_set_ui(e, 1, MPFR_RNDN);
    mpfr_div(r, e, q, MPFR_RNDN);
    if (order == 1)
        mpfr_div(r, r, q, MPFR_RNDN);
    mpfr_clears(e, q, (mpfr_ptr)0);
}

/* tanh' = 1/cosh^2 */
static void
tanh_truth(mpfr_ptr r, int order, mpfr_srcptr x)
{
    if (order == 0) {
        mpfr_tanh(r, x, MPFR_RNDN);
        return;
    }
    mpfr_sech(r, x, MPFR_RNDN);
    mpfr_sqr(r, r, MPFR_RNDN);
}

typedef void truth(mpfr_ptr r, int order, mpfr_srcptr x);

/* The largest error in ulps, where it is, and at how many numbers 0 is computed that is not the true value, rounded. */
typedef struct {
    double off, at;
    size_t early;
} worst;

static void
compare(worst *w, mpfr_srcptr got, mpfr_srcptr x, truth *of, int order, const ga_format *f)
{
    mpfr_t want, rounded;
    mpfr_inits2(300, want, rounded, (mpfr_ptr)0);
    of(want, order, x);
    mpfr_narrow(rounded, want, f, 0);
    const bool flushed = f->flush_in && mpfr_regular_p(x) && mpfr_get_exp(x) - 1 < f->emin; /* then f(0) is computed */
    w->early += mpfr_zero_p(got) && !mpfr_zero_p(rounded) && !flushed;
    const long e = mpfr_zero_p(want) || mpfr_get_exp(want) - 1 < f->emin ? f->emin : (long)mpfr_get_exp(want) - 1;
    mpfr_sub(want, want, got, MPFR_RNDN);
    mpfr_div_2si(want, want, e - f->bits + 1, MPFR_RNDN);
    const double off = fabs(mpfr_get_d(want, MPFR_RNDN));
    if (!(off <= w->off) && !flushed)
        *w = (worst){ off, mpfr_get_d(x, MPFR_RNDN), w->early };
    mpfr_clears(want, rounded, (mpfr_ptr)0);
}

static void
note_chunk(worst *w, const threshold_arithmetic *a, void *values, unsigned long from, size_t n, const threshold_row *row, truth *of,
           const ga_format *f)
{
    mpz_t place;
    mpfr_t got, x;
    mpz_init_set_ui(place, from);
    mpfr_inits2(f->bits, got, x, (mpfr_ptr)0);
    a->run(values, place, 1, n);
    for (size_t k = 0; k < n; k++) {
        a->get(got, values, k);
        mpz_set_ui(place, from + k);
        place_number(x, place, f);
        mpfr_setsign(x, x, row->direction < 0, MPFR_RNDN);
        compare(w, got, x, of, (int)row->out, f);
    }
    mpz_clear(place);
    mpfr_clears(got, x, (mpfr_ptr)0);
}

/* Of a number from 2^-20 to 2^10. */
static unsigned long
some_place(uint64_t *state, const ga_format *f)
{
    mpz_t place;
    mpfr_t x;
    mpz_init(place);
    mpfr_init2(x, 53);
    mpfr_set_d(x, ldexp(1 + network_uniform(state) / 2, (int)(test_random(state) % 30) - 20), MPFR_RNDN);
    place_of(place, x, f);
    const unsigned long i = mpz_get_ui(place);
    mpz_clear(place);
    mpfr_clear(x);
    return i;
}

/* Of float and double at some. */
static worst
at_all_numbers(op_id op, truth *of, int order, const ga_format *f)
{
    worst w = { 0, 0, 0 };
    mpz_t last;
    mpfr_t x;
    mpz_init(last);
    mpfr_init2(x, f->bits);
    mpfr_set_inf(x, 1);
    place_of(last, x, f);
    uint64_t state = test_seed();
    const size_t all = mpz_get_ui(last) + 1;
    const threshold_arithmetic *const a = threshold_arithmetic_of(*f);
    for (int sign = -1; sign <= 1; sign += 2) {
        const threshold_row row = { .formulas = GA_REWRITE, .direction = sign, .out = (size_t)order };
        void *const values = a->open(*f, op, &row);
        ASSERT(values != NULL);
        for (size_t i = 0; i < all && all <= 1 << 16; i += THRESHOLD_CHUNK)
            note_chunk(&w, a, values, i, all - i < THRESHOLD_CHUNK ? all - i : THRESHOLD_CHUNK, &row, of, f);
        for (size_t k = 0; k < 20000 && all > 1 << 16; k++)
            note_chunk(&w, a, values, some_place(&state, f), 1, &row, of, f);
        a->close(values);
    }
    mpz_clear(last);
    mpfr_clear(x);
    return w;
}

/* Functions rounded otherwise than to nearest are off by up to 1 ulp, and formulas by as much more. What is 0 early is what
   4 (e^-|x|)^2 is where e^-|x|, rounded down, is too small for that: at 4.5, and from 1.75 to 2. */
static void
sigmoid_and_tanh(void)
{
    static const struct {
        const char *words;
        double most;
        size_t early; /* of tanh', for both signs */
    } formats[] = {
        { "float", 4, 0 }, { "double", 4, 0 }, { "float16", 4, 0 }, { "bfloat16", 4, 0 }, { "e5m2", 4, 0 }, { "e4m3", 4, 0 },
        { "e5m2fnuz", 4, 0 }, { "e4m3fnuz", 4, 2 }, { "e3m2", 4, 0 }, { "e2m3", 4, 6 }, { "e2m1", 4, 0 }, { "e4m3,saturate", 4, 0 },
        { "p=6,emin=-9,emax=11", 4, 0 }, { "p=5,emin=-5,max=36", 4, 0 }, { "p=4,emin=-20,emax=3,saturate", 4, 2 },
        { "e5m2,daz", 4, 0 }, { "e4m3,rounding=nearest-away", 4, 0 }, { "e4m3,rounding=toward-zero", 8, 0 },
        { "e4m3,inf,rounding=up", 8, 0 }, { "e5m2,rounding=down", 8, 0 }, { "e4m3,rounding=odd", 8, 0 },
    };
    static const struct { op_id op; truth *of; const char *name[2]; } functions[] = {
        { OP_sigmoid, sigmoid_truth, { "sigma", "sigma'" } }, { OP_tanh, tanh_truth, { "tanh", "tanh'" } },
    };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, formats[i].words, NULL) == GA_OK);
        for (size_t k = 0; k < 4; k++) {
            const int order = k % 2;
            const worst w = at_all_numbers(functions[k / 2].op, functions[k / 2].of, order, &f);
            printf("\n    %s, %s: %.3f ulp at %g", formats[i].words, functions[k / 2].name[order], w.off, w.at);
            ASSERT(w.off < formats[i].most && w.early == (k == 3 ? formats[i].early : 0), "%s in %s: %g ulp at %a, %zu early",
                   functions[k / 2].name[order], formats[i].words, w.off, w.at, w.early);
        }
    }
}

TEST_MAIN("few_bits", TEST(sigmoid_and_tanh))
