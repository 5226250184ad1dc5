/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients with respect to parameters by the public headers: numbers known by hand, names and shapes of parameters, and what is
   refused. tests/python/test_weights.py compares numbers with PyTorch's. It links with the shared library. */
#include <gradaudit/gradaudit.h>

#include "api_arrays.h"

enum { W1 = 0, B1 = 6, W2 = 8, B2 = 12, N = 14 };

static ga_status st;
static ga_model *model;
static ga_dataset *ds;

/* All images have the label 0. */
static void
prepare(void)
{
    static const uint8_t zero[API_IMAGES];
    const ga_array labels = { "|u1", 1, api_dx, zero };
    ga_model_options o = GA_MODEL_OPTIONS;
    o.activation = "relu";
    if (model == NULL && (ga_model_from_arrays(&model, api_weight32, api_bias32, 2, &o, &st) != GA_OK ||
                          ga_dataset_from_arrays(&ds, &api_images, &labels, NULL, &st) != GA_OK)) {
        printf("%s\n", st.message);
        exit(99);
    }
}

static ga_estimator *
estimator(const char *words)
{
    ga_estimator *e;
    prepare();
    ASSERT(ga_estimator_new(&e, words, model, &st) == GA_OK, "%s: %s", words, st.message);
    return e;
}

static const char *const all[] = { "float,naive", "double,rewrite", "float16,naive", "mpfr:60", "exact" };

/* The residual of the image (1, 2, 3), (-1/2, 1/2), times the hidden layer (2, 0); and 1/2, the gradient to the unit that is on,
   times the image. The two images are the same, so that their mean is one's gradient. */
static const double one[N] = { 0.5, 1, 1.5, 0, 0, 0, 0.5, 0, -1, 0, 1, 0, -0.5, 0.5 };

static void
known_gradients(void)
{
    static const struct {
        const char *wrt;
        size_t first, n;
    } part[] = { { NULL, 0, N }, { "weights", 0, N }, { "fc1.weight", W1, B1 - W1 }, { "fc1.bias", B1, W2 - B1 },
                 { "fc2.weight", W2, B2 - W2 }, { "fc2.bias", B2, N - B2 } };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        ga_estimator *e = estimator(all[k]);
        for (size_t p = 0; p < sizeof part / sizeof *part; p++)
            for (size_t images = 1; images < 3; images++)
                for (int reduction = GA_MEAN; reduction <= GA_SUM; reduction++) {
                    numbers n, as;
                    size_t undecided = 99;
                    const ga_numbers out = noise(&n), same = noise(&as);
                    const ga_run run = { .size = sizeof run, .threads = (int)images };
                    const double factor = reduction == GA_SUM ? (double)images : 1;
                    ASSERT(ga_gradient_weights(&out, &undecided, model, ds, 0, images - 1, e, part[p].wrt,
                                               (ga_reduction)reduction, &run, &st) == GA_OK && undecided == 0, "%s", st.message);
                    for (size_t i = 0; i < part[p].n; i++)
                        ASSERT(is_number(&n, i, factor * one[part[p].first + i]), "%s, %s, %zu: %g 2^%lld", all[k], part[p].wrt, i,
                               n.mantissa[i], (long long)n.exponent[i]);
                    ASSERT(is_noise(&n, part[p].n));
                    if (reduction == GA_SUM || part[p].wrt == NULL)
                        continue;
                    ASSERT(ga_gradient_compute(&same, NULL, model, ds, 0, images - 1, e, part[p].wrt, &run, &st) == GA_OK &&
                           memcmp(&n, &as, sizeof n) == 0, "%s", st.message);
                }
        ga_estimator_free(e);
    }
}

/* The third image's gradient is (-s, s), s = 1/(1 + e^2), with respect to the last biases, and 0 to all else. */
static void
mean_of_three(void)
{
    const double s = 1 / (1 + exp(2)), sum[] = { -1 - s, 1 + s };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        ga_estimator *e = estimator(all[k]);
        for (int reduction = GA_MEAN; reduction <= GA_SUM; reduction++) {
            numbers n;
            const ga_numbers out = noise(&n);
            const double by = reduction == GA_MEAN ? 3 : 1, off = k == 2 ? 4e-3 : k == 0 ? 1e-6 : 1e-14;
            ASSERT(ga_gradient_weights(&out, NULL, model, ds, 0, 2, e, "fc2.bias", (ga_reduction)reduction, NULL, &st) == GA_OK,
                   "%s", st.message);
            for (size_t i = 0; i < 2; i++) {
                const double got = ldexp(n.mantissa[i], (int)n.exponent[i]);
                ASSERT(fabs(got - sum[i] / by) <= off, "%s: %a, not %a", all[k], got, sum[i] / by);
            }
        }
        ga_estimator_free(e);
    }
}

