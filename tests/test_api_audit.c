/* SPDX-License-Identifier: Apache-2.0 */
/* Audits, reports and stories by the public headers: what is refused, in one line; what a report says of itself, against its JSON;
   what is left behind. tests/api_same_bytes.sh compares whole results with those of the program. */
#include <jansson.h>

#include <gradaudit/gradaudit.h>

#include "directories.h"
#include "test.h"

enum { IMAGES = 40, INPUTS = 9, HIDDEN = 5, CLASSES = 3 };

static ga_model *model, *narrow;
static ga_dataset *ds, *bare, *wide;
static ga_status st;
static float gradient[IMAGES * INPUTS];
static const size_t gradient_dim[] = { IMAGES, INPUTS };
static const ga_array gradient_array = { "<f4", 2, gradient_dim, gradient };

static void
must(ga_code code)
{
    if (code == GA_OK)
        return;
    fprintf(stderr, "%s\n", st.message);
    exit(99);
}

static double
uniform(uint64_t *state)
{
    return (double)(test_random(state) >> 11) * 0x1p-53;
}

/* A saturated network, random images, and labels. */
static void
prepare(void)
{
    static float w1[HIDDEN * INPUTS], w2[CLASSES * HIDDEN], images[IMAGES * INPUTS], images_wide[IMAGES * (INPUTS + 1)];
    static uint8_t label[IMAGES];
    static const size_t d1[] = { HIDDEN, INPUTS }, d2[] = { CLASSES, HIDDEN }, di[] = { IMAGES, INPUTS }, n[] = { IMAGES },
                        dw[] = { IMAGES, INPUTS + 1 };
    uint64_t state = test_seed();
    if (model != NULL)
        return;
    for (size_t i = 0; i < sizeof w1 / sizeof *w1; i++)
        w1[i] = (float)(40 * uniform(&state) - 20);
    for (size_t i = 0; i < sizeof w2 / sizeof *w2; i++)
        w2[i] = (float)(40 * uniform(&state) - 20);
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        images[i] = (float)uniform(&state);
        gradient[i] = (float)uniform(&state) - 0.5F;
    }
    for (size_t i = 0; i < IMAGES; i++)
        label[i] = (uint8_t)(test_random(&state) % CLASSES);
    const ga_array weight[] = { { "<f4", 2, d1, w1 }, { "<f4", 2, d2, w2 } }, x = { "<f4", 2, di, images },
                   y = { "|u1", 1, n, label }, xw = { "<f4", 2, dw, images_wide };
    ga_model_options o = GA_MODEL_OPTIONS;
    o.activation = "sigmoid";
    must(ga_model_from_arrays(&model, weight, NULL, 2, &o, &st));
    must(ga_model_from_arrays(&narrow, weight + 1, NULL, 1, NULL, &st));
    must(ga_dataset_from_arrays(&ds, &x, &y, NULL, &st));
    must(ga_dataset_from_arrays(&bare, &x, NULL, NULL, &st));
    must(ga_dataset_from_arrays(&wide, &xw, &y, NULL, &st));
    setenv("TMPDIR", in_root("temporary"), 1);
    mkdir(in_root("temporary"), 0700);
}

/* A failure is one line with that in it. */
static bool
fails(ga_code code, ga_code want, const char *words)
{
    const bool ok = code == want && st.code == want && strstr(st.message, words) != NULL && strpbrk(st.message, "\n\033") == NULL;
    return ASSERT(ok, "%d, not %d: '%s' has no '%s'", code, want, st.message, words);
}

