/* SPDX-License-Identifier: Apache-2.0 */
/* test_ieee.c -- whole passes in float, double, float16 and other formats with infinities equal the same template in MPFR with the
   format's exponent range and subnormalization after every operation: every tensor, bit for bit, and the same zeros. Both sides
   take exp, expm1, log, log1p and tanh correctly rounded, from MPFR. */
#include <string.h>

#include "networks.h"
#include "shipped.h"

#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"

#include "num/nar64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"

#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "tape_run_tmpl.c"

#include "ieee.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/softmax_tmpl.c"
#include "num/activation_tmpl.c"
#include "num/smooth_tmpl.c"
#include "num/function_tmpl.c"
#include "num/mpfr_context_tmpl.c"
#include "gemm/gemm_tmpl.h"
#include "gemm/dot_tmpl.c"
#include "gemm/loop_scalar_tmpl.c"
#include "gemm/gemm_tmpl.c"
#include "pass/tape_tmpl.h"
#include "pass/tape_tmpl.c"
#include "pass/pass_tmpl.c"
#include "op_templates.h"
#include "tape_run_tmpl.c"

#include "rounded_libm.h"

typedef struct {
    size_t elements, zeros, subnormal;
} counts;

#include "num/nar32.h"
#include "tape_equal_tmpl.c"
#include "num/nar64.h"
#include "tape_equal_tmpl.c"
#include "num/f32.h"
#include "tape_equal_tmpl.c"
#include "num/f64.h"
#include "tape_equal_tmpl.c"

static double
rounded_to(ga_format f, double x)
{
    mpfr_t t;
    mpfr_init2(t, f.bits);
    mpfr_subnormalize(t, mpfr_set_d(t, x, MPFR_RNDN), MPFR_RNDN);
    x = mpfr_get_d(t, MPFR_RNDN);
    mpfr_clear(t);
    return x;
}

/* What a pass in a narrow format rounds first: weights and biases, gain and logit scale, and the input. */
static counts
equal_rounded(const ga_model *m, const ga_dataset *ds, const ga_estimator *e)
{
    ga_model *own = ga_model_copy(m, NULL);
    ga_estimator own_e = *e;
    ieee_select(e->format);
    own_e.gain = rounded_to(e->format, e->gain);
    own_e.logit_scale = rounded_to(e->format, e->logit_scale);
    for (size_t l = 0; l < m->n_layers; l++) {
        const ga_layer *layer = own->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(own, layer->weight, i, rounded_to(e->format, ga_model_get(m, m->layer[l].weight, i)));
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(own, layer->bias, i, rounded_to(e->format, ga_model_get(m, m->layer[l].bias, i)));
    }
    const size_t n_pixels = ds->rows * ds->cols;
    const ga_dataset own_ds = { .n = ds->n, .rows = ds->rows, .cols = ds->cols, .label = ds->label,
                                .value = malloc(ds->n * n_pixels * sizeof(double)) };
    for (size_t i = 0; i < ds->n; i++) {
        double *const x = own_ds.value + i * n_pixels;
        ga_dataset_image(x, ds, i, m->dtype);
        for (size_t k = 0; k < n_pixels; k++)
            x[k] = rounded_to(e->format, x[k]);
    }
    const counts n = e->format.kind == GA_NARROW32 ? equal_nar32(m, e, ds, own, &own_e, &own_ds)
                                                   : equal_nar64(m, e, ds, own, &own_e, &own_ds);
    free(own_ds.value);
    ga_model_free(own);
    return n;
}

static counts
equal(const ga_model *m, const ga_dataset *ds, const ga_estimator *e)
{
    if (e->format.kind == GA_NARROW32 || e->format.kind == GA_NARROW64)
        return equal_rounded(m, ds, e);
    return e->format.kind == GA_FLOAT ? equal_f32(m, e, ds, m, e, ds) : equal_f64(m, e, ds, m, e, ds);
}

