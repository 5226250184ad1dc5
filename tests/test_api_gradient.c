/* SPDX-License-Identifier: Apache-2.0 */
/* Gradients and logits by the public headers: numbers known by hand, whichever arrays are wanted, and what is refused, in one line.
   tests/api_numbers.sh compares numbers with what the program prints. It links with the shared library. */
#include <gradaudit/gradaudit.h>

#include "api_arrays.h"

enum { N = API_IMAGES * API_INPUTS };

static ga_status st;
static ga_model *model;
static ga_dataset *ds, *bare;

static void
prepare(void)
{
    ga_model_options o = GA_MODEL_OPTIONS;
    o.activation = "relu";
    if (model != NULL)
        return;
    if (ga_model_from_arrays(&model, api_weight32, api_bias32, 2, &o, &st) != GA_OK ||
        ga_dataset_from_arrays(&ds, &api_images, &api_labels, NULL, &st) != GA_OK ||
        ga_dataset_from_arrays(&bare, &api_images, NULL, NULL, &st) != GA_OK) {
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

static const char *const every[] = { "float,naive", "float,rewrite,loop", "double,naive", "double,rewrite", "float16,naive",
                                   "mpfr:60", "mpfr:200,rewrite", "exact" };

static void
known_gradients(void)
{
    static const double want[] = { 0.5, 1, -0.5, -0.5, -1, 0.5, 0, 0, 0 };
    prepare();
    for (size_t k = 0; k < sizeof every / sizeof *every; k++) {
        ga_estimator *e = estimator(every[k]);
        numbers n;
        size_t undecided = 99;
        for (size_t first = 0; first < API_IMAGES; first++)
            for (size_t last = first; last < API_IMAGES; last++) {
                const ga_numbers out = noise(&n);
                const ga_run run = { .size = sizeof run, .threads = 1 + (int)last };
                ASSERT(ga_gradient_compute(&out, &undecided, model, ds, first, last, e, k % 2 == 0 ? NULL : "input", &run, &st) ==
                           GA_OK && undecided == 0, "%s", st.message);
                for (size_t i = 0; i < (last - first + 1) * API_INPUTS; i++)
                    ASSERT(is_number(&n, i, want[first * API_INPUTS + i]), "%s: %zu-%zu, %zu: %g", every[k], first, last, i,
                           n.mantissa[i]);
                ASSERT(is_noise(&n, (last - first + 1) * API_INPUTS));
            }
        ga_estimator_free(e);
    }
}

/* An upstream gradient (1/2, -1) is 1/2 2 - 1 3 = -2 for the hidden unit that is on, and so (-2, -4, 2) for the image; of targets
   (1, 0), a label's, the gradient is that of the label, and of (1/2, 1/2) 0. */
static void
known_targets(void)
{
    static const struct {
        const char *words;
        double row[API_CLASSES];
        int upstream;
        double want[API_INPUTS];
    } cases[] = {
        { "double", { 0.5, -1 }, 1, { -2, -4, 2 } }, { "exact", { 0.5, -1 }, 1, { -2, -4, 2 } },
        { "float,rewrite", { 1, 0 }, 0, { 0.5, 1, -0.5 } }, { "exact", { 1, 0 }, 0, { 0.5, 1, -0.5 } },
        { "double,label-smoothing=1/2", { 1, 0 }, 0, { 0.25, 0.5, -0.25 } }, { "exact", { 0.5, 0.5 }, 0, { 0, 0, 0 } },
    };
    const size_t rows[] = { API_IMAGES, API_CLASSES }, one[] = { 1, API_CLASSES }, wide[] = { API_IMAGES, 3 };
    prepare();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ga_dataset *own;
        ga_estimator *e;
        double all[API_IMAGES * API_CLASSES];
        numbers n;
        const ga_numbers out = noise(&n);
        for (size_t i = 0; i < API_IMAGES * API_CLASSES; i++)
            all[i] = cases[k].row[i % API_CLASSES];
        const ga_array array = { "<f8", 2, cases[k].upstream ? one : rows, all };
        ASSERT(ga_dataset_from_arrays(&own, &api_images, NULL, NULL, &st) == GA_OK, "%s", st.message);
        ASSERT(ga_dataset_set_targets(own, &array, cases[k].upstream, &st) == GA_OK, "%s", st.message);
        ASSERT(!ga_dataset_has_labels(own));
        ASSERT(ga_estimator_new(&e, cases[k].words, model, &st) == GA_OK, "%s", st.message);
        ASSERT(ga_gradient_compute(&out, NULL, model, own, 0, 2, e, NULL, NULL, &st) == GA_OK, "%s", st.message);
        for (size_t i = 0; i < N; i++)
            ASSERT(is_number(&n, i, i < 2 * API_INPUTS ? cases[k].want[i % API_INPUTS] : 0), "case %zu, number %zu", k, i);
        ga_estimator_free(e);
        ga_dataset_free(own);
    }
    const double u[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    const ga_array six = { "<f8", 2, rows, u }, nine = { "<f8", 2, wide, u }, none = { "<f8", 2, rows, NULL };
    ga_estimator *margin, *plain;
    ga_dataset *own;
    numbers n;
    const ga_numbers out = noise(&n);
    ASSERT(ga_dataset_from_arrays(&own, &api_images, NULL, NULL, &st) == GA_OK);
    ASSERT(ga_estimator_new(&margin, "double,margin", model, &st) == GA_OK);
    ASSERT(ga_estimator_new(&plain, "double", model, &st) == GA_OK);
    FAILS(ga_dataset_set_targets(own, &none, 0, &st), GA_USAGE, "NULL");
    FAILS(ga_dataset_set_targets(NULL, &six, 0, &st), GA_USAGE, "ds is NULL");
    ASSERT(ga_dataset_set_targets(own, &six, 0, &st) == GA_OK);
    FAILS(ga_gradient_compute(&out, NULL, model, own, 0, 2, margin, NULL, NULL, &st), GA_USAGE, "the loss margin takes no targets");
    FAILS(ga_gradient_compute(&out, NULL, model, own, 0, 2, plain, NULL, NULL, &st), GA_BAD_FILE, "target 1 of image 0 is 2: ");
    ASSERT(ga_dataset_set_targets(own, &six, 1, &st) == GA_OK);
    FAILS(ga_gradient_compute(&out, NULL, model, own, 0, 2, margin, NULL, NULL, &st), GA_USAGE, "takes the place of the loss");
    ASSERT(ga_gradient_compute(&out, NULL, model, own, 0, 2, plain, NULL, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_dataset_set_targets(own, &nine, 1, &st) == GA_OK);
    FAILS(ga_gradient_compute(&out, NULL, model, own, 0, 2, plain, NULL, NULL, &st), GA_BAD_FILE, "rows of 3 upstream gradients");
    ga_estimator_free(margin);
    ga_estimator_free(plain);
    ga_dataset_free(own);
}

static void
known_logits(void)
{
    static const double want[] = { 5, 5, 5, 5, 1, -1 };
    prepare();
    for (size_t k = 0; k < sizeof every / sizeof *every; k++)
        for (size_t labelled = 0; labelled < 2; labelled++) {
            ga_estimator *e = estimator(every[k]);
            numbers n;
            const ga_numbers out = noise(&n);
            ASSERT(ga_forward_compute(&out, NULL, model, labelled ? ds : bare, 0, 2, e, NULL, &st) == GA_OK, "%s", st.message);
            for (size_t i = 0; i < 6; i++)
                ASSERT(is_number(&n, i, want[i]), "%s: %zu: %g", every[k], i, n.mantissa[i]);
            ASSERT(is_noise(&n, 6));
            ga_estimator_free(e);
        }
}

/* Any of the arrays may be missing; of an older caller's, those behind its size are. */
static void
wanted(void)
{
    ga_estimator *e = estimator("double");
    numbers whole, n;
    ga_numbers out = noise(&whole);
    ASSERT(ga_gradient_compute(&out, NULL, model, ds, 0, 2, e, NULL, NULL, NULL) == GA_OK);
    for (unsigned mask = 0; mask < 16; mask++) {
        out = noise(&n);
        out.sign = mask & 1 ? out.sign : NULL;
        out.mantissa = mask & 2 ? out.mantissa : NULL;
        out.exponent = mask & 4 ? out.exponent : NULL;
        out.state = mask & 8 ? out.state : NULL;
        ASSERT(ga_gradient_compute(&out, NULL, model, ds, 0, 2, e, NULL, NULL, &st) == GA_OK, "%s", st.message);
        numbers as = whole, clean;
        noise(&clean);
        memcpy(as.sign, mask & 1 ? whole.sign : clean.sign, sizeof as.sign);
        memcpy(as.mantissa, mask & 2 ? whole.mantissa : clean.mantissa, sizeof as.mantissa);
        memcpy(as.exponent, mask & 4 ? whole.exponent : clean.exponent, sizeof as.exponent);
        memcpy(as.state, mask & 8 ? whole.state : clean.state, sizeof as.state);
        ASSERT(memcmp(as.sign, n.sign, sizeof n.sign) == 0 && memcmp(as.mantissa, n.mantissa, sizeof n.mantissa) == 0 &&
                   memcmp(as.exponent, n.exponent, sizeof n.exponent) == 0 && memcmp(as.state, n.state, sizeof n.state) == 0, "%u",
               mask);
    }
    out = noise(&n);
    out.size = offsetof(ga_numbers, exponent);
    ASSERT(ga_gradient_compute(&out, NULL, model, ds, 0, 2, e, NULL, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(memcmp(n.mantissa, whole.mantissa, sizeof n.mantissa) == 0 && n.exponent[0] != whole.exponent[0]);
    out.size = 0;
    FAILS(ga_gradient_compute(&out, NULL, model, ds, 0, 2, e, NULL, NULL, &st), GA_USAGE, "sizeof(ga_numbers)");
    FAILS(ga_forward_compute(NULL, NULL, model, ds, 0, 2, e, NULL, &st), GA_USAGE, "NULL");
    ga_estimator_free(e);
}

static void
refused(void)
{
    ga_estimator *e = estimator("float"), *exact = estimator("exact");
    numbers n;
    const ga_numbers out = noise(&n);
    const ga_run none = { 0 };
    size_t undecided = 99;
    FAILS(ga_gradient_compute(&out, &undecided, model, ds, 2, 1, e, NULL, NULL, &st), GA_USAGE, "images 2-1 are not among the 3");
    ASSERT(undecided == 0);
    FAILS(ga_gradient_compute(&out, NULL, model, ds, 0, 3, e, NULL, NULL, &st), GA_USAGE, "images 0-3 are not among the 3");
    FAILS(ga_forward_compute(&out, NULL, model, ds, 3, 3, e, NULL, &st), GA_USAGE, "images 3-3 are not among the 3");
    FAILS(ga_gradient_compute(&out, NULL, model, bare, 0, 0, exact, NULL, NULL, &st), GA_BAD_FILE, "no labels");
    FAILS(ga_gradient_compute(&out, NULL, model, ds, 0, 0, e, NULL, &none, &st), GA_USAGE, "sizeof(ga_run)");
    ASSERT(ga_gradient_compute(&out, NULL, model, ds, 2, 1, e, NULL, NULL, NULL) == GA_USAGE && is_noise(&n, 0));
    ga_estimator_free(exact);
    ga_estimator_free(e);
}

static void
words(void)
{
    static const struct {
        const char *words, *fault;
    } bad[] = {
        { "flout", "no estimator has 'flout'" }, { "float64", "did you mean 'double'?" },
        { "float,double", "another word of its kind" }, { "random,seed=3", "no gradient" },
        { "float,dot", "dot" }, { "float,gain=0", "a gain is a factor on what goes into sigmoid and tanh" },
        { "float,logit-scale=0", "logit scale must be positive" },
        { "float,logit-scale=1e999", "no number" }, { "float,gain=auto", "'auto' is no number" },
        { "float,gain=2", "logit-scale=S" },
        { "exact,max-bits=127", "from 128 to 65536" }, { "exact,max-bits=65537", "from 128 to 65536" },
        { "exact,max-bits=128x", "from 128" }, { "exact,max-bits=", "from 128" }, { "exact,reference-bits=59", "from 60 to 4000" },
        { "exact,reference-bits=4001", "from 60 to 4000" }, { "float,max-bits=128", "are of exact" },
        { "reference-bits=80", "are of exact" }, { "exact,max-bits=128,max-bits=256", "another word of its kind" },
    };
    static const struct {
        const char *words, *name;
    } good[] = {
        { "", "float naive" }, { "FLOAT, Naive", "float naive" }, { "rewrite double", "double rewrite" },
        { "mpfr:256,loop,margin", "mpfr:256 naive margin" }, { "exact", "exact" },
        { "reference-bits=100,exact,max-bits=128", "exact" },
        { "float,logit-scale=1/2", "float naive logit-scale=0.5" },
        /* 1 + 2^-24 + 2^-60: rounded once to binary32 it is 1 + 2^-23, twice it is 1 */
        { "float,logit-scale=1.000000059604644776257986", "float naive logit-scale=1.0000001" },
    };
    ga_estimator *e;
    char name[160];
    prepare();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        FAILS(ga_estimator_new(&e, bad[i].words, model, &st), GA_USAGE, bad[i].fault);
        ASSERT(e == NULL && ga_estimator_new(&e, bad[i].words, model, NULL) == GA_USAGE);
    }
    FAILS(ga_estimator_new(&e, NULL, model, &st), GA_USAGE, "NULL");
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        ga_estimator_name(name, sizeof name, e = estimator(good[i].words));
        ASSERT(strcmp(name, good[i].name) == 0, "%s: %s", good[i].words, name);
        ga_estimator_name(name, 4, e);
        ASSERT(strncmp(name, good[i].name, 3) == 0 && name[3] == '\0');
        ga_estimator_free(e);
    }
    ga_estimator_free(NULL);
}

/* Two units of sigmoid with the same weights, of which the outputs take the difference: the gradient is 0, which balls cannot prove
   (but for the third image, where no number has a radius). More bits make its bound smaller. */
static void
undecided(void)
{
    static const double w1[] = { 1, 2, -1, 1, 2, -1 }, w2[] = { 2, -2, 3, -3 };
    static const char *const how[] = { "exact,max-bits=128", "max-bits=256,exact", "reference-bits=90,exact" };
    const ga_array weight[] = { { "<f8", 2, api_d1, w1 }, { "<f8", 2, api_d2, w2 } };
    ga_model_options o = GA_MODEL_OPTIONS;
    ga_model *m;
    numbers n[3];
    prepare();
    o.activation = "sigmoid";
    ASSERT(ga_model_from_arrays(&m, weight, NULL, 2, &o, &st) == GA_OK, "%s", st.message);
    for (size_t k = 0; k < 3; k++) {
        const ga_numbers out = noise(n + k);
        size_t open = 99;
        ga_estimator *e;
        ASSERT(ga_estimator_new(&e, how[k], m, &st) == GA_OK, "%s", st.message);
        ASSERT(ga_gradient_compute(&out, &open, m, ds, 0, 2, e, NULL, NULL, &st) == GA_OK && open == 6, "%zu", open);
        for (size_t i = 6; i < N; i++)
            ASSERT(n[k].state[i] == GA_ZERO && n[k].mantissa[i] == 0 && n[k].sign[i] == 0 && n[k].exponent[i] == 0);
        for (size_t i = 0; i < 6; i++)
            ASSERT(n[k].state[i] == GA_UNKNOWN && isnan(n[k].mantissa[i]) && n[k].sign[i] == 0 && n[k].exponent[i] < -100 &&
                       (k == 0 || n[k].exponent[i] < n[k - 1].exponent[i]), "%lld", (long long)n[k].exponent[i]);
        ASSERT(is_noise(n + k, N));
        open = 99;
        ASSERT(ga_forward_compute(&out, &open, m, ds, 0, 2, e, NULL, &st) == GA_OK, "%s", st.message);
        for (size_t i = 0, found = 0; i < 6; i++) {
            found += n[k].state[i] == GA_UNKNOWN;
            ASSERT(i < 5 || found == open);
        }
        ga_estimator_free(e);
    }
    ga_model_free(m);
}

/* Called by one thread at a time; the last call is that all is done. */
static double done, all_of_it;
static size_t calls;
static int asked;

static void
tell(void *data, double now, double whole)
{
    ASSERT(data == &calls && now > done && now <= whole);
    done = now;
    all_of_it = whole;
    calls++;
}

static int
stop(void *data)
{
    (void)data;
    return __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST) > 0;
}

static void
progress(void)
{
    ga_estimator *e = estimator("exact");
    numbers n;
    const ga_numbers out = noise(&n);
    ga_run run = { .size = sizeof run, .threads = 2, .progress = tell, .data = &calls };
    done = 0;
    ASSERT(ga_gradient_compute(&out, NULL, model, ds, 0, 2, e, NULL, &run, &st) == GA_OK, "%s", st.message);
    ASSERT(calls > 0 && done == all_of_it && done > 0);
    done = 0;
    ASSERT(ga_forward_compute(&out, NULL, model, ds, 0, 2, e, &run, &st) == GA_OK && done == all_of_it && done > 0, "%s",
           st.message);
    run.stop = stop;
    FAILS(ga_gradient_compute(&out, NULL, model, ds, 0, 2, e, NULL, &run, &st), GA_INTERRUPTED, "");
    FAILS(ga_forward_compute(&out, NULL, model, ds, 0, 2, e, &run, &st), GA_INTERRUPTED, "");
    ASSERT(asked > 0);
    ga_estimator_free(e);
}

/* Whatever function is given NULL for something that it needs says so. */
static void
nulls(void)
{
    ga_model *m = (ga_model *)model; /* what comes out is NULL then */
    ga_estimator *e = estimator("float"), *none = e;
    ga_audit *audit;
    ga_report *report;
    char *text = (char *)&st;
    numbers n;
    const ga_numbers out = noise(&n);
    size_t undecided = 99;
    ASSERT(ga_audit_new(&audit, model, ds, NULL, &st) == GA_OK, "%s", st.message);
    FAILS(ga_model_open(NULL, "x", NULL, &st), GA_USAGE, "the argument model is NULL");
    FAILS(ga_model_open_bytes(NULL, "x", 1, NULL, NULL, &st), GA_USAGE, "model");
    FAILS(ga_model_from_arrays(NULL, api_weight32, NULL, 1, NULL, &st), GA_USAGE, "model");
    FAILS(ga_model_from_arrays(&m, NULL, NULL, 2, NULL, &st), GA_USAGE, "weight is NULL");
    ASSERT(m == NULL);
    FAILS(ga_model_save(NULL, "x", &st), GA_USAGE, "model");
    FAILS(ga_dataset_open(NULL, "x", NULL, NULL, &st), GA_USAGE, "ds");
    FAILS(ga_dataset_from_arrays(NULL, &api_images, NULL, NULL, &st), GA_USAGE, "ds");
    FAILS(ga_dataset_fits(NULL, model, &st), GA_USAGE, "ds");
    FAILS(ga_dataset_fits(ds, NULL, &st), GA_USAGE, "model");
    FAILS(ga_dataset_doubts(NULL, ds, model, NULL, &st), GA_USAGE, "text");
    FAILS(ga_dataset_doubts(&text, NULL, model, NULL, &st), GA_USAGE, "ds");
    ASSERT(text == NULL);
    FAILS(ga_dataset_doubts(&text, ds, NULL, NULL, &st), GA_USAGE, "model");
    FAILS(ga_estimator_new(NULL, "float", model, &st), GA_USAGE, "the argument e is NULL");
    FAILS(ga_estimator_new(&none, "float", NULL, &st), GA_USAGE, "model");
    ASSERT(none == NULL);
    FAILS(ga_gradient_compute(&out, &undecided, NULL, ds, 0, 0, e, NULL, NULL, &st), GA_USAGE, "model");
    ASSERT(undecided == 0);
    FAILS(ga_gradient_compute(&out, NULL, model, NULL, 0, 0, e, NULL, NULL, &st), GA_USAGE, "ds");
    FAILS(ga_gradient_compute(&out, NULL, model, ds, 0, 0, NULL, NULL, NULL, &st), GA_USAGE, "the argument e is NULL");
    FAILS(ga_forward_compute(&out, NULL, NULL, ds, 0, 0, e, NULL, &st), GA_USAGE, "model");
    FAILS(ga_forward_compute(&out, NULL, model, NULL, 0, 0, e, NULL, &st), GA_USAGE, "ds");
    FAILS(ga_forward_compute(&out, NULL, model, ds, 0, 0, NULL, NULL, &st), GA_USAGE, "the argument e is NULL");
    FAILS(ga_audit_new(NULL, model, ds, NULL, &st), GA_USAGE, "audit");
    FAILS(ga_audit_add(NULL, "float", &st), GA_USAGE, "audit");
    FAILS(ga_audit_add_foreign(NULL, "x", &api_images, NULL, &st), GA_USAGE, "audit");
    FAILS(ga_audit_add_foreign(audit, "x", NULL, NULL, &st), GA_USAGE, "NULL");
    FAILS(ga_audit_run(&report, NULL, NULL, 0, NULL, &st), GA_USAGE, "audit");
    FAILS(ga_explain(NULL, model, ds, 0, 0, "float", 0, NULL, &st), GA_USAGE, "text");
    FAILS(ga_report_open(NULL, "x", &st), GA_USAGE, "report");
    FAILS(ga_report_render(NULL, "x", NULL, &st), GA_USAGE, "report");
    ASSERT(is_noise(&n, 0) && report == NULL);
    ga_audit_free(audit);
    ga_estimator_free(e);
}

TEST_MAIN("api_gradient", TEST(known_gradients), TEST(known_targets), TEST(known_logits), TEST(wanted), TEST(refused), TEST(words),
          TEST(undecided), TEST(progress), TEST(nulls))
