/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit_page.c -- an audit's page and words: for any network, from damaged reports, with hostile text. */
#include <ctype.h>
#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include "core/audit.h"

#include "hostile.h"
#include "io/file.h"
#include "networks.h"
#include "report/amount.h"
#include "report/audit.h"
#include "report/audit_bars.h"
#include "report/html.h"
#include "report/layout.h"
#include "report/svg.h"

static char directory[64];

static int
remove_one(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

static void
remove_all(void)
{
    nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A network and its audit, into a new directory. Without gnuplot, for the sake of time. */
typedef struct {
    size_t n_layers;
    size_t sizes[4];
    ga_activation activation;
    double scale;
    size_t images, seeds;
} audited;

/* Every other input before the first layer, and the first layer's weights for it. */
static void
negate_inputs(ga_model *m)
{
    const ga_layer *const first = &m->layer[0];
    double *const constant = calloc(first->n_in, sizeof *constant);
    float *const weight = first->weight;
    for (size_t k = 0; k < first->n_in; k++)
        constant[k] = k % 2 == 0 ? -1 : 1;
    for (size_t i = 0; i < first->n_out * first->n_in; i++)
        weight[i] *= (float)constant[i % first->n_in];
    ASSERT(ga_model_add_step(m, GA_MULTIPLY, constant));
    free(constant);
}

static json_t *
audit_of(const audited *a, bool negate)
{
    uint64_t state = test_seed();
    const ga_activation activations[] = { a->activation, a->activation, a->activation };
    ga_model *m = network_new(GA_F32, a->n_layers, a->sizes, activations, a->scale, &state);
    ga_dataset *ds = network_images(m, a->images, &state);
    if (negate)
        negate_inputs(m);
    ga_audit_job job = { .model = m, .ds = ds, .range = { 0, a->images - 1 }, .options = ga_audit_defaults };
    ga_status st = { 0 };
    job.options.seeds = a->seeds;
    job.options.threads = 1;
    remove_all();
    setenv("PATH", "/nonexistent", 1);
    snprintf(directory, sizeof directory, "/tmp/gradaudit-test-page-%ld", (long)getpid());
    json_t *report = NULL;
    if (ASSERT(ga_audit_into(directory, &job, false, &st) == GA_OK, "%s", st.message))
        report = audit_read(directory, &st);
    ga_model_free(m);
    ga_dataset_free(ds);
    return report;
}

static const audited saturated = { 3, { 12, 6, 5, 4 }, GA_SIGMOID, 3000, 20, 20 };

static char *
read_text(const char *name)
{
    char path[256];
    file_bytes bytes = { NULL, 0 };
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if (!ASSERT(file_read(&bytes, path, FILE_CAP, FILE_PLAIN, NULL) == GA_OK, "%s", path))
        return strdup("");
    char *text = realloc(bytes.data, bytes.size + 1);
    text[bytes.size] = '\0';
    return text;
}

/* Without its pictures, whose base64 may be any word. */
static char *
read_page(void)
{
    char *page = read_text("report.html"), *to = page;
    for (const char *from = page; *from != '\0';) {
        if (strncmp(from, "src=\"data:", 10) == 0)
            from += 5 + strcspn(from + 5, "\"");
        *to++ = *from++;
    }
    *to = '\0';
    return page;
}

static void
amounts(void)
{
    ASSERT(strcmp(amount_count(0).s, "0") == 0);
    ASSERT(strcmp(amount_count(50176).s, "50,176") == 0);
    ASSERT(strcmp(amount_count(UINT64_MAX).s, "18,446,744,073,709,551,615") == 0);
    ASSERT(strcmp(amount_percent(0, 7).s, "0 %") == 0);
    ASSERT(strcmp(amount_percent(7, 7).s, "100 %") == 0);
    ASSERT(strcmp(amount_percent(1, 100000).s, "<0.1 %") == 0);
    ASSERT(strcmp(amount_percent(99999, 100000).s, ">99.9 %") == 0);
    ASSERT(strcmp(amount_percent(1, 2).s, "50.0 %") == 0);
    ASSERT(strcmp(amount_percent(0, 0).s, "\u2013") == 0);
    ASSERT(strcmp(amount_of(0, 64, "image").s, "no image") == 0);
    ASSERT(strcmp(amount_of(1, 64, "image").s, "1 of 64 images (1.6 %)") == 0);
    ASSERT(strcmp(amount_of(64, 64, "image").s, "every image") == 0);
    ASSERT(strcmp(amount_of(1, 1, "image").s, "the one image") == 0);
    ASSERT(strcmp(amount_nouns(1, "seed").s, "1 seed") == 0 && strcmp(amount_nouns(0, "seed").s, "0 seeds") == 0);
    char label[96];
    audit_view_label(label, sizeof label, "float naive gain=0.00048828125 logit-scale=0.000300000014");
    ASSERT(strcmp(label, "float naive gain=1/2048 logit-scale=0.0003") == 0, "%s", label);
    audit_view_label(label, sizeof label, "fp8-hybrid,scale=35200540,loss-scale=8 naive"); /* a digest is no number */
    ASSERT(strcmp(label, "fp8-hybrid,scale=35200540,loss-scale=8 naive") == 0, "%s", label);
    audit_view_label(label, sizeof label, "float naive gain=1/2048");
    ASSERT(strcmp(label, "float naive gain=1/2048") == 0, "%s", label);
    ASSERT(strcmp(amount_range(57.04, 68.8).s, "57.0\u201368.8 %") == 0 && strcmp(amount_range(0, 100).s, "0\u2013100 %") == 0 &&
           strcmp(amount_range(0.01, 99.99).s, "<0.1\u2013>99.9 %") == 0 && strcmp(amount_range(5, 5).s, "5.0 %") == 0);
    ASSERT(strcmp(amount_share(100).s, "100 %") == 0 && strcmp(amount_share(99.999).s, ">99.9 %") == 0 &&
           strcmp(amount_share(51.66).s, "51.7 %") == 0 && strcmp(amount_share(NAN).s, "\u2013") == 0);
    ASSERT(strcmp(amount_mean(148.9, 252).s, "149") == 0 && strcmp(amount_mean(5.35, 252).s, "5.3") == 0 &&
           strcmp(amount_mean(7, 252).s, "7") == 0 && strcmp(amount_mean(62.75, 63).s, "62.8") == 0 &&
           strcmp(amount_mean(0.02, 63).s, "<0.1") == 0 && strcmp(amount_mean(62.99, 63).s, ">62.9") == 0 &&
           strcmp(amount_mean(0, 63).s, "0") == 0 && strcmp(amount_mean(63, 63).s, "63") == 0);
    ASSERT(strcmp(amount_power(-846.5).s, "10^-847") == 0 && strcmp(amount_power(2.1).s, "126") == 0);
    ASSERT(strcmp(amount_power(-5.7).s, "2.0 \u00b7 10^-6") == 0);
    ASSERT(strcmp(amount_power(log10(0.016)).s, "0.016") == 0);
    ASSERT(strcmp(amount_correlation(1).s, "1") == 0 && strcmp(amount_correlation(1 - 1e-9).s, ">0.9999") == 0);
}

/* Sets a number below the object: path of keys. */
static void
set(json_t *o, const char *first, const char *second, json_int_t n)
{
    if (second != NULL)
        o = json_object_get(o, first);
    json_object_set_new(o, second != NULL ? second : first, json_integer(n));
}

/* Makes the naive estimator one of n elements with these in its cells. */
static void
set_cells(json_t *report, json_int_t lost, json_int_t below, json_int_t wrong, json_int_t right)
{
    const json_int_t zeros = lost + below, n = zeros + wrong + right;
    json_t *e = json_array_get(json_object_get(report, "estimators"), 0), *cells = json_object_get(e, "cells");
    json_t *exact = json_array_get(json_object_get(report, "functions"), 0);
    for (size_t c = 0; c < GA_CELLS; c++)
        set(cells, ga_cell_names[c], NULL, 0);
    set(e, "elements", NULL, n);
    set(cells, "lost", NULL, lost);
    set(cells, "below-range", NULL, below);
    set(cells, "wrong-sign", NULL, wrong);
    set(cells, "right", NULL, right);
    set(e, "decades", "zero", zeros);
    set(e, "decades", "elements", n);
    set(exact, "decades", "zero", 0);
    set(exact, "decades", "elements", n);
    json_t *origins = json_object_get(e, "origins"), *remedies = json_object_get(e, "remedies");
    const char *faults[] = { "lost", "below-range", "wrong-sign", "inaccurate" };
    const json_int_t count[] = { lost, below, wrong, 0 };
    for (size_t c = 0; c < 4; c++) {
        json_t *saved = json_object_get(remedies, faults[c]), *kinds = json_object();
        if (count[c] > 0)
            json_object_set_new(kinds, "sigma-underflow", json_pack("[I,I,I]", (json_int_t)0, count[c], (json_int_t)0));
        json_object_set_new(origins, faults[c], kinds);
        for (size_t r = 0; r < N_REMEDIES; r++)
            set(saved, remedy_names[r], NULL, r == REMEDY_REWRITE_EXPONENT ? count[c] : 0);
        set(saved, "elements", NULL, count[c]);
    }
}

static json_t *
named(const json_t *report, const char *name)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(report, "estimators"), i, e)
        if (strcmp(amount_string(e, "name"), name) == 0)
            return e;
    ASSERT(false, "no estimator is %s", name);
    return NULL;
}