static void
options(void)
{
    static const struct {
        const char *images, *eps, *backend;
        double tolerance, margin;
        size_t seeds;
        long max_bits, reference_bits;
        const char *words;
    } bad[] = {
        { .images = "9-3", .words = "images are one number (17) or a range with both its ends (0-9), not '9-3'" },
        { .images = "0-40", .words = "image 40 is beyond the last image, 39" }, { .images = "", .words = "not ''" },
        { .eps = "abc", .words = "eps must be 0 or a positive number, such as 0.25 or 8/255, not 'abc'" },
        { .eps = "-1", .words = "not '-1'" }, { .eps = "1e-999", .words = "large that binary64" },
        { .eps = "nan", .words = "eps" },
        { .eps = "1e999", .words = "eps" }, { .backend = "gpu", .words = "gpu" },
        { .tolerance = -1, .words = "tolerance" }, { .tolerance = NAN, .words = "tolerance" },
        { .tolerance = 1, .words = "tolerance" },
        { .margin = 100, .words = "margin" }, { .margin = -0.1, .words = "margin" }, { .seeds = 65, .words = "at most 64 seeds" },
        { .max_bits = 127, .words = "max_bits is 128 to" }, { .max_bits = -1, .words = "max_bits" },
        { .max_bits = 1L << 40, .words = "max_bits" }, { .reference_bits = 59, .words = "reference_bits is 60 to 4000" },
        { .reference_bits = 4001, .words = "reference_bits" },
    };
    ga_audit *audit;
    prepare();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const ga_audit_options o = { .size = sizeof o, .images = bad[i].images, .eps = bad[i].eps, .backend = bad[i].backend,
                                     .tolerance = bad[i].tolerance, .verdict_margin = bad[i].margin, .seeds = bad[i].seeds,
                                     .max_bits = bad[i].max_bits, .reference_bits = bad[i].reference_bits };
        fails(ga_audit_new(&audit, model, ds, &o, &st), GA_USAGE, bad[i].words);
        ASSERT(audit == NULL && ga_audit_new(&audit, model, ds, &o, NULL) == GA_USAGE);
    }
    fails(ga_audit_new(&audit, model, wide, NULL, &st), GA_BAD_FILE, "10");
    fails(ga_audit_new(&audit, model, bare, NULL, &st), GA_BAD_FILE, "label");
    fails(ga_audit_new(&audit, NULL, ds, NULL, &st), GA_USAGE, "NULL");
    fails(ga_audit_new(&audit, model, NULL, NULL, &st), GA_USAGE, "NULL");
    ga_audit_free(NULL);
}

/* Older callers know fewer options, newer ones more, of which all must be 0. */
static void
sizes(void)
{
    struct {
        ga_audit_options known;
        long later;
    } newer = { .known = GA_AUDIT_OPTIONS };
    ga_audit_options older = { .size = offsetof(ga_audit_options, eps), .images = "3", .eps = "abc" };
    ga_audit *audit;
    prepare();
    ASSERT(ga_audit_new(&audit, model, ds, &older, &st) == GA_OK, "%s", st.message);
    ga_audit_free(audit);
    newer.known.size = sizeof newer;
    ASSERT(ga_audit_new(&audit, model, ds, &newer.known, &st) == GA_OK, "%s", st.message);
    ga_audit_free(audit);
    newer.later = 1;
    fails(ga_audit_new(&audit, model, ds, &newer.known, &st), GA_USAGE, "ga_audit_options");
    newer.known.size = 0;
    fails(ga_audit_new(&audit, model, ds, &newer.known, &st), GA_USAGE, "sizeof(ga_audit_options)");
    ASSERT(ga_audit_new(&audit, model, ds, NULL, &st) == GA_OK);
    const ga_run none = { .size = 0 };
    ga_report *report;
    fails(ga_audit_run(&report, audit, NULL, 0, &none, &st), GA_USAGE, "ga_run");
    ga_audit_free(audit);
}

