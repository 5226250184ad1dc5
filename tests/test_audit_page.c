/* SPDX-License-Identifier: Apache-2.0 */
/* test_audit_page.c -- an audit's page and words: for any network, from damaged reports, with hostile text. */
#include <ftw.h>
#include <string.h>
#include <unistd.h>

#include <gradaudit/audit.h>

#include "hostile.h"
#include "io/file.h"
#include "networks.h"
#include "report/amount.h"
#include "report/audit.h"
#include "report/audit_page.h"
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
    if (ASSERT(ga_audit(directory, &job, false, &st) == GA_OK, "%s", st.message))
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

/* The answer, lead and more, contains the text. */
static void
expect(const json_t *report, size_t which, const char *text)
{
    audit_view v;
    ga_status st = { 0 };
    audit_answer answer[AUDIT_ANSWERS] = { { NULL, NULL, NULL } };
    if (ASSERT(audit_view_make(&v, report, &st) == GA_OK && audit_words_make(answer, &v, &st) == GA_OK, "%s", st.message))
        for (size_t i = 0; i < AUDIT_ANSWERS; i++)
            if (which == i) {
                char all[4096];
                snprintf(all, sizeof all, "%s %s", answer[i].lead, answer[i].more);
                ASSERT(strstr(all, text) != NULL, "'%s' is not in: %s", text, all);
            }
    audit_words_free(answer);
    audit_view_free(&v);
}

enum { VERDICT, TRUTH, WHERE, REMEDY, ATTACK, FOREIGN };

/* The verdict's words: its name, what it rests on, how many images would do. */
static void
verdict_words(json_t *report)
{
    json_t *judged = json_object_get(report, "verdict"), *list = json_object_get(judged, "comparisons");
    json_t *first = json_array_get(list, 0), *random = json_array_get(list, 1);
    static const char *const words[][2] = {
        { "masked", "Masked: rounding hides a working attack." },
        { "attackable-by-smoothing", "Attackable by smoothing: FGSM at reduced gain fools more images than with the "
                                     "network\u2019s own" },
        { "rounding-harmless", "Rounding is harmless here: as an attack, the naive gradient does what the exact one does." },
        { "no-evidence", "No evidence that rounding hides an attack: it is not shown that" },
        { "too-few-images", "Too few images for a verdict: about 1,234 would do." },
        { "too-few-seeds", "No verdict: the random controls had 20 seeds, and a verdict needs 20." },
        { "another", "Verdict: none that is known." },
    };
    json_object_set_new(judged, "images_needed", json_integer(1234));
    json_object_set_new(first, "difference_points", json_real(61.04));
    json_object_set_new(first, "low_points", json_real(-3.25));
    json_object_set_new(first, "high_points", json_real(66.66));
    json_object_set_new(first, "answer", json_string("no"));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        json_object_set_new(judged, "model", json_string(words[i][0]));
        expect(report, VERDICT, words[i][1]);
        expect(report, ATTACK, "No verdict says that the network is robust");
        expect(report, VERDICT, "a difference of 61.0 points (95 % interval \u22123.2 to 66.7).");
    }
    json_object_set_new(judged, "model", json_string("no-evidence"));
    json_object_set_new(first, "answer", json_string("yes"));
    expect(report, VERDICT, "fools more images than the naive one, but it is not shown to beat a step without a gradient.");
    static const char *const beats[][2] = { { "yes", "The exact gradient beats them: a difference of" },
                                            { "no", "That the exact gradient beats them is not shown: a difference of" },
                                            { "not decided", "Whether the exact gradient beats them is not decided: a" } };
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
    expect(report, TRUTH, "No element is 0 in truth, as is proved. The median magnitude is");
    expect(report, WHERE, "Nowhere: no element");
    expect(report, REMEDY, "Nothing needs it.");
    set_cells(report, 1, 0, 0, 239);
    expect(report, VERDICT, "Of 240 elements of the float naive gradient 1 (0.4 %) is 0 although float can hold a better answer "
                            "and 239 (99.6 %) are right.");
    expect(report, WHERE, "Most often by sigma-underflow in layer 2, behind the one lost zero.");
    expect(report, REMEDY, "Of 1 wrong element, rewritten formulas with a wider exponent would save it; rewritten formulas "
                           "alone nothing.");
    set_cells(report, 2, 238, 0, 0);
    expect(report, VERDICT, "Of 240 elements of the float naive gradient 238 (99.2 %) are 0 because the true value is below "
                            "float\u2019s range and 2 (0.8 %) are 0 although float can hold a better answer.");
    expect(report, WHERE, "behind every below-range zero.");
    expect(report, WHERE, "2 lost zeros: most often sigma-underflow in layer 2, behind 2");
    expect(report, REMEDY, "would save all of them; rewritten formulas alone none of them.");
    expect(report, REMEDY, "238 below-range zeros: rewritten formulas with a wider exponent 100 %. 2 lost zeros:");
    set_cells(report, 1, 2, 30, 207);
    expect(report, VERDICT, "30 (12.5 %) have the wrong sign, 2 (0.8 %) are 0 because");
    expect(report, WHERE, "Most often by sigma-underflow in layer 2, behind every wrong sign.");
    json_t *remedies = json_object_get(json_array_get(json_object_get(report, "estimators"), 0), "remedies");
    set(remedies, "wrong-sign", remedy_names[REMEDY_REWRITE], 30);
    expect(report, REMEDY, "Of 33 wrong elements, rewritten formulas with a wider exponent would save all of them; rewritten "
                           "formulas alone 30 of them (90.9 %).");
    set_cells(report, 0, 1, 30, 209);
    set(remedies, "wrong-sign", remedy_names[REMEDY_REWRITE], 30);
    expect(report, REMEDY, "Of 31 wrong elements, rewritten formulas would save 30 of them (96.8 %), rewritten formulas with a "
                           "wider exponent all of them.");
    set_cells(report, 0, 0, 3, 237);
    set(remedies, "wrong-sign", remedy_names[REMEDY_REWRITE], 3);
    expect(report, REMEDY, "Of 3 wrong elements, rewritten formulas would save all of them.");
    set_cells(report, 0, 0, 1, 0);
    expect(report, REMEDY, "Of 1 wrong element,");
    expect(report, VERDICT, "The one element of the float naive gradient has the wrong sign.");
    set(attack, "all_zero_images", NULL, 1);
    expect(report, TRUTH, "On 1 of 20 images (5.0 %) no element of the float naive gradient has a sign");
    expect(report, FOREIGN, " ");
    set(json_array_get(json_object_get(report, "functions"), 0), "undecided", NULL, 1);
    expect(report, TRUTH, "The one element is undecided");
    verdict_words(report);
    json_decref(report);
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
        char *page = read_text("report.html"), *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        audit_text(out, report);
        fclose(out);
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

TEST_MAIN("audit_page", TEST(amounts), TEST(words), TEST(networks), TEST(falling), TEST(hostile), TEST(damaged), TEST(again))