/* Makes each element of the double naive gradient right. */
static void
set_double_right(json_t *report)
{
    json_t *const e = named(report, "double naive"), *const cells = json_object_get(e, "cells");
    for (size_t c = 0; c < GA_CELLS; c++)
        set(cells, ga_cell_names[c], NULL, c == GA_CELL_RIGHT ? json_integer_value(json_object_get(e, "elements")) : 0);
}

/* Whether the answer, lead and more, contains the text. */
static void
expect_if(const json_t *report, size_t which, const char *text, bool wanted)
{
    audit_view v;
    ga_status st = { 0 };
    audit_answer answer[AUDIT_ANSWERS] = { { NULL, NULL, NULL } };
    if (ASSERT(audit_view_make(&v, report, &st) == GA_OK && audit_words_make(answer, &v, &st) == GA_OK, "%s", st.message))
        for (size_t i = 0; i < AUDIT_ANSWERS; i++)
            if (which == i) {
                char all[4096];
                snprintf(all, sizeof all, "%s %s", answer[i].lead, answer[i].more);
                ASSERT((strstr(all, text) != NULL) == wanted, "'%s' is %s: %s", text, wanted ? "not in" : "in", all);
            }
    audit_words_free(answer);
    audit_view_free(&v);
}

static void
expect(const json_t *report, size_t which, const char *text)
{
    expect_if(report, which, text, true);
}

enum { VERDICT, TRUTH, WHERE, REMEDY, LOWER, ATTACK, FOREIGN };