static void
words(void)
{
    static const struct {
        const char *words, *fault;
    } bad[] = {
        { "flout", "no estimator has 'flout'" }, { "float,double", "another word of its kind" },
        { "exact", "the exact gradient is in" },
        { "flo\nat", "no estimator has 'flo\\x0Aat'" }, { "mpfr:64,\033[2J", "'\\x1B[2J'" }, { "flo\xff" "at", "'flo\\xFFat'" },
        { "random", "random signs are in every audit" }, { "float,gain=x", "'x' is no number" }, { "float,gain=0", "gain" },
        { "float,gain=-1", "gain" }, { "mpfr:53", "an audit is of estimators in" }, { "float,dot", "dot" },
    };
    ga_audit *audit;
    prepare();
    must(ga_audit_new(&audit, model, ds, NULL, &st));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        fails(ga_audit_add(audit, bad[i].words, &st), GA_USAGE, bad[i].fault);
    fails(ga_audit_add(audit, NULL, &st), GA_USAGE, "NULL");
    for (size_t i = 0; i < 64; i++) {
        char text[64];
        snprintf(text, sizeof text, "Double, NAIVE gain=%zu/64", i + 1);
        ASSERT(ga_audit_add(audit, text, &st) == GA_OK, "%s", st.message);
        memset(text, 'x', sizeof text - 1); /* it was copied */
    }
    fails(ga_audit_add(audit, "float", &st), GA_USAGE, "at most 64 estimators");
    ga_audit_free(audit);
    must(ga_audit_new(&audit, model, ds, NULL, &st));
    ASSERT(ga_audit_add(audit, "double", &st) == GA_OK, "%s", st.message);
    ga_report *report;
    fails(ga_audit_run(&report, audit, NULL, 0, NULL, &st), GA_USAGE, "float,naive");
    ASSERT(report == NULL && directory_entries(in_root("temporary")) == 0);
    fails(ga_audit_run(&report, audit, in_root("refused"), 0, NULL, &st), GA_USAGE, "float,naive");
    ASSERT(access(in_root("refused"), F_OK) != 0);
    ga_audit_free(audit);
}

