/* SPDX-License-Identifier: Apache-2.0 */
/* test_draws.c -- stochastic rounding: what an element of the gradient drew last, by a product run here again from the residuals of
   the pass; and that cells are of that draw. */
#include <string.h>

#include "blame/net.h"
#include "core/finding.h"
#include "exact/engines.h"
#include "networks.h"
#include "num/context.h"
#include "num/mpfr_narrow.h"
#include "num/mpfr_vec.h"

enum { INPUTS = 40, OUTPUTS = 3, IMAGES = 3, FIRST = 1000 };

/* One rounding: r = x; *last = what was drawn if it changed anything. */
static void
round_once(mpfr_ptr r, mpfr_srcptr x, const ga_format *f, context *c, uint32_t *last)
{
    const uint32_t drawn = context_draw(c);
    mpfr_narrow(r, x, f, drawn);
    *last = mpfr_equal_p(r, x) ? *last : drawn;
}

/* One layer and a softmax: element j of an image is the sum of w_kj r_k, each product and each sum rounded. */
static void
last_draws(void)
{
    static const char *const words[] = { "float16,rounding=stochastic:5", "e4m3,rounding=stochastic:1",
                                         "e5m2,rounding=stochastic" };
    static const size_t sizes[] = { INPUTS, OUTPUTS };
    uint64_t state = test_seed();
    mpfr_t exact, product, sum, w;
    mpfr_inits2(200, exact, product, sum, w, (mpfr_ptr)0);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ga_model *const m = network_new(GA_F32, 1, sizes, NULL, 2, &state);
        const ga_estimator e = network_estimator(words[i], GA_NAIVE, GA_LOOP), resolved = engine_estimator(&e, m);
        const engine_ops *const ops = engine_find(resolved.format);
        void *const engine = ops->open(&(engine_key){ m, resolved, IMAGES, false, true, false }, NULL);
        double x[INPUTS];
        size_t changed = 0, zeros[2] = { 0 };
        ops->begin(engine, FIRST);
        for (size_t k = 0; k < IMAGES; k++) {
            for (size_t j = 0; j < INPUTS; j++)
                x[j] = (double)(float)network_uniform(&state);
            ops->set_image(engine, k, x, (uint32_t)k % OUTPUTS);
        }
        ops->set_rows(engine, IMAGES, 0, IMAGES);
        ops->forward(engine);
        ASSERT(ops->backward(engine));
        const program *const p = ops->program(engine);
        const value_id leaf = p->gradient_of[p->input];
        const size_t maker = program_maker(p, leaf);
        const instruction *const last = p->code + maker;
        ga_number weight[INPUTS * OUTPUTS], residual[OUTPUTS], g[INPUTS];
        blame_net *const net = blame_net_new(m, &resolved, SIZE_MAX, 1); /* as blame has the constants */
        const blame_constant *const constant = blame_constants(net, resolved.format);
        const value_id weights = p->value[last->in[0]].rows > 0 ? last->in[0] : last->in[1];
        ops->numbers(weight, engine, weights, 0);
        for (size_t v = 0; v < p->n_values; v++)
            for (size_t n = 0; p->value[v].role == VALUE_PARAMETER && n < p->value[v].rows * p->value[v].cols; n++) {
                ga_number values[INPUTS * OUTPUTS];
                ops->numbers(values, engine, v, 0);
                ASSERT(blame_number(constant + v, n) == engine_double(values + n), "%s: parameter %zu, %zu", words[i], v, n);
            }
        for (size_t k = 0; k < IMAGES; k++) {
            context c = { .stochastic = true, .seed = resolved.format.seed };
            context_draws(&c, maker, FIRST + k);
            uint32_t drawn = 0;
            ops->numbers(residual, engine, last->in[0] == weights ? last->in[1] : last->in[0], k);
            ops->gradient(g, engine, k);
            for (size_t j = 0; j < INPUTS; j++) {
                mpfr_set_zero(sum, 1);
                for (size_t n = 0; n < OUTPUTS; n++) {
                    mpfr_vec_set_number(w, weight + n * INPUTS + j);
                    mpfr_vec_set_number(product, residual + n);
                    mpfr_mul(exact, w, product, MPFR_RNDN);
                    round_once(product, exact, &resolved.format, &c, &drawn);
                    mpfr_add(exact, sum, product, MPFR_RNDN);
                    round_once(sum, exact, &resolved.format, &c, &drawn);
                    changed += !mpfr_equal_p(sum, exact);
                }
                mpfr_vec_set_number(w, g + j);
                ASSERT(mpfr_equal_p(w, sum) && g[j].draw == drawn, "%s, image %zu, element %zu: %u, not %u", words[i], k, j,
                       g[j].draw, drawn);
            }
        }
        /* Half the least number becomes 0 if the draw is at least half of all. */
        const ga_truth half = { .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = 1,
                                .exponent = resolved.format.emin - resolved.format.bits };
        for (size_t j = 0; j < INPUTS; j++) {
            ga_number zero = { .klass = GA_ZERO, .draw = g[j].draw };
            const bool below = ga_find(&zero, &half, resolved.format, 0.01).cell == GA_CELL_BELOW_RANGE;
            ASSERT(below == (g[j].draw >= UINT32_C(1) << 31));
            zeros[below]++;
        }
        ASSERT(changed > 20 && zeros[0] > 0 && zeros[1] > 0, "%s: %zu, %zu, %zu", words[i], changed, zeros[0], zeros[1]);
        blame_constants_free(net, constant);
        blame_net_free(net);
        ops->close(engine);
        ga_model_free(m);
    }
    mpfr_clears(exact, product, sum, w, (mpfr_ptr)0);
}

TEST_MAIN("draws", TEST(last_draws))