/* The verdict's words: its name, what it rests on, how many images would do. */
static void
verdict_words(json_t *report)
{
    json_t *judged = json_object_get(report, "verdict"), *list = json_object_get(judged, "comparisons");
    json_t *first = json_array_get(list, 0), *random = json_array_get(list, 1);
    static const char *const words[][2] = {
        { "masked", "Masked: rounding hides a working attack." },
        { "attackable-by-smoothing", "Attackable by smoothing: FGSM at a reduced gain fools more images than with the "
                                     "network\u2019s own" },
        { "rounding-harmless", "Rounding is harmless here: as an attack, the naive gradient does what the exact one does, within 5 "
                               "percentage points of success." },
        { "no-evidence", "No evidence either way: no attack fooled any image. Look at --eps and --scale." },
        { "too-few-images", "Too few images for a verdict, and no attack fooled any of them" },
        { "too-few-seeds", "No verdict: the random controls had 20 seeds, and a verdict needs 20." },
        { "another", "Verdict: none that is known." },
    };
    json_t *function = json_object_get(json_array_get(json_object_get(report, "functions"), 0), "attack");
    json_t *naive = json_object_get(json_array_get(json_object_get(report, "estimators"), 0), "attack");
    json_t *seeds = json_object_get(json_object_get(report, "controls"), "random_signs"), *seed;
    size_t k;
    set(report, "images", "correct", 20);
    json_array_foreach(seeds, k, seed)
        set(seed, "correct_before", NULL, 20);
    json_object_set_new(judged, "images_needed", json_integer(1234));
    json_object_set_new(first, "difference_points", json_real(61.04));
    json_object_set_new(first, "low_points", json_real(-3.25));
    json_object_set_new(first, "high_points", json_real(66.66));
    json_object_set_new(first, "answer", json_string("no"));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        json_object_set_new(judged, "model", json_string(words[i][0]));
        expect(report, VERDICT, words[i][1]);
        expect(report, ATTACK, "No verdict says that the network is robust");
        expect(report, VERDICT, "The exact one fools 61.0 percentage points (of the 20) more than the naive one (95 % "
                                "interval from 3.2 fewer to 66.7 more).");
    }
    set(json_object_get(json_array_get(json_object_get(report, "functions"), 0), "attack"), "fooled", NULL, 1);
    json_object_set_new(judged, "model", json_string("too-few-images"));
    static const char *const open[][3] = {
        { "not decided", "yes",
          ": whether the exact gradient fools over 5 percentage points more of them than the naive one is open. Roughly 1,234 "
          "images or more: a guess from the rates of these 20." },
        { "yes", "not decided",
          ": the exact gradient fools more of them than the naive one; whether it beats chance is open. Roughly" },
        { "yes", "no",
          ": whether a reduced gain fools over 5 percentage points more of them, and beats chance, is open. Roughly 1,234 images" },
    };
    json_t *reduced = NULL, *reduced_best = NULL; /* the last; that against another gradient */
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_object_get(json_array_get(list, i), "question")), "S") == 0) {
            reduced = json_array_get(list, i);
            reduced_best = reduced_best == NULL ? reduced : reduced_best;
        }
    json_object_set_new(reduced_best, "against", json_string("exact"));
    json_object_set_new(reduced, "answer", json_string("not decided"));
    for (size_t i = 0; i < 3; i++) {
        json_object_set_new(first, "answer", json_string(open[i][0]));
        json_object_set_new(random, "answer", json_string(open[i][1]));
        expect(report, VERDICT, open[i][2]);
    }
    json_array_foreach(seeds, k, seed)
        set(seed, "fooled", NULL, k < 10 ? 12 : 11);
    set(function, "fooled", NULL, 16);
    set(naive, "fooled", NULL, 5);
    json_object_set_new(judged, "model", json_string("masked"));
    expect(report, VERDICT, "fools 16 of 20 correctly classified images with the exact gradient, 12 on average with random "
                            "signs (20 seeds), and 5 with the float naive one.");
    expect(report, VERDICT, "Most of that takes no gradient: random signs alone fool 32.5 points more than the naive "
                            "gradient does.");
    expect(report, ATTACK, "Random signs fool 12 of the 20 on average, 11 to 12 over 20 seeds.");
    set(function, "fooled", NULL, 20);
    set(naive, "fooled", NULL, 20);
    json_object_set_new(judged, "model", json_string("rounding-harmless"));
    expect(report, VERDICT, "Rounding is harmless at eps 0.25: FGSM fools every image with the naive gradient as with the exact "
                            "one. That cannot tell the two apart: a smaller --eps may.");
    json_object_set_new(judged, "images_needed", json_integer(50));
    json_object_set_new(judged, "model", json_string("too-few-images"));
    expect(report, VERDICT, "At least 50 images are needed.");
    expect(report, VERDICT, "Both fool every image: a smaller --eps would compare them better.");
    static const struct {
        double difference, low, high;
        const char *words;
    } compared[] = {
        { -0.8, -3.1, 1.4, ": 0.8 points fewer than with the exact gradient (95 % interval from 3.1 fewer to 1.4 more)." },
        { 0, -5.7, 5.7, ": as many as with the exact gradient (95 % interval from 5.7 points fewer to 5.7 more)." },
        { -4, -6.5, -1.25, ": 4.0 points fewer than with the exact gradient (95 % interval 1.2 to 6.5)." },
        { 0.01, 0, 0.5, ": <0.1 points more than with the exact gradient (95 % interval 0.0 to 0.5)." },
    };
    for (size_t i = 0; i < sizeof compared / sizeof *compared; i++) {
        json_object_set_new(reduced_best, "difference_points", json_real(compared[i].difference));
        json_object_set_new(reduced_best, "low_points", json_real(compared[i].low));
        json_object_set_new(reduced_best, "high_points", json_real(compared[i].high));
        expect(report, VERDICT, compared[i].words);
    }
    json_object_set_new(judged, "model", json_string("no-evidence"));
    json_object_set_new(first, "answer", json_string("no"));
    expect(report, VERDICT, "No evidence that rounding hides an attack: it is not shown that");
    json_object_set_new(first, "answer", json_string("yes"));
    expect(report, VERDICT, "fools more images than the naive one, but it is not shown to beat a step without a gradient.");
    static const char *const beats[][2] = { { "yes", ": it beats them." },
                                            { "no", ": that it beats them is not shown." },
                                            { "not decided", ": whether it beats them is not decided." } };
    for (size_t i = 0; i < 3; i++) {
        json_object_set_new(random, "answer", json_string(beats[i][0]));
        expect(report, ATTACK, beats[i][1]);
    }
    json_object_del(report, "controls");
    expect(report, ATTACK, "There were no random controls.");
    set(json_object_get(report, "images"), "correct", NULL, 0);
    json_object_set_new(judged, "model", json_string("too-few-images"));
    expect(report, VERDICT, "No verdict: no image is classified correctly, so there is nothing to attack.");
    expect(report, ATTACK, "There was nothing to attack: no image is classified correctly.");
}

/* Sentences, for none, one and many; the largest damage first. */
static void
words(void)
{
    json_t *report = audit_of(&saturated, false);
    if (report == NULL)
        return;
    json_t *attack = json_object_get(json_array_get(json_object_get(report, "estimators"), 0), "attack");
    set_cells(report, 0, 0, 0, 240);
    expect(report, VERDICT, "Every element of the float naive gradient is right.");
    expect(report, TRUTH, "No element is 0 in the true gradient (proved). The median magnitude is between 10^-");
    set(json_array_get(json_object_get(report, "functions"), 0), "undecided", NULL, 240);
    expect(report, TRUTH, "Every element is undecided at the greatest precision");
    set(json_array_get(json_object_get(report, "functions"), 0), "undecided", NULL, 2);
    expect(report, TRUTH, "2 of 240 elements (0.8 %) are undecided");
    set(json_array_get(json_object_get(report, "functions"), 0), "undecided", NULL, 0);
    expect(report, WHERE, "Nowhere: no element");
    expect(report, REMEDY, "Nothing needs it.");
    set_cells(report, 1, 0, 0, 239);
    expect(report, VERDICT, "The float naive gradient has 240 elements: 1 (0.4 %) is 0 although float could represent a better "
                            "value, and 239 (99.6 %) are right.");
    expect(report, WHERE, "Wrong most often through sigma-underflow in layer 2, which is behind the one lost zero of the float "
                           "naive gradient.");
    expect(report, REMEDY, "Rewritten formulas and a wider exponent would save the one element that is not right; "
                           "rewritten formulas alone nothing.");
    set_cells(report, 2, 238, 0, 0);
    expect(report, VERDICT, "The float naive gradient has 240 elements: 238 (99.2 %) are 0, as are their true values rounded "
                            "to float, and 2 (0.8 %) are 0 although float could represent a better value.");
    expect(report, WHERE, "which is behind every below-range zero of the float naive gradient.");
    expect(report, WHERE, "These zeros are correctly rounded, not wrong. Wrong: 2 lost zeros, most often sigma-underflow in layer "
                          "2, which is behind all.");
    expect(report, REMEDY, "would save all of the 240 elements that are not right (238 out of the format\u2019s range); "
                           "rewritten formulas alone none of them.");
    expect(report, REMEDY, "To compute it: gradaudit gradient with --format mpfr:24 --formulas rewrite.");
    expect(report, REMEDY, "Share of the 240 elements saved by each remedy: rewritten formulas 0 %,");
    expect(report, REMEDY, "238 below-range zeros: rewritten formulas and a wider exponent 100 %. 2 lost zeros:");
    set_cells(report, 1, 2, 30, 207);
    expect(report, VERDICT, "30 (12.5 %) have the wrong sign, 2 (0.8 %) are 0, as are their true values");
    expect(report, WHERE, "Wrong most often through sigma-underflow in layer 2, which is behind every wrong element of the float");
    json_t *remedies = json_object_get(json_array_get(json_object_get(report, "estimators"), 0), "remedies");
    set(remedies, "wrong-sign", remedy_names[REMEDY_REWRITE], 30);
    expect(report, REMEDY, "Rewritten formulas and a wider exponent would save all of the 33 elements that are not right (2 out "
                           "of the format\u2019s range); rewritten formulas alone 30 of them (90.9 %).");
    set_cells(report, 0, 1, 30, 209);
    set(remedies, "wrong-sign", remedy_names[REMEDY_REWRITE], 30);
    expect(report, REMEDY, "Rewritten formulas would save 30 (96.8 %) of the 31 elements that are not right (1 out of the "
                           "format\u2019s range), rewritten formulas and a wider exponent all of them.");
    set_cells(report, 0, 0, 3, 237);
    set(remedies, "wrong-sign", remedy_names[REMEDY_REWRITE], 3);
    expect(report, REMEDY, "Rewritten formulas would save all of the 3 elements that are not right. To compute it: gradaudit "
                           "gradient with --format float --formulas rewrite.");
    set_cells(report, 0, 0, 1, 0);
    expect(report, REMEDY, "the one element that is not right");
    expect(report, VERDICT, "The one element of the float naive gradient has the wrong sign.");
    expect_if(report, REMEDY, "In double every element is right", false);
    set_double_right(report);
    expect(report, REMEDY, "In double every element is right. Rewritten formulas and a wider exponent would save the one element");
    set(attack, "all_zero_images", NULL, 1);
    expect(report, WHERE, "On 1 of 20 images (5.0 %) every element of the float naive gradient is 0, and");
    expect(report, FOREIGN, " ");
    expect_if(report, LOWER, "gradient", false);
    json_object_set_new(named(report, "double naive"), "format", json_string("amp-float16"));
    expect(report, LOWER, "Every element of the double naive gradient is right.");
    json_object_set_new(named(report, "double naive"), "format", json_string("double"));
    set(json_array_get(json_object_get(report, "functions"), 0), "undecided", NULL, 1);
    expect(report, TRUTH, "The one element is undecided");
    verdict_words(report);
    json_decref(report);
}