static void
foreign(void)
{
    static const size_t rows[] = { IMAGES - 1, INPUTS }, columns[] = { IMAGES, INPUTS - 1 }, none[] = { IMAGES, 0 },
                        flat[] = { IMAGES * INPUTS }, huge[] = { SIZE_MAX, SIZE_MAX }, five[] = { IMAGES, INPUTS, 1, 1, 1 };
    static const int64_t integers[IMAGES * INPUTS];
    static const struct {
        const char *name, *scale;
        ga_array array;
        ga_code code;
        const char *fault;
    } bad[] = {
        { "g", NULL, { "<f4", 2, rows, gradient }, GA_BAD_FILE, "g: 39 rows of 9 numbers, not 40 images of 9 elements" },
        { "g", NULL, { "<f4", 2, columns, gradient }, GA_BAD_FILE, "40 rows of 8 numbers, not 40 images of 9" },
        { "g", NULL, { "<f4", 2, none, gradient }, GA_BAD_FILE, "g: " },
        { "g", NULL, { "<f4", 1, flat, gradient }, GA_BAD_FILE, "360" },
        { "g", NULL, { "<f4", 2, huge, gradient }, GA_NO_MEMORY, "g: " },
        { "g", NULL, { "<f4", 5, five, gradient }, GA_BAD_FILE, "4" },
        { "g", NULL, { "<f4", 0, NULL, gradient }, GA_BAD_FILE, "g: " },
        { "g", NULL, { "<f4", 2, NULL, gradient }, GA_USAGE, "g: " },
        { "g", NULL, { "<i8", 2, gradient_dim, integers }, GA_BAD_FILE, "a gradient is of float32 or float64" },
        { "g", NULL, { "<f2", 2, gradient_dim, gradient }, GA_BAD_FILE, "float32 or float64" },
        { "g", NULL, { "O", 2, gradient_dim, gradient }, GA_USAGE, "'O'" },
        { "g", NULL, { "|O8", 2, gradient_dim, integers }, GA_BAD_FILE, "g: " },
        { "g", NULL, { "<f4'", 2, gradient_dim, gradient }, GA_USAGE, "NumPy" },
        { "g", NULL, { NULL, 2, gradient_dim, gradient }, GA_USAGE, "NumPy" },
        { "g", NULL, { "<f4", 2, gradient_dim, NULL }, GA_USAGE, "NULL" },
        { "g", "0", { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "'0'" },
        { "g", "x", { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "positive number or ratio, not 'x'" },
        { "exact", NULL, { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "'exact' has a meaning in gates" },
        { "a b", NULL, { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "at most 64 letters" },
        { "", NULL, { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "letters" },
        { NULL, NULL, { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "letters" },
        { "a\nb", NULL, { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "not 'a\\x0Ab'" },
        { "a/../b", NULL, { "<f4", 2, gradient_dim, gradient }, GA_USAGE, "letters" },
    };
    ga_audit *audit;
    ga_report *report;
    prepare();
    must(ga_audit_new(&audit, model, ds, NULL, &st));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        fails(ga_audit_add_foreign(audit, bad[i].name, &bad[i].array, bad[i].scale, &st), bad[i].code, bad[i].fault);
    fails(ga_audit_add_foreign(audit, "g", NULL, NULL, &st), GA_USAGE, "NULL");
    ASSERT(ga_audit_add_foreign(audit, "g", &gradient_array, "3", &st) == GA_OK, "%s", st.message);
    ASSERT(ga_audit_add_foreign(audit, "g", &gradient_array, NULL, &st) == GA_OK, "%s", st.message);
    fails(ga_audit_run(&report, audit, NULL, 0, NULL, &st), GA_USAGE, "two gradients would be called g");
    ga_audit_free(audit);
}

/* The numbers of a report are those of its JSON, read by another reader; rendered again, its page is the same. */
static void
reports(void)
{
    const ga_audit_options o = { .size = sizeof o, .seeds = 2, .no_remedies = 1 };
    ga_audit *audit;
    ga_report *report, *again;
    int drawn = -1;
    prepare();
    must(ga_audit_new(&audit, model, ds, &o, &st));
    must(ga_audit_add(audit, "float", &st));
    must(ga_audit_add(audit, "double,rewrite", &st));
    float *const copy = malloc(sizeof gradient);
    memcpy(copy, gradient, sizeof gradient);
    must(ga_audit_add_foreign(audit, "theirs", &(ga_array){ "<f4", 2, gradient_dim, copy }, NULL, &st));
    memset(copy, 0, sizeof gradient); /* it was copied */
    free(copy);
    const ga_code code = ga_audit_run(&report, audit, NULL, 0, NULL, &st);
    if (!ASSERT(code == GA_OK && directory_entries(in_root("temporary")) == 0, "%s", st.message))
        return;
    json_t *const json = json_loads(ga_report_json(report), 0, NULL);
    const json_t *const estimators = json_object_get(json, "estimators");
    ASSERT(ga_report_estimators(report) == 3 && json_array_size(estimators) == 3);
    ASSERT(strcmp(ga_report_estimator(report, 2), "theirs") == 0 && ga_report_estimator(report, 3) == NULL);
    for (size_t i = 0; i < 3; i++) {
        const json_t *const e = json_array_get(estimators, i), *const cells = json_object_get(e, "cells");
        uint64_t all = 0;
        ASSERT(strcmp(ga_report_estimator(report, i), json_string_value(json_object_get(e, "name"))) == 0);
        for (int c = 0; c < GA_CELLS; c++) {
            const uint64_t n = ga_report_count(report, i, (ga_cell)c);
            all += n;
            ASSERT(json_integer_value(json_object_get(cells, ga_cell_name(c))) == (json_int_t)n, "%zu %s", i, ga_cell_name(c));
        }
        ASSERT(all == IMAGES * INPUTS);
    }
    ASSERT(ga_cell_name(-1) == NULL && ga_cell_name(GA_CELLS) == NULL);
    ASSERT(strcmp(ga_cell_name(GA_CELL_BELOW_RANGE), "below-range") == 0);
    ASSERT(ga_report_count(report, 3, GA_CELL_RIGHT) == 0 && ga_report_count(report, 0, GA_CELLS) == 0);
    ASSERT(strcmp(ga_report_verdict(report), json_string_value(json_object_get(json_object_get(json, "verdict"), "model"))) == 0);
    json_decref(json);
    const char *const directory = in_root("kept"), *const rendered = in_root("rendered");
    ASSERT(ga_audit_run(&again, audit, directory, 0, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(strcmp(ga_report_json(report), ga_report_json(again)) == 0);
    ASSERT(strcmp(ga_report_text(report), ga_report_text(again)) == 0);
    ga_report_free(again);
    ASSERT(ga_report_open(&again, in_root("kept/report.json"), &st) == GA_OK && mkdir(rendered, 0700) == 0, "%s", st.message);
    ASSERT(ga_report_render(again, rendered, &drawn, &st) == GA_OK && (drawn == 0 || drawn == 1), "%s", st.message);
    ASSERT(directory_difference(in_root("kept/figures"), in_root("rendered/figures")) == NULL);
    ASSERT(same_files(in_root("kept/report.html"), in_root("rendered/report.html")));
    fails(ga_report_render(again, in_root("nowhere"), NULL, &st), GA_IO_ERROR, "nowhere");
    fails(ga_report_render(again, NULL, NULL, &st), GA_USAGE, "NULL");
    fails(ga_report_render(again, "", NULL, &st), GA_IO_ERROR, "'' (no name): cannot write");
    ga_report_free(again);
    ga_report_free(report);
    ga_report_free(NULL);
    fails(ga_audit_run(&report, audit, directory, 0, NULL, &st), GA_USAGE, "it holds a result already");
    ASSERT(report == NULL);
    ASSERT(ga_audit_run(NULL, audit, directory, 1, NULL, &st) == GA_OK, "%s", st.message);
    ga_audit_free(audit);
}

static void
bad_reports(void)
{
    static const char *const texts[] = { "", "{", "{}", "[]", "{\"kind\": \"audit\", \"schema_version\": 2}",
                                         "{\"kind\": \"audit\", \"schema_version\": 1}" };
    ga_report *report;
    mkdir(in_root("bad"), 0700);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        file_put(in_root("bad/report.json"), texts[i], strlen(texts[i]));
        fails(ga_report_open(&report, in_root("bad"), &st), GA_BAD_FILE, "report.json");
        ASSERT(report == NULL);
    }
    fails(ga_report_open(&report, in_root("missing"), &st), GA_IO_ERROR, "missing");
    fails(ga_report_open(&report, NULL, &st), GA_USAGE, "NULL");
    fails(ga_report_open(&report, "", &st), GA_IO_ERROR, "'' (no name): cannot read");
    ASSERT(ga_report_open(&report, in_root("missing"), NULL) == GA_IO_ERROR);
}

static void
joins(void)
{
    const char *const nothing[] = { in_root("missing"), NULL };
    ga_report *report;
    prepare();
    fails(ga_audit_join(&report, in_root("joined"), nothing, 1, &st), GA_IO_ERROR, "missing");
    fails(ga_audit_join(&report, in_root("joined"), nothing, 0, &st), GA_USAGE, "nothing to merge");
    fails(ga_audit_join(&report, in_root("joined"), nothing, 2, &st), GA_USAGE, "NULL");
    fails(ga_audit_join(&report, NULL, nothing, 1, &st), GA_USAGE, "NULL");
    ASSERT(report == NULL && access(in_root("joined"), F_OK) != 0);
}

static void
stories(void)
{
    static const struct {
        size_t image, element;
        const char *words;
        double tolerance;
        const char *fault;
    } bad[] = {
        { IMAGES, 0, "float", 0, "the image is 0 to 39 and the element 0 to 8 here" }, { 0, INPUTS, "float", 0, "0 to 8" },
        { 0, 0, "exact", 0, "elements are explained in formats with a range" },
        { 0, 0, "random", 0, "'random': random signs are no gradient" },
        { 0, 0, "flout", 0, "flout" }, { 0, 0, NULL, 0, "NULL" }, { 0, 0, "float", -1, "tolerance" },
        { 0, 0, "float", NAN, "tolerance" },
        { 0, 0, "float,gain=0", 0, "gain" }, { 0, 0, "mpfr:24", 0, "with a range of exponents" },
    };
    char *text;
    prepare();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        text = (char *)bad;
        fails(ga_explain(&text, model, ds, bad[i].image, bad[i].element, bad[i].words, bad[i].tolerance, NULL, &st), GA_USAGE,
              bad[i].fault);
        ASSERT(text == NULL);
    }
    fails(ga_explain(&text, model, bare, 0, 0, "float", 0, NULL, &st), GA_BAD_FILE, "label");
    fails(ga_explain(&text, model, wide, 0, 0, "float", 0, NULL, &st), GA_BAD_FILE, "10");
    fails(ga_explain(&text, NULL, ds, 0, 0, "float", 0, NULL, &st), GA_USAGE, "NULL");
    ASSERT(ga_explain(&text, model, ds, 3, 4, "float,naive", 0, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(strncmp(text, "Image 3, label ", 15) == 0 && strstr(text, "element 4, float naive.\n") != NULL, "%s", text);
    ga_text_free(text);
    ASSERT(ga_explain(&text, narrow, ds, 0, 0, "float", 0, NULL, NULL) == GA_BAD_FILE && text == NULL);
}

/* Two units of the same weights whose contributions cancel: every element of the gradient is 0, and no precision proves it. */
static void
undecided(void)
{
    static const float w1[2 * INPUTS] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, w2[] = { 3, -3, 5, -5 },
                       images[2 * INPUTS] = { 0.1F, 0.2F, [INPUTS] = 0.3F };
    static const size_t d1[] = { 2, INPUTS }, d2[] = { 2, 2 }, di[] = { 2, INPUTS };
    static const uint8_t labels[] = { 0, 1 };
    const ga_array weight[] = { { "<f4", 2, d1, w1 }, { "<f4", 2, d2, w2 } }, x = { "<f4", 2, di, images },
                   y = { "|u1", 1, d1, labels };
    ga_model_options o = GA_MODEL_OPTIONS;
    ga_model *cancels;
    ga_dataset *two;
    ga_audit *audit;
    ga_report *report;
    char *text;
    o.activation = "sigmoid";
    prepare();
    must(ga_model_from_arrays(&cancels, weight, NULL, 2, &o, &st));
    must(ga_dataset_from_arrays(&two, &x, &y, NULL, &st));
    fails(ga_explain(&text, cancels, two, 0, 4, "double", 0, NULL, &st), GA_UNDECIDED, "the element remains undecided");
    ASSERT(text != NULL && strstr(text, "not decided at 4096 bits") != NULL, "%s", text);
    ga_text_free(text);
    must(ga_audit_new(&audit, cancels, two, NULL, &st));
    must(ga_audit_add(audit, "float", &st));
    ASSERT(ga_audit_run(&report, audit, NULL, 0, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_report_count(report, 0, GA_CELL_UNDECIDED) == 2 * INPUTS, "%s", ga_report_text(report));
    ga_report_free(report);
    ga_audit_free(audit);
    ga_dataset_free(two);
    ga_model_free(cancels);
}

TEST_MAIN("api_audit", TEST(options), TEST(sizes), TEST(words), TEST(foreign), TEST(reports), TEST(bad_reports), TEST(joins),
          TEST(stories), TEST(undecided))