static void
tensors(void)
{
    static const char *const name[] = { "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias" };
    static const size_t shape[][3] = { { API_HIDDEN, API_INPUTS, 1 }, { API_HIDDEN, 1, 1 }, { API_CLASSES, API_HIDDEN, 1 },
                                       { API_CLASSES, 1, 1 } };
    size_t dim[4], n = 0;
    prepare();
    ASSERT(ga_model_tensors(model) == 4);
    for (size_t i = 0; i < 4; i++) {
        memset(dim, 0x55, sizeof dim);
        ASSERT(strcmp(ga_model_tensor_name(model, i), name[i]) == 0);
        ASSERT(ga_model_tensor_shape(dim, 3, model, i) == 2 - i % 2 && memcmp(dim, shape[i], sizeof shape[i]) == 0);
        ASSERT(dim[3] == dim[3] / 0x55 * 0x55 && dim[3] > 9999 && ga_model_tensor_shape(NULL, 0, model, i) == 2 - i % 2);
        n += dim[0] * dim[1];
    }
    ASSERT(n == N && n == ga_model_parameters(model));
    ASSERT(ga_model_tensor_name(model, 4) == NULL && ga_model_tensor_shape(NULL, 0, model, SIZE_MAX) == 0);
}

static double done, whole;

static void
tell(void *data, double now, double of)
{
    ASSERT(data == &done && now > done && now <= of && of >= whole);
    done = now;
    whole = of;
}

/* Both outputs take the same of each hidden unit. The gradient to it is that factor times the sum of the residuals, 0, which balls
   cannot prove: nor that what the first layer gets is. */