/* A page defines the terms that occur in it, and no others. */
static void
check_glossary(const char *page)
{
    static const char *const terms[] = { "naive", "rewrite", "gain", "logit scale", "margin", "made elsewhere", "random signs",
                                         "zeros filled", "lost", "below-range", "above-range", "masked", "fool" };
    const char *const body = strstr(page, "<body>"), *const begin = body != NULL ? strstr(body, "<dfn>") : NULL;
    const char *const end = begin != NULL ? strstr(begin, "</p>") : NULL;
    if (!ASSERT(end != NULL))
        return;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        char term[64];
        bool used = false;
        snprintf(term, sizeof term, "<dfn>%s</dfn>", terms[i]);
        const char *const at = strstr(begin, term);
        for (const char *s = body; (s = strcasestr(s, terms[i])) != NULL; s++)
            used = used || (!isalpha((unsigned char)s[-1]) && (s < begin || s > end));
        ASSERT((at != NULL && at < end) == used, "%s is %s", terms[i], used ? "not defined" : "defined and not used");
    }
}

/* In paragraphs and captions no line ends between a number and its per cent sign. */
static void
check_percents(const char *page)
{
    for (const char *s = page; (s = strpbrk(s, "<")) != NULL; s++) {
        const char *end = strncmp(s, "<p>", 3) == 0 || strncmp(s, "<p ", 3) == 0 ? strstr(s, "</p>")
                          : strncmp(s, "<figcaption", 11) == 0                     ? strstr(s, "</figcaption>")
                                                                                   : NULL;
        for (const char *c = s; end != NULL && (c = strstr(c, " %")) != NULL && c < end; c++)
            ASSERT(c[-1] < '0' || c[-1] > '9', "%.60s", c - 20);
    }
}

/* Whatever the network: a page, and words that no printf left holes in. */
static void
networks(void)
{
    static const audited all[] = { { 3, { 12, 6, 5, 4 }, GA_SIGMOID, 1, 20, 20 }, { 3, { 12, 6, 5, 4 }, GA_RELU, 30, 20, 3 },
                                   { 2, { 12, 6, 4, 0 }, GA_TANH, 300, 1, 1 },    { 1, { 3, 2, 0, 0 }, GA_SIGMOID, 3000, 1, 20 },
                                   { 1, { 5000, 3, 0, 0 }, GA_RELU, 1, 2, 2 } };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        json_t *report = audit_of(all + i, false);
        if (report == NULL)
            continue;
        char *page = read_page(), *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        audit_text(out, report);
        fclose(out);
        check_glossary(page);
        check_percents(strstr(page, "<body>"));
        ASSERT(strstr(page, "default-src 'none'") != NULL && strstr(page, "</html>") != NULL);
        ASSERT(strstr(page, "nan") == strstr(page, "nan</th>"), "network %zu: a NaN", i); /* first as the name of a column */
        ASSERT(strstr(page, "(null)") == NULL && strstr(text, "nan") == NULL && strstr(text, "(null)") == NULL);
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            size_t columns = 0;
            for (const char *s = line; *s != '\0'; s++)
                columns += ((unsigned char)*s & 0xc0) != 0x80;
            ASSERT(columns <= 80, "network %zu: %s", i, line);
        }
        free(page);
        free(text);
        json_decref(report);
    }
}

/* Text as HTML. */
static void
expect_html(const char *text, const char *want)
{
    char *got = NULL;
    size_t size;
    FILE *out = open_memstream(&got, &size);
    html_text(out, text);
    fclose(out);
    ASSERT(strcmp(got, want) == 0, "'%s' became: %s", text, got);
    free(got);
}

/* Nothing breaks within a number, and text stays what it is. */
static void
numbers(void)
{
    expect_html("", "");
    expect_html("a  b <c> & \"d\" ", "a  b &lt;c&gt; &amp; &quot;d&quot; ");
    expect_html("12.5 % of 8", "12.5&nbsp;% of 8");
    expect_html("is 10^-847.", "is <span class=\"n\">10<sup>-847</sup>.</span>");
    expect_html("p = 1.9 \u00b7 10^-6, or 1e-80 (-16)", "p = 1.9&nbsp;\u00b7&nbsp;<span class=\"n\">10<sup>-6</sup>,</span> or "
                "<span class=\"n\">1e-80</span> <span class=\"n\">(-16)</span>");
    expect_html("attackable-by-smoothing 10", "attackable-by-smoothing 10");
    expect_html("-infinite", "<span class=\"n\">-infinite</span>");
    expect_html("10^", "<span class=\"n\">10^</span>");
    expect_html("a-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16-17-18", "a-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16-17-18");
}