/* Scales from tame to saturated: pre-activations beyond every threshold of float (17, 89, 104) and of double (37, 710, 746). */
static void
equal_on(const char *format, ga_activation activation, ga_formulas formulas, ga_loss loss)
{
    static const size_t sizes[] = { 61, 33, 17, 10 };
    static const double scales[] = { 1, 30, 300, 3000, 6000 };
    const ga_activation hidden[] = { activation, activation };
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++) {
        ga_model *m = network_new(GA_F32, 3, sizes, hidden, scales[i], &state);
        ga_dataset *ds = network_images(m, 9, &state);
        ga_estimator e = network_estimator(format, formulas, GA_LOOP);
        e.loss = loss;
        e.gain = i == 4 ? 0.0003f : 1;
        e.logit_scale = i == 2 ? 0.125 : 1;
        const counts n = equal(m, ds, &e);
        printf("\n    %s %s %s%s scale %g: %zu elements equal, %zu zeros, %zu subnormal", format, ga_activation_name(activation),
               formulas == GA_NAIVE ? "naive" : "rewrite", loss == GA_MARGIN ? " margin" : "", scales[i], n.elements, n.zeros,
               n.subnormal);
        ASSERT(n.elements > 5500, "%zu elements", n.elements);
        if (activation != GA_RELU && i == 3)
            ASSERT(n.zeros > 1000, "a saturated network has %zu zeros", n.zeros);
        ga_model_free(m);
        ga_dataset_free(ds);
    }
}

/* Each of these is computed in its own way: by C types, in float, in double. */
static const char *const formats[] = { "float", "double", "float16", "bfloat16", "tf32", "e5m2", "p=9,emin=-30,emax=30",
                                       "p=25,emin=-200,emax=200" };
enum { N_FORMATS_TRIED = sizeof formats / sizeof *formats };

static void
equal_everywhere(ga_formulas formulas, ga_loss loss)
{
    static const ga_activation all[] = { GA_SIGMOID, GA_TANH, GA_RELU };
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < N_FORMATS_TRIED; k++)
            equal_on(formats[k], all[i], formulas, loss);
}

static void
naive_passes_are_bit_equal(void)
{
    equal_everywhere(GA_NAIVE, GA_CROSS_ENTROPY);
}

static void
margin_passes_are_bit_equal(void)
{
    equal_everywhere(GA_NAIVE, GA_MARGIN);
    equal_everywhere(GA_REWRITE, GA_MARGIN);
}

static void
rewrite_passes_are_bit_equal(void)
{
    equal_everywhere(GA_REWRITE, GA_CROSS_ENTROPY);
}

/* What is stored, to nearest even in formats with infinities, or scaled so that nothing overflows: IEEE 754's own stores then. */
static void
recipe_passes_are_bit_equal(void)
{
    static const char *const recipes[] = {
        "amp-float16", "amp-bfloat16,loss-scale=0x1p90", "store:gradient=e5m2,weight=float16,sum=double,loss-scale=64",
        "amp-float16,gradient=e5m2,loss-scale=0x1p-9", "fp8-hybrid", "fp8-hybrid,batch=4,activation=bfloat16,sum=double",
        "mxfp8,scale=ceil", "mxfp8,scale=ceil,gradient=float16,loss-scale=256,inf",
        "amp-float16,elementwise=each", "store:gradient=e5m2,elementwise=each,loss-scale=4",
    };
    static const ga_activation all[] = { GA_SIGMOID, GA_TANH, GA_RELU };
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++)
        for (size_t i = 0; i < 3; i++) {
            equal_on(recipes[k], all[i], GA_NAIVE, GA_CROSS_ENTROPY);
            equal_on(recipes[k], all[i], GA_REWRITE, GA_MARGIN);
        }
}

/* The networks of the reproduction on real images; the last image is padding. */
static void
shipped_passes_are_bit_equal(void)
{
    static const char *const names[] = { "saturated-sigmoid", "vanilla-sigmoid", "saturated-relu" };
    ga_dataset *ds = shipped_images(4);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ga_model *m = shipped_model(names[i]);
        for (size_t k = 0; k < 2 * N_FORMATS_TRIED; k++) {
            const char *const format = formats[k % N_FORMATS_TRIED];
            const bool margin = k >= N_FORMATS_TRIED;
            ga_estimator e = network_estimator(format, GA_NAIVE, GA_LOOP);
            e.loss = margin ? GA_MARGIN : GA_CROSS_ENTROPY;
            if (k % N_FORMATS_TRIED >= 3 && !test_does(i + k)) /* the networks above are tried in all */
                continue;
            const counts n = equal(m, ds, &e);
            printf("\n    %s %s%s: %zu elements equal, %zu zeros, %zu subnormal", names[i], format, margin ? " margin" : "",
                   n.elements, n.zeros, n.subnormal);
            ASSERT(n.elements > 100000, "%zu elements", n.elements);
        }
        ga_model_free(m);
    }
    ga_dataset_free(ds);
}

TEST_MAIN("ieee", TEST(shipped_passes_are_bit_equal), TEST(naive_passes_are_bit_equal), TEST(rewrite_passes_are_bit_equal),
          TEST(recipe_passes_are_bit_equal), TEST(margin_passes_are_bit_equal))