static void
undecided(void)
{
    static const double w2[] = { 2, -3, 2, -3 };
    const ga_array weight[] = { api_weight64[0], { "<f8", 2, api_d2, w2 } };
    ga_model_options o = GA_MODEL_OPTIONS;
    ga_estimator *e;
    ga_model *m;
    numbers n;
    size_t open = 99;
    const ga_numbers out = noise(&n);
    prepare();
    o.activation = "sigmoid";
    ASSERT(ga_model_from_arrays(&m, weight, api_bias64, 2, &o, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_estimator_new(&e, "exact,max-bits=128", m, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_gradient_weights(&out, &open, m, ds, 0, 2, e, NULL, GA_MEAN, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(open == W2, "%zu", open);
    for (size_t i = 0; i < N; i++)
        ASSERT(i < W2 ? n.state[i] == GA_UNKNOWN && isnan(n.mantissa[i]) && n.sign[i] == 0 && n.exponent[i] < -100
                      : n.state[i] == GA_NORMAL, "%zu", i);
    ASSERT(ga_gradient_weights(&out, &open, m, ds, 0, 2, e, "fc2.bias", GA_MEAN, NULL, &st) == GA_OK && open == 0);
    ga_estimator_free(e);
    const ga_run run = { .size = sizeof run, .progress = tell, .data = &done };
    done = whole = 0;
    ASSERT(ga_estimator_new(&e, "exact,max-bits=512", m, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_gradient_weights(&out, &open, m, ds, 0, 2, e, NULL, GA_MEAN, &run, &st) == GA_OK && open == W2, "%s", st.message);
    ASSERT(done == whole && done > 1, "of more than one level: %g of %g", done, whole);
    ga_estimator_free(e);
    ga_model_free(m);
}

static int
stop(void *data)
{
    return data == &done;
}

static void
progress(void)
{
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        ga_estimator *e = estimator(all[k]);
        numbers n;
        const ga_numbers out = noise(&n);
        ga_run run = { .size = sizeof run, .threads = 2, .progress = tell, .data = &done };
        done = whole = 0;
        ASSERT(ga_gradient_weights(&out, NULL, model, ds, 0, 2, e, NULL, GA_SUM, &run, &st) == GA_OK, "%s", st.message);
        ASSERT(done == whole && done > 0, "%s: %g of %g", all[k], done, whole);
        run.stop = stop;
        FAILS(ga_gradient_weights(&out, NULL, model, ds, 0, 2, e, NULL, GA_SUM, &run, &st), GA_INTERRUPTED, "");
        ga_estimator_free(e);
    }
}

static void
refused(void)
{
    static const float upstream[] = { 1, 2 };
    const size_t row[] = { 1, 2 };
    const ga_array given = { "<f4", 2, row, upstream };
    ga_estimator *e = estimator("float"), *narrow = estimator("e2m1"), *random = estimator("float16,rounding=stochastic:1"),
                 *margin = estimator("float,margin");
    ga_dataset *bare;
    numbers n;
    const ga_numbers out = noise(&n);
    size_t undecided = 99;
    FAILS(ga_gradient_weights(&out, &undecided, model, ds, 0, 0, e, "fc1.wieght", GA_MEAN, NULL, &st), GA_USAGE,
          "no parameter is called 'fc1.wieght': they are fc1.weight, fc1.bias, fc2.weight or fc2.bias; did you mean 'fc1.weight'?");
    ASSERT(undecided == 0);
    FAILS(ga_gradient_compute(&out, NULL, model, ds, 0, 0, e, "a\nb", NULL, &st), GA_USAGE, "no parameter is called 'a\\x0Ab'");
    FAILS(ga_gradient_weights(&out, NULL, model, ds, 0, 0, e, "input", GA_MEAN, NULL, &st), GA_USAGE, "'input'");
    FAILS(ga_gradient_weights(&out, NULL, model, ds, 0, 0, e, NULL, (ga_reduction)2, NULL, &st), GA_USAGE, "GA_MEAN or GA_SUM");
    FAILS(ga_gradient_weights(&out, NULL, model, ds, 2, 1, e, NULL, GA_MEAN, NULL, &st), GA_USAGE, "images 2-1 are not among");
    FAILS(ga_gradient_weights(&out, NULL, model, ds, 0, 3, e, NULL, GA_MEAN, NULL, &st), GA_USAGE, "images 0-3 are not among");
    FAILS(ga_gradient_weights(NULL, NULL, model, ds, 0, 0, e, NULL, GA_MEAN, NULL, &st), GA_USAGE, "NULL");
    FAILS(ga_gradient_weights(&out, NULL, NULL, ds, 0, 0, e, NULL, GA_MEAN, NULL, &st), GA_USAGE, "the argument model is NULL");
    FAILS(ga_gradient_weights(&out, NULL, model, ds, 0, 0, random, NULL, GA_MEAN, NULL, &st), GA_USAGE, "stochastic rounding");
    ASSERT(ga_dataset_from_arrays(&bare, &api_images, NULL, NULL, &st) == GA_OK);
    FAILS(ga_gradient_weights(&out, NULL, model, bare, 0, 0, e, NULL, GA_MEAN, NULL, &st), GA_BAD_FILE, "no labels");
    ASSERT(ga_dataset_set_targets(bare, &given, 1, &st) == GA_OK, "%s", st.message);
    FAILS(ga_gradient_weights(&out, NULL, model, bare, 0, 0, margin, NULL, GA_MEAN, NULL, &st), GA_USAGE, "takes the place");
    ASSERT(is_noise(&n, 0));
    ASSERT(ga_gradient_weights(&out, NULL, model, bare, 0, 2, e, "fc2.bias", GA_SUM, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(is_number(&n, 0, 3) && is_number(&n, 1, 6) && is_noise(&n, 2));
    ASSERT(ga_gradient_weights(&out, NULL, model, ds, 0, 1, narrow, "fc2.bias", GA_MEAN, NULL, &st) == GA_OK, "%s", st.message);
    ga_dataset_free(bare);
    ga_estimator_free(margin);
    ga_estimator_free(random);
    ga_estimator_free(narrow);
    ga_estimator_free(e);
}

TEST_MAIN("api_weights", TEST(known_gradients), TEST(mean_of_three), TEST(tensors), TEST(undecided), TEST(progress), TEST(refused))