/* By the dimensions of an image: how it is drawn, and which element is where. */
static void
layouts(void)
{
    static const struct {
        const char *data;
        size_t n, rows, cols, channels, thin;
        layout_kind kind;
        size_t element[3], at; /* channel, row, column: the element */
    } cases[] = {
        { "{'rows':28,'columns':28}", 784, 28, 28, 1, 1, LAYOUT_PICTURE, { 0, 2, 3 }, 59 },
        { "{'rows':1,'columns':60,'shape':[3,4,5]}", 60, 4, 5, 3, 1, LAYOUT_PICTURE, { 2, 1, 3 }, 48 },
        { "{'rows':1,'columns':60,'shape':[5,4,3]}", 60, 5, 4, 3, 1, LAYOUT_PICTURE, { 2, 1, 3 }, 23 },
        { "{'rows':1,'columns':120,'shape':[4,5,6]}", 120, 5, 6, 4, 1, LAYOUT_PICTURE, { 3, 4, 5 }, 119 },
        { "{'rows':1,'columns':120,'shape':[5,6,4]}", 120, 5, 6, 4, 1, LAYOUT_PICTURE, { 3, 4, 5 }, 119 },
        { "{'rows':1,'columns':36,'shape':[3,4,3]}", 36, 1, 36, 1, 1, LAYOUT_BARS, { 0, 0, 7 }, 7 },        /* which is it? */
        { "{'rows':1,'columns':120,'shape':[4,10,3]}", 120, 8, 16, 1, 1, LAYOUT_STRIP, { 0, 1, 2 }, 18 },
        { "{'rows':1,'columns':1568,'shape':[2,28,28]}", 1568, 28, 56, 1, 1, LAYOUT_STRIP, { 0, 1, 2 }, 58 },
        { "{'rows':1,'columns':3072}", 3072, 39, 79, 1, 1, LAYOUT_STRIP, { 0, 38, 78 }, 3080 },             /* beyond the end */
        { "{'rows':28,'columns':28,'shape':[784]}", 784, 28, 28, 1, 1, LAYOUT_PICTURE, { 0, 2, 3 }, 59 },
        { "{'rows':4,'columns':4,'shape':[16]}", 16, 1, 16, 1, 1, LAYOUT_BARS, { 0, 0, 9 }, 9 },
        { "{'rows':1,'columns':13}", 13, 1, 13, 1, 1, LAYOUT_BARS, { 0, 0, 12 }, 12 },
        { "{'rows':200,'columns':100}", 20000, 200, 100, 1, 3, LAYOUT_PICTURE, { 0, 2, 3 }, 609 },
        { "{'rows':-1,'columns':4,'shape':[3,-4,5]}", 60, 1, 60, 1, 1, LAYOUT_BARS, { 0, 0, 1 }, 1 },       /* damaged */
        { "{'rows':28,'columns':28,'shape':[4611686018427387904,4,4]}", 784, 28, 28, 1, 1, LAYOUT_PICTURE, { 0, 0, 1 }, 1 },
        { "{'shape':'x'}", 1, 1, 1, 1, 1, LAYOUT_BARS, { 0, 0, 0 }, 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128] = "";
        for (size_t k = 0; cases[i].data[k] != '\0'; k++)
            text[k] = cases[i].data[k] == '\'' ? '"' : cases[i].data[k];
        json_t *data = json_loads(text, 0, NULL);
        const layout l = layout_of(data, cases[i].n);
        const size_t at = layout_element(&l, cases[i].element[0], cases[i].element[1], cases[i].element[2]);
        ASSERT(data != NULL && l.n == cases[i].n && l.kind == cases[i].kind && l.rows == cases[i].rows && l.cols == cases[i].cols &&
               l.channels == cases[i].channels && l.thin == cases[i].thin, "%s: kind %d, %zu x %zu, %zu channels, thin %zu", text,
               (int)l.kind, l.rows, l.cols, l.channels, l.thin);
        ASSERT(at == cases[i].at, "%s: element %zu", text, at);
        json_decref(data);
    }
}

static size_t
tick_named(const bars_chart *c, const char *text)
{
    size_t i = 0;
    while (i < c->n_ticks && strcmp(c->tick[i].text, text) != 0)
        i++;
    return i;
}

/* The chart of relative errors of a report whose gradients have errors in one bin. */
static bars_chart *
ratios_of(json_t *report, double log10_ratio)
{
    audit_view v;
    ga_status st = { 0 };
    if (!ASSERT(audit_view_make(&v, report, &st) == GA_OK, "%s", st.message))
        return NULL;
    for (size_t e = 0; e < v.p->shape.n_estimators; e++) {
        memset(v.p->estimator[e].ratio, 0, sizeof v.p->estimator[e].ratio);
        v.p->estimator[e].ratio[compare_log_bin(log10_ratio)] = v.p->estimator[e].tally.elements;
    }
    bars_chart *c = audit_ratios(&v);
    audit_view_free(&v);
    return c;
}

/* On the axis of relative errors, the narrowest and the widest, each tick stands in the bin that such errors are counted in, and
   decades are as wide as each other. */
static void
relative_errors(void)
{
    static const struct {
        const char *tick;
        double ratio;
    } said[] = { { "+1e-9", 1 + 1e-9 }, { "\u22121e-9", 1 - 1e-9 }, { "+1e-6", 1 + 1e-6 }, { "\u22121e-6", 1 - 1e-6 },
                 { "+1e-3", 1 + 1e-3 }, { "\u22121e-3", 1 - 1e-3 }, { "\u00d710", 9.9999 }, { "\u00d71e20", 1e20 },
                 { "\u00f71e20", 1e-20 }, { "\u00d71e40", 1e40 } };
    json_t *report = audit_of(&saturated, false);
    for (int wide = 0; wide < 2 && report != NULL; wide++) {
        bars_chart *c = ratios_of(report, wide ? 45 : 0);
        size_t found = 0;
        for (size_t i = 0; c != NULL && i < sizeof said / sizeof *said; i++) {
            const size_t tick = tick_named(c, said[i].tick), bin = compare_log_bin(log10(said[i].ratio)) + (c->bins - 1) / 2;
            if (tick == c->n_ticks)
                continue;
            found++;
            ASSERT(bin >= COMPARE_LOG_MIDDLE && c->place[bin - COMPARE_LOG_MIDDLE] <= c->tick[tick].at + 1e-9 &&
                   c->tick[tick].at <= c->place[bin - COMPARE_LOG_MIDDLE + 1] + 1e-9, "%s at %g", said[i].tick, c->tick[tick].at);
        }
        ASSERT(found == (wide ? 10U : 7U), "%zu ticks", found);
        if (c != NULL) {
            const double nine = c->tick[tick_named(c, "+1e-9")].at, six = c->tick[tick_named(c, "+1e-6")].at;
            const double three = c->tick[tick_named(c, "+1e-3")].at, middle = c->place[c->bins] / 2;
            ASSERT(fabs(six - nine - 3) < 1e-6 && fabs(three - six - 3) < 1e-3 && nine > middle && c->place[0] == 0,
                   "%g, %g, %g", nine, six, three);
            for (size_t b = 0; b < c->bins; b++)
                ASSERT(c->place[b] < c->place[b + 1] && fabs(c->place[b] + c->place[c->bins - b] - 2 * middle) < 1e-9, "%zu", b);
        }
        bars_free(c);
    }
    json_decref(report);
}

/* The middle and the text of an element <text class="mid">; NULL: there is no other. */
static const char *
next_text(const char *svg, double *x, char text[64])
{
    while ((svg = strstr(svg, "<text x=\"")) != NULL) {
        double y;
        char classes[32];
        svg += 9;
        if (sscanf(svg, "%lf\" y=\"%lf\" class=\"%31[^\"]\">%63[^<]", x, &y, classes, text) == 4 && strcmp(classes, "mid") == 0)
            return svg;
    }
    return NULL;
}

/* Texts at the ends of the axis are not cut: signs are 0.838 em wide in DejaVu Sans, digits 0.636. */
static void
ticks_at_ends(void)
{
    static const char *const texts[] = { "\u00d710", "+1e-3" };
    static const double widths[] = { 11 * (0.838 + 2 * 0.636), 11 * (0.838 + 2 * 0.636 + 0.615 + 0.361) };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        bars_chart *c = calloc(1, sizeof *c);
        char *svg = NULL, text[64];
        size_t size;
        double x = 0;
        c->title = c->axis = "t";
        c->bins = 10;
        bars_even(c);
        bars_tick_at(c, 10, texts[i]);
        bars_add(c, "one");
        FILE *out = open_memstream(&svg, &size);
        bars_svg(out, c, true);
        fclose(out);
        ASSERT(next_text(svg, &x, text) != NULL && strcmp(text, texts[i]) == 0, "%s", svg);
        ASSERT(x + widths[i] / 2 <= SVG_WIDTH && x > SVG_WIDTH - 30, "%s at %g", text, x);
        free(svg);
        bars_free(c);
    }
}

/* Ticks that would touch are left out, the first named stay; a panel without a bar says why. */
static void
ticks_and_panels(void)
{
    bars_chart *c = calloc(1, sizeof *c);
    char *svg = NULL, text[2][64];
    size_t size, ticks = 0;
    double x[2];
    c->title = c->axis = "t";
    c->nowhere = "infinite or NaN";
    c->bins = 10;
    bars_even(c);
    for (int k = 0; k < 20; k++) {
        char name[24];
        snprintf(name, sizeof name, "10^-%d", 1000 + k);
        bars_tick_at(c, 5 + (k % 2 ? -1 : 1) * 0.25 * k, name);
    }
    bars_panel *p = bars_add(c, "one");
    p->whole = p->nowhere = 8;
    bars_note(p, "zeros", 0, "not finite");
    ASSERT(strcmp(p->note, "zeros 0 %") == 0, "%s", p->note); /* the panel says it */
    FILE *out = open_memstream(&svg, &size);
    bars_svg(out, c, true);
    fclose(out);
    ASSERT(strstr(svg, "8 elements are infinite or NaN</text>") != NULL, "%s", svg);
    ASSERT(strstr(svg, ">10^-1000</text>") != NULL && strstr(svg, ">10^-1001</text>") == NULL, "%s", svg);
    for (const char *a = svg; (a = next_text(a, x, text[0])) != NULL; ticks++) {
        const double half = 7 * (double)strlen(text[0]) / 2 - 1;
        ASSERT(x[0] - half >= 0 && x[0] + half <= SVG_WIDTH, "%s at %g", text[0], x[0]);
        for (const char *b = a; (b = next_text(b, x + 1, text[1])) != NULL;)
            ASSERT(fabs(x[0] - x[1]) > half + 7 * (double)strlen(text[1]) / 2 - 1, "%s at %g, %s at %g", text[0], x[0], text[1],
                   x[1]);
    }
    ASSERT(ticks >= 3 && ticks < 7, "%zu ticks", ticks);
    free(svg);
    p->count[3] = 6;
    p->nowhere = 2;
    bars_note(p, "zeros", 0, "not finite");
    ASSERT(strcmp(p->note, "zeros 0 %, not finite 25.0 %") == 0, "%s", p->note);
    bars_free(c);
}

/* Of a drawing, the n-th shaded rectangle: where it is along the axis, 40 units a bin, and its height. False: there are fewer. */
static bool
shaded(double low_high_height[3], const char *svg, size_t n)
{
    while ((svg = strstr(svg, "<rect x=\"")) != NULL) {
        double x, y, width, height;
        char classes[32];
        svg += 9;
        if (sscanf(svg, "%lf\" y=\"%lf\" width=\"%lf\" height=\"%lf\" class=\"%31[^\"]", &x, &y, &width, &height, classes) != 5 ||
            strcmp(classes, "band") != 0 || n-- > 0)
            continue;
        low_high_height[0] = x / 40, low_high_height[1] = (x + width) / 40, low_high_height[2] = height;
        return true;
    }
    return false;
}

/* A chart of 10 bins with these ranges, and a panel with a range of its own behind one that has none. */
static char *
drawn_ranges(size_t n, const bars_range *range, size_t own)
{
    bars_chart *c = calloc(1, sizeof *c);
    char *svg = NULL;
    size_t size;
    c->title = c->axis = "t";
    c->bins = 10;
    bars_even(c);
    c->n_ranges = n;
    memcpy(c->range, range, n * sizeof *range);
    bars_add(c, "none");
    bars_add(c, "own")->range = own;
    FILE *out = open_memstream(&svg, &size);
    bars_svg(out, c, true);
    fclose(out);
    bars_free(c);
    return svg;
}

/* One range is shaded in all panels; of several each is a bar, cut to the axis, with its name or, beyond the axis, an arrow; a
   panel has its own, and one that has none a mark where each begins. */
static void
ranges_along_the_axis(void)
{
    static const bars_range range[] = { { 2, 7, "middle" }, { -5, 3, "cut" }, { 10, 20, "behind" }, { -9, -2, "before" } };
    double at[3];
    char *svg = drawn_ranges(1, range, CHART_RANGES);
    for (size_t k = 0; k < 2; k++)
        ASSERT(shaded(at, svg, k) && fabs(at[0] - 2) < 0.01 && fabs(at[1] - 7) < 0.01 && at[2] > 20, "%s", svg);
    ASSERT(!shaded(at, svg, 2) && strstr(svg, ">middle\u2019s range</text>") != NULL, "%s", svg);
    free(svg);
    svg = drawn_ranges(4, range, 1);
    ASSERT(shaded(at, svg, 0) && fabs(at[0] - 2) < 0.01 && fabs(at[1] - 7) < 0.01 && at[2] < 20, "%s", svg);
    ASSERT(shaded(at, svg, 1) && fabs(at[0]) < 0.01 && fabs(at[1] - 3) < 0.01 && at[2] < 20, "%s", svg);
    ASSERT(shaded(at, svg, 2) && fabs(at[0]) < 0.01 && fabs(at[1] - 3) < 0.01 && at[2] > 20, "the panel's own: %s", svg);
    ASSERT(!shaded(at, svg, 3), "%s", svg);
    ASSERT(strstr(svg, ">middle</text>") != NULL && strstr(svg, ">cut</text>") != NULL, "%s", svg);
    ASSERT(strstr(svg, "class=\"end soft\">behind \u2192</text>") != NULL, "%s", svg);
    ASSERT(strstr(svg, "class=\"soft\">\u2190 before</text>") != NULL && strstr(svg, "\u2019s range") == NULL, "%s", svg);
    size_t marks = 0;
    double y[2];
    for (const char *s = svg; (s = strstr(s, "<path d=\"M80 ")) != NULL; s++)
        marks += sscanf(s, "<path d=\"M80 %lfL80 %lf", y, y + 1) == 2 && y[1] > y[0] + 20;
    ASSERT(marks == 1, "%zu marks", marks);
    free(svg);
}

/* Of the formats of estimators, each has one range, from half its least number to its largest. */
static void
ranges_of_formats(void)
{
    static const char *const format[] = { "float", "float16", "float", "float16", "e4m3" };
    static const double low[] = { -45.1545, -7.5257, -3.0103 }, high[] = { 38.5318, 4.8164, 2.6513 }; /* log10 of 2^-150, 448, … */
    json_t *report = audit_of(&saturated, false);
    audit_view v;
    ga_status st = { 0 };
    if (report == NULL || !ASSERT(audit_view_make(&v, report, &st) == GA_OK, "%s", st.message))
        return;
    for (size_t e = 0; e < v.p->shape.n_estimators; e++) {
        json_t *const one = json_array_get(json_object_get(report, "estimators"), e);
        json_object_set_new(one, "format", json_string(format[e % 5]));
    }
    const size_t n = v.p->shape.n_estimators < 5 ? 2 : 3;
    bars_chart *const c = audit_magnitudes(&v);
    ASSERT(c != NULL && c->n_ranges == n, "%zu of %zu estimators", c->n_ranges, v.p->shape.n_estimators);
    for (size_t i = 0; c != NULL && i < c->n_ranges; i++) {
        const char *const name = i == 2 ? "e4m3" : format[i];
        ASSERT(strcmp(c->range[i].text, name) == 0, "%s", c->range[i].text);
        const double from = c->range[i].low * c->step + c->first, to = c->range[i].high * c->step + c->first;
        ASSERT(fabs(from - low[i]) < 0.05 && fabs(to - high[i]) < 0.05, "%s: %g to %g", name, from, to);
    }
    bars_free(c);
    audit_view_free(&v);
    json_decref(report);
}

/* Title and head say what was audited; a term stands defined before the first answer. */
static void
head(void)
{
    json_t *report = audit_of(&saturated, false), *head = json_object_get(report, "head");
    bool drawn;
    if (report == NULL)
        return;
    json_object_set_new(json_object_get(head, "model"), "sha256",
                        json_string("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    json_object_set_new(json_object_get(head, "data"), "images_sha256",
                        json_string("fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"));
    json_object_set_new(json_object_get(head, "data"), "scaling",
                        json_pack("[{ssss}{ssss}]", "factor", "1/255", "offset", "-1307/30810", "factor", "1", "offset", "0"));
    json_object_set_new(json_object_get(head, "data"), "range", json_pack("[[ff][ff]]", -0.5, 2.25, 0.0, 1.0));
    ASSERT(audit_render(directory, report, &drawn, NULL) == GA_OK);
    char *page = read_page(), *h1 = strstr(page, "<h1>");
    ASSERT(strstr(page, "<title>gradaudit: 12\u20136\u20135\u20134 sigmoid, model 01234567, data fedcba98, images 0\u201319, "
                        "eps 0.25</title>") != NULL, "%.6000s", page);
    static const char *const said[] = { "SHA-256 <code>0123456789ab\u2026</code>", "SHA-256 <code>fedcba987654\u2026</code>",
                                        "20 images of 12 numbers", "images 0\u201319", "eps 0.25",
                                        "; an input is its number \u00d7 1/255 \u2212 0.04242 in the first of 2 channels",
                                        "; inputs stay within -0.5 to 2.25 in the first channel" };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        ASSERT(strstr(page, said[i]) != NULL && strstr(page, said[i]) < h1, "%s", said[i]);
    static const char *const terms[] = { "naive", "rewrite", "exact", "gain", "below-range", "fool", "margin", "random signs" };
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        char term[64];
        snprintf(term, sizeof term, "<dfn>%s</dfn>: ", terms[i]);
        const char *const at = strstr(page, term);
        ASSERT(at != NULL && at < strstr(page, "<dt>What is the true gradient?"), "%s", terms[i]);
    }
    free(page);
    json_decref(report);
}

/* The origins of a network of many layers are a table of two columns. */
static void
many_layers(void)
{
    json_t *report = audit_of(&saturated, false), *kinds = json_object(), *layer = json_array();
    json_t *layers = json_object_get(json_object_get(json_object_get(report, "head"), "model"), "layers");
    json_t *estimators = json_object_get(report, "estimators"), *one, *of, *counts;
    const char *fault, *kind;
    bool drawn;
    ga_status st = { 0 };
    size_t i;
    if (report == NULL)
        return;
    while (json_array_size(layers) < 60)
        json_array_insert(layers, 1, json_array_get(layers, 1));
    json_array_foreach(estimators, i, one)
        json_object_foreach(json_object_get(one, "origins"), fault, of)
            json_object_foreach(of, kind, counts)
                while (json_array_size(counts) < 60)
                    json_array_append_new(counts, json_integer(0));
    set_cells(report, 240, 0, 0, 0);
    for (size_t l = 0; l < 60; l++)
        json_array_append_new(layer, json_integer((json_int_t)(l < 30 ? 0 : 100 + l)));
    json_object_set_new(kinds, "sigma-underflow", layer);
    one = json_object_get(json_array_get(estimators, 0), "origins");
    json_object_set_new(one, "lost", kinds);
    ASSERT(audit_render(directory, report, &drawn, &st) == GA_OK, "%s", st.message);
    char *page = read_page();
    const char *row = strstr(page, "lost, sigma-underflow");
    ASSERT(row != NULL && strstr(row, "layer 60: 159</span>") != NULL && strstr(row, "layer 53: 152</span>") != NULL &&
           strstr(row, "layer 52: 151") == NULL && strstr(row, "and 22 layers with fewer</td></tr>") != NULL, "%.900s",
           row != NULL ? row : page);
    ASSERT(strstr(page, "<dd>12\u20136\u20135\u2013\u2026\u20134 (60 layers) sigmoid") != NULL, "%.6000s", page);
    free(page);
    /* What a graph has are nodes, of which one layer of a network may be many. */
    json_object_set_new(json_array_get(layers, 0), "operations", json_pack("[s]", "affine"));
    ASSERT(audit_render(directory, report, &drawn, &st) == GA_OK, "%s", st.message);
    page = read_page();
    ASSERT(strstr(page, "<dd>12\u20136\u20135\u2013\u2026\u20134 (60 nodes) sigmoid") != NULL, "%.6000s", page);
    free(page);
    json_decref(report);
}

/* The pictures of attacked inputs, one after the other; the caller's to free. */
static char *
attacked_pictures(bool negate)
{
    json_decref(audit_of(&saturated, negate));
    char *page = read_text("report.html"), *pictures = strdup("");
    for (char *begin = page, *end; (begin = strstr(begin, "<figure>")) != NULL; begin = end) {
        if ((end = strstr(begin, "</figure>")) == NULL)
            break;
        char *const title = strstr(begin, "<figcaption>FGSM");
        if (title != NULL && title < end) {
            const size_t n = strlen(pictures), more = (size_t)(end - begin);
            pictures = realloc(pictures, n + more + 1);
            memcpy(pictures + n, begin, more);
            pictures[n + more] = '\0';
        }
    }
    free(page);
    return pictures;
}

/* A network that negates inputs first, and takes them with negated weights, is the same function: so are its attacked inputs. */
static void
falling(void)
{
    char *const plain = attacked_pictures(false), *const negated = attacked_pictures(true);
    ASSERT(strlen(plain) > 0 && strcmp(plain, negated) == 0, "%s\n%s", plain, negated);
    free(plain);
    free(negated);
}

/* Every string becomes text, but those of the signs and the kind, and the names, which are refused if they are not plain. */
static void
poison(json_t *value, const char *text)
{
    const char *key;
    void *next;
    json_t *member;
    size_t i;
    json_object_foreach_safe(value, next, key, member)
        if (json_is_string(member) && strcmp(key, "signs") != 0 && strcmp(key, "kind") != 0 &&
            strcmp(key, "name") != 0)
            json_object_set_new(value, key, json_string_nocheck(text));
        else
            poison(member, text);
    json_array_foreach(value, i, member)
        poison(member, text);
}

static void
hostile(void)
{
    static const char *const files[] = { "report.html", "figures/cells.svg", "figures/cells.gp", "figures/cells.tsv",
        "figures/magnitudes.svg",
                                         "figures/magnitudes.gp", "figures/attacks.gp", "figures/ratios.gp", "figures/ulps.gp" };
    json_t *report = audit_of(&saturated, false);
    bool drawn;
    ga_status st = { 0 };
    if (report == NULL)
        return;
    char *drawing = NULL; /* no text of a report but names gets so far, and those are plain */
    size_t size;
    FILE *svg = open_memstream(&drawing, &size);
    svg_text(svg, 0, 0, "mid", HOSTILE_TEXT);
    fclose(svg);
    ASSERT(strstr(drawing, "<script") == NULL && strchr(drawing, '\x1b') == NULL, "%s", drawing);
    free(drawing);
    poison(report, HOSTILE_TEXT);
    ASSERT(audit_render(directory, report, &drawn, &st) == GA_OK && !drawn, "%s", st.message);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *text = read_text(files[i]);
        ASSERT(strpbrk(text, "\x1b\x07\x7f\r") == NULL, "%s", files[i]);
        ASSERT(strstr(files[i], ".tsv") != NULL || strstr(text, "<script") == NULL, "%s", files[i]);
        ASSERT(strstr(files[i], ".gp") == NULL || strchr(text, '`') == NULL, "%s", files[i]);
        free(text);
    }
    json_decref(report);
}

/* The n-th value below o, in order, is replaced or removed; n counts down. Long arrays of numbers count as their first ones. */
static bool
damage(json_t *o, size_t *n, int how)
{
    const char *key;
    void *next;
    json_t *member;
    size_t i;
    json_t *const made[] = { NULL, json_null(), json_integer(-1), json_real(1e300), json_string("x"), json_array(),
                             json_integer((json_int_t)1 << 62), json_object() };
    bool done = false;
    json_object_foreach_safe(o, next, key, member) {
        if (done || (*n)-- == 0) {
            if (!done && how == 0)
                json_object_del(o, key);
            else if (!done)
                json_object_set(o, key, made[how]);
            done = true;
            break;
        }
        done = damage(member, n, how);
    }
    json_array_foreach(o, i, member) {
        if (done || i == 3)
            break;
        if ((*n)-- == 0) {
            if (how == 0)
                json_array_remove(o, i);
            else
                json_array_set(o, i, made[how]);
            done = true;
            break;
        }
        done = damage(member, n, how);
    }
    for (size_t k = 2; k < sizeof made / sizeof *made; k++)
        json_decref(made[k]);
    return done;
}

static void
damaged(void)
{
    json_t *report = audit_of(&saturated, false);
    size_t rendered = 0, refused = 0, n = 0, tried = 0;
    uint64_t state = test_seed();
    bool more = report != NULL;
    while (more) {
        ga_status st = { 0 };
        json_t *copy = json_deep_copy(report);
        bool drawn;
        size_t left = n;
        more = damage(copy, &left, (int)(test_random(&state) % 8));
        n += 1 + test_random(&state) % 12;
        const ga_code code = audit_render(directory, copy, &drawn, &st);
        rendered += code == GA_OK;
        refused += code == GA_BAD_FILE;
        tried++;
        ASSERT((code == GA_OK && st.message[0] == '\0') || (code == GA_BAD_FILE && st.message[0] != '\0'), "%zu: %s", n,
                                                            st.message);
        audit_text(stderr, copy);
        json_decref(copy);
    }
    ASSERT(tried > 100 && rendered > tried / 20 && refused > tried / 20, "%zu tried, %zu rendered, %zu refused", tried,
           rendered, refused);
    json_decref(report);
}

/* The same bytes each time. */
static void
again(void)
{
    json_t *report = audit_of(&saturated, false);
    bool drawn;
    if (report == NULL)
        return;
    char *first = read_text("report.html");
    ASSERT(audit_render(directory, report, &drawn, NULL) == GA_OK);
    char *second = read_text("report.html");
    ASSERT(strcmp(first, second) == 0 && *first != '\0');
    free(first);
    free(second);
    json_decref(report);
    remove_all();
}

TEST_MAIN("audit_page", TEST(amounts), TEST(words), TEST(networks), TEST(numbers), TEST(layouts), TEST(relative_errors),
          TEST(ticks_and_panels), TEST(ranges_along_the_axis), TEST(ranges_of_formats), TEST(ticks_at_ends), TEST(head),
          TEST(many_layers), TEST(falling), TEST(hostile), TEST(damaged), TEST(again))
