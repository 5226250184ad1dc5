/* SPDX-License-Identifier: Apache-2.0 */
/* test_reproduction.c -- the first study: its audit against the single attacks; its answer in words at the edges of its numbers;
   the report that is kept, and its README. */
#include <ctype.h>
#include <string.h>

#include <jansson.h>

#include "report/magnitudes.h"
#include "report/undecided.h"
#include "shipped.h"
#include "study/audit.h"
#include "study/compute.h"
#include "study/study.h"
#include "test.h"

enum { IMAGES = 20 };
#define STABLE "float,naive,gain=0.0003"

static double
number(const json_t *o, const char *a, const char *b, const char *c)
{
    const json_t *x = json_object_get(o, a);
    x = b != NULL ? json_object_get(x, b) : x;
    x = c != NULL ? json_object_get(x, c) : x;
    return json_is_number(x) ? json_number_value(x) : NAN;
}

/* Every attack of the audit is what that attack gives alone. */
static void
attacks_are_the_attacks(void)
{
    static const char *const words[][2] = { { "naive-float", "float,naive" }, { "naive-double", "double,naive" },
                                            { "stable", STABLE },
                                            { "exact", "exact" }, { "exact-stable", "exact,gain=0.0003" },
                                            { "random-7", "random,seed=7" } };
    ga_status st = { 0 };
    ga_model *model = shipped_model("saturated-sigmoid");
    ga_dataset *ds = shipped_images(IMAGES);
    const ga_range all = { 0, IMAGES - 1 };
    bool correct[IMAGES];
    network_audit a;
    json_t *network = json_object(), *attacks = json_object();
    json_t *estimators = json_pack("{s:s,s:s,s:s}", "naive-float", "float,naive", "naive-double", "double,naive", "stable", STABLE);
    ga_audit_job job = { .model = model, .ds = ds, .options = ga_audit_defaults };
    job.options.eps = 0.25;
    job.options.seeds = 20;
    job.options.threads = 2;
    ASSERT(network_audit_open(&a, &job, estimators, 1, &st) == GA_OK, "%s", st.message);
    ASSERT(deal_run(&(deal){ .work = &a.work, .n = 1, .threads = 2 }, &st) == GA_OK, "%s", st.message);
    if (!ASSERT(network_audit_merge(&a, &st) == GA_OK, "%s", st.message))
        return;
    json_object_set_new(network, "attacks", attacks);
    network_audit_attacks(attacks, &a);
    ASSERT(ga_classify(correct, model, ds, all, 2, &st) == GA_OK);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ga_attack attack;
        ga_attack_counts counts = { 0 };
        const char *key;
        json_t *value;
        ASSERT(ga_attack_parse(&attack, words[i][1], &st) == GA_OK);
        attack.eps = 0.25;
        ASSERT(ga_attack_run(&counts, &attack, correct, model, ds, all, 2, &st) == GA_OK);
        json_t *want = counts_json(&counts);
        json_object_foreach(want, key, value)
            ASSERT(json_equal(value, json_object_get(json_object_get(attacks, words[i][0]), key)), "%s %s", words[i][0], key);
        json_decref(want);
    }
    ASSERT(network_audit_findings(network, &a, &st) == GA_OK);
    static const char *const roles[] = { "naive-float", "naive-double", "stable" };
    for (size_t i = 0; i < 3; i++) {
        const json_t *f = json_object_get(json_object_get(network, "findings"), roles[i]);
        const json_t *cells = json_object_get(f, "cells");
        const json_int_t zero = json_integer_value(json_object_get(f, "computed_zero"));
        ASSERT(json_is_object(cells));
        ASSERT(json_integer_value(json_object_get(cells, "lost")) + json_integer_value(json_object_get(cells, "below-range")) +
                   json_integer_value(json_object_get(cells, "zero")) == zero);
        ASSERT((double)zero == number(attacks, roles[i], "zero", NULL), "%s", roles[i]);
        if (zero > 0)
            ASSERT_ULP(number(f, "lost_of_zero_percent", NULL, NULL) + number(f, "below_range_of_zero_percent", NULL, NULL) +
                           number(f, "true_of_zero_percent", NULL, NULL), 100.0, 4);
        else
            ASSERT(json_is_null(json_object_get(f, "lost_of_zero_percent")));
        ASSERT(zero + json_integer_value(json_object_get(f, "computed_nonzero")) ==
               json_integer_value(json_object_get(f, "elements")));
    }
    ASSERT(fabs(number(network, "split", "float", "rounding_points") + number(network, "split", "float", "smoothing_points") -
                number(network, "split", "float", "drop_points")) < 1e-9);
    ASSERT(fabs(number(network, "split", "float", "drop_points") - number(attacks, "naive-float", "accuracy_percent", NULL) +
                number(attacks, "stable", "accuracy_percent", NULL)) < 1e-9);
    json_decref(network);
    network_audit_free(&a);
    json_decref(estimators);
    ga_model_free(model);
    ga_dataset_free(ds);
}

/* The first study; with `only`, the sections that have this member. */
static study_file
first_study(const char *only)
{
    study_file s;
    ga_status st = { 0 };
    if (study_load(&s, STUDY_DEFAULT, &st) != GA_OK) {
        printf("%s\n", st.message);
        exit(99);
    }
    json_t *const sections = json_object_get(s.json, "sections");
    for (size_t i = json_array_size(sections); only != NULL && i-- > 0;) {
        const json_t *const section = json_array_get(sections, i);
        if (json_object_get(section, only) == NULL && json_object_get(section, "do") == NULL)
            json_array_remove(sections, i);
    }
    return s;
}

/* A network with these accuracies, tests and zeros; NAN: null. */
typedef struct {
    double naive, exact, stable, random, zero, lost, below, median, agreement;
    bool beaten;
} facts;

static json_t *
real_or_null(double x)
{
    return isnan(x) ? json_null() : json_real(x);
}

static json_t *
attack_of(double accuracy)
{
    return json_pack("{s:o,s:f,s:f,s:f,s:f}", "accuracy_percent", real_or_null(accuracy), "zero_percent", 0.0, "success_percent",
                     100 - accuracy, "success_low_percent", 0.0, "success_high_percent", 100.0);
}

static json_t *
network_of(const facts *f)
{
    const double drop = f->naive - f->stable;
    json_t *test[2];
    for (int i = 0; i < 2; i++)
        test[i] = json_pack("{s:s,s:s,s:f,s:b}", "attack", "exact", "control", i == 0 ? "random signs" : "zeros filled", "log10_p",
                            f->beaten ? -30.0 : -0.1, "beaten", f->beaten);
    json_t *split[2];
    for (int i = 0; i < 2; i++)
        split[i] = json_pack("{s:f,s:f,s:f,s:o,s:o,s:f,s:f}", "drop_points", drop, "rounding_points", f->naive - f->exact,
                             "smoothing_points", f->exact - f->stable, "rounding_percent",
                             real_or_null(drop > 0 ? 100 * (f->naive - f->exact) / drop : NAN), "smoothing_percent",
                             real_or_null(drop > 0 ? 100 * (f->exact - f->stable) / drop : NAN), "random_points",
                             f->naive - f->random, "exact_beyond_random_points", f->random - f->exact);
    json_t *finding[2];
    for (int i = 0; i < 2; i++)
        finding[i] = json_pack("{s:f,s:o,s:o,s:o,s:f}", "zero_percent", f->zero, "lost_of_zero_percent", real_or_null(f->lost),
                               "below_range_of_zero_percent", real_or_null(f->below), "true_of_zero_percent",
                               real_or_null(100 - f->lost - f->below), "wrong_sign_of_nonzero_percent", 0.001);
    json_t *stable = json_pack("{s:{s:o}}", "sign_agreement", "its_function_as_the_network_percent", real_or_null(f->agreement));
    json_t *attacks = json_pack("{s:o,s:o,s:o,s:o,s:o}", "naive-float", attack_of(f->naive), "naive-double", attack_of(f->naive),
                                "exact", attack_of(f->exact), "exact-stable", attack_of(f->stable), "stable",
                                attack_of(f->stable));
    json_t *truth = json_pack("{s:{s:o,s:i},s:{s:{s:f},s:{s:f}}}", "exact", "log10_median", real_or_null(f->median), "undecided",
                              0, "exact-stable", "cosine", "median", 0.5, "rank_correlation", "median", 0.25);
    return json_pack("{s:f,s:o,s:{s:f,s:f},s:{s:o,s:o},s:[o,o],s:{s:o,s:o,s:o},s:o}", "plain_percent", 98.0, "attacks", attacks,
                     "controls", "random_accuracy_percent", f->random, "filled_accuracy_percent", f->random, "split", "float",
                     split[0], "double", split[1], "tests", test[0], test[1], "findings", "naive-float", finding[0],
                     "naive-double", finding[1], "stable", stable, "truth", truth);
}

/* The same facts for both networks; several: a seed each. */
static json_t *
report_of(const facts *f, size_t seeds)
{
    json_t *report = json_pack("{s:{s:f,s:f,s:i,s:i}}", "settings", "gain", 0.0003, "logit_scale", 0.003, "images", 10000, "seed",
                               2);
    json_t *all = json_array();
    for (size_t i = 0; i < seeds; i++) {
        json_t *networks = json_pack("{s:o,s:o}", "saturated-sigmoid", network_of(f + i), "saturated-relu", network_of(f + i));
        if (i == 0)
            json_object_set(report, "networks", networks);
        json_array_append_new(all, json_pack("{s:i,s:o}", "seed", (int)(2 + i), "networks", networks));
    }
    if (seeds > 1)
        json_object_set(report, "seeds", all);
    json_decref(all);
    study_file s = first_study(NULL);
    json_object_set_new(report, "answer", study_answer(s.json, report));
    study_free(&s);
    return report;
}

/* Runs of white space become one blank. */
static void
squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++)
        if (!isspace((unsigned char)*from))
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    *to = '\0';
}

/* The study's text, or its page (directory: where its figures are), for the caller to free. */
static char *
rendered(const study_file *s, const json_t *report, const char *directory)
{
    char *text = NULL;
    size_t size;
    ga_status st = { 0 };
    FILE *out = open_memstream(&text, &size);
    ASSERT((directory == NULL ? study_text(out, s, report, &st) : study_page(out, s, report, directory, &st)) == GA_OK, "%s",
           st.message);
    fclose(out);
    return text;
}

/* All that is said in paragraphs, in one line, for the caller to free. */
static char *
told(const json_t *report)
{
    study_file s = first_study("paragraph");
    char *text = rendered(&s, report, NULL);
    squeeze(text);
    study_free(&s);
    return text;
}

static void
says(const facts *f, size_t seeds, const char *const *yes, const char *const *no)
{
    json_t *report = report_of(f, seeds);
    char *text = told(report);
    for (; *yes != NULL; yes++)
        ASSERT(strstr(text, *yes) != NULL, "'%s' is not in: %s", *yes, text);
    for (; *no != NULL; no++)
        ASSERT(strstr(text, *no) == NULL, "'%s' is in: %s", *no, text);
    ASSERT(strstr(text, "nan") == NULL && strstr(text, "inf") == NULL, "%s", text);
    free(text);
    json_decref(report);
}

#define WORDS(...) (const char *const[]){ __VA_ARGS__, NULL }

static const facts usual = { .naive = 96, .exact = 36, .stable = 1, .random = 50, .zero = 98.5, .lost = 2, .below = 98,
                             .median = -807.5,
                             .agreement = 52, .beaten = true };

static void
answers_of_one_seed(void)
{
    facts f = usual;
    says(&f, 1,
         WORDS("For the sigmoid network: in part. Rounding accounts for 63.16 % of the fall in accuracy, smoothing for 36.84 %.",
               "from one training (seed 2)", "on 10,000 test images.",
               "Of these zeros, 98.00 % are below range, 2.00 % are lost, and none is a true zero.",
               "most of float's zeros are due to its range", "1e-808",
               "Rounding accounts for 60.00 points, 63.16 % of the fall",
               "takes 46.00 points off the accuracy, and the exact gradient takes off 14.00 points more (McNemar's test: p < 1e-30 "
               "against the best of the random seeds, p < 1e-30 against the filled signs).",
               "less than 0.01 % have the wrong sign in float and less than",
               "does not estimate the network's gradient"),
         WORDS("means over", "parentheses", "not shown", "close to"));
    f.exact = 1;
    f.agreement = 91;
    says(&f, 1, WORDS("For the ReLU network: yes. Rounding accounts for all of the fall in accuracy, smoothing for none.",
                      "Smoothing accounts for none", "is close to the network's own"), WORDS("in part", "hardly."));
    f.exact = 95.9;
    f.random = 97;
    says(&f, 1, WORDS("hardly. Rounding accounts for 0.11 % of the fall",
                      "takes nothing off the accuracy, and the exact gradient takes off 1.10 points more"),
         WORDS("yes.", "in part"));
}

static void
answers_at_the_edges(void)
{
    facts f = usual;
    f.exact = 51;
    f.beaten = false;
    says(&f, 1, WORDS("not shown. In paired tests the exact gradient does not beat both controls.", "takes off no more (McNemar",
                      "p = 0.79", "So it is not shown at the 1 % level that the exact gradient beats both controls."),
         WORDS("yes.", "in part", "hardly.", "-1.00"));
    f = usual;
    f.stable = f.naive;
    says(&f, 1, WORDS("there is nothing to explain", "there is no fall to explain"),
         WORDS("accounts for"));
    f = usual;
    f.naive = f.exact = 30;
    says(&f, 1, WORDS("Rounding accounts for none of it"), WORDS("-0.00"));
    f = usual;
    f.exact = 0.5; /* better than the reduced gain */
    says(&f, 1, WORDS("Smoothing accounts for none", "yes.", "for all of it"), WORDS("Smoothing accounts for -", "100.5"));
    f = usual;
    f.zero = 0;
    f.lost = f.below = f.median = f.agreement = NAN;
    says(&f, 1, WORDS("In float, no element of the naive gradient is 0."), WORDS("unknown", "Direction", "The median magnitude"));
    f = usual;
    f.zero = f.lost = 100;
    f.below = 0;
    says(&f, 1, WORDS("100 % of the naive gradient's elements are 0. Of these zeros, 0 % are below range, 100 % are lost, and none",
                      "due to the computation"), WORDS("due to its range"));
    f.lost = 20;
    f.below = 30;
    says(&f, 1, WORDS("and 50.00 % are true zeros"), WORDS("due to the computation", "due to its range", "none is a true"));
    f.zero = 99.999;
    says(&f, 1, WORDS("more than 99.99 % of the naive"), WORDS("100.00 %"));
}

static void
answers_of_three_seeds(void)
{
    facts f[3] = { usual, usual, usual };
    f[1].exact = 30;
    f[2].exact = 40;
    says(f, 3, WORDS("means over 3 trainings (seeds 2, 3, 4)",
                     "For the sigmoid network: in part. Rounding accounts for 63.86 % (58.95 to 69.47) of the fall",
                     "(seed 2), FGSM fools the network on 4.00 % (0.00 to 100.00) with naive float,",
                     "largest p of the trainings).", "with the lowest and the highest in parentheses"),
         WORDS("one training", "not shown"));
    f[1].exact = 1;
    f[2].beaten = false;
    says(f, 3, WORDS("not shown for 1 of 3 seeds, yes for 1 of 3 seeds, in part for 1 of 3 seeds. ",
                     "For at least one training it is not shown",
                     "p = 0.79"), WORDS("p < "));
}

/* Bars hold every element once, do not overlap, and are those of any other histogram. */
static void
bars_join_decades(void)
{
    enum { N = 2600 };
    size_t count[N];
    int64_t decade[N];
    for (size_t i = 0; i < N; i++)
        count[i] = 1;
    for (int64_t first = -2590; first <= -2583; first++) {
        for (size_t i = 0; i < N; i++)
            decade[i] = first + (int64_t)i;
        const ga_histogram h = { .n = N, .decade = decade, .count = count, .elements = N };
        magnitude_bar bar;
        size_t next = 0, all = 0, bars = 0;
        int64_t edge = INT64_MIN;
        while (magnitude_next(&bar, &next, &h, 0.1)) {
            ASSERT(bar.low < bar.high && (edge == INT64_MIN || bar.low == edge), "at %lld", (long long)bar.low);
            ASSERT(bars == 0 || next == N || bar.count == (size_t)(bar.high - bar.low), "at %lld", (long long)bar.low);
            ASSERT(magnitude_place((double)bar.high) - magnitude_place((double)bar.low) >= 0.1 || bar.low >= 0);
            edge = bar.high;
            all += bar.count;
            bars++;
        }
        ASSERT(all == N && bars < 100, "%zu elements in %zu bars", all, bars);
    }
    const int64_t far[] = { -1000000000000000000, -434294481903253, -434294481903252, -40, -1 };
    const ga_histogram h = { .n = 5, .decade = (int64_t *)(uintptr_t)far, .count = count, .elements = 5 };
    size_t next = 0, bars = 0;
    for (magnitude_bar bar; magnitude_next(&bar, &next, &h, 0.1); bars++) {
        ASSERT(bar.low <= far[next - 1] && far[next - 1] < bar.high, "%lld", (long long)bar.low);
        ASSERT(bar.count == (bars == 1 ? 2 : 1), "%zu", bar.count);
        ASSERT(magnitude_place((double)bar.high) - magnitude_place((double)bar.low) > 0.1 - 1e-9);
        ASSERT(bar.high - bar.low == 1 || magnitude_place((double)bar.high) - magnitude_place((double)bar.low + 1) < 0.1 + 1e-9);
    }
    ASSERT(bars == 4, "%zu", bars);
}

/* Each element once, the greatest bound, and cells only where the truth is known; of seeds those that are not the report's own. */
static void
undecided_is_counted_once(void)
{
    json_t *audit = json_loads("{\"functions\": [{\"undecided\": 2, \"decades\": {\"undecided\": 3, \"undecided_bound\": -50}},"
                               "{\"decades\": {\"undecided\": 1, \"undecided_bound\": -70}},"
                               "{\"decades\": {\"undecided\": 0, \"undecided_bound\": null}}],"
                               "\"estimators\": [{\"cells\": {\"undecided\": 7}, \"undecided_known\": 3}, "
                               "{\"cells\": {\"undecided\": 2}, \"undecided_known\": 0}]}", 0, NULL);
    const undecided_count a = undecided_of_audit(audit);
    ASSERT(a.elements.n == 4 && a.elements.bound == -50 && a.cells == 3, "%zu, 2^%lld, %zu", a.elements.n,
           (long long)a.elements.bound, a.cells);
    json_t *report = json_pack("{s:{s:{},s:{}},s:[{s:{s:{}}},{s:{s:{}}}],s:[{s:[{s:i,s:n}]},{s:[{s:i,s:i}]}]}", "networks", "one",
                               "two", "seeds", "networks", "one", "networks", "one", "sweeps", "points", "undecided", 0,
                               "undecided_bound", "points", "undecided", 5, "undecided_bound", -3000);
    json_t *networks = json_object_get(report, "networks"), *seeds = json_object_get(report, "seeds");
    undecided_set(json_object_get(networks, "two"), &a);
    for (size_t s = 0; s < 2; s++)
        undecided_set(json_object_get(json_object_get(json_array_get(seeds, s), "networks"), "one"), &a);
    const undecided_count b = undecided_of_study(report);
    ASSERT(b.elements.n == 4 + 4 + 5 && b.elements.bound == -50 && b.cells == 6, "%zu, 2^%lld, %zu", b.elements.n,
           (long long)b.elements.bound, b.cells);
    json_object_set_new(json_array_get(json_object_get(json_array_get(json_object_get(report, "sweeps"), 1), "points"), 0),
                        "undecided_bound", json_null());
    ASSERT(undecided_of_study(report).elements.bound == INT64_MAX);
    ASSERT(undecided_of_study(audit).elements.n == 0 && undecided_of_audit(report).cells == 0);
    json_decref(audit);
    json_decref(report);
}

static char *
read_source(const char *name)
{
    char path[4096];
    const char *srcdir = getenv("srcdir");
    snprintf(path, sizeof path, "%s/%s", srcdir != NULL ? srcdir : ".", name);
    FILE *in = fopen(path, "rb");
    if (!ASSERT(in != NULL, "%s", path))
        return NULL;
    char *text = calloc(1, 1 << 22);
    ASSERT(fread(text, 1, (1 << 22) - 1, in) > 0);
    fclose(in);
    return text;
}

/* What comes between two texts, for the caller to free; an assertion that they are there. */
static char *
between(const char *text, const char *first, const char *end)
{
    const char *const from = strstr(text, first), *const to = from != NULL ? strstr(from, end) : NULL;
    return ASSERT(to != NULL, "no '%s' or '%s' in %.200s", first, end, text) ? strndup(from, (size_t)(to - from)) : strdup("");
}

/* Takes what is `what` out of the text. */
static void
without(char *text, const char *what)
{
    for (char *at = text; (at = strstr(at, what)) != NULL;)
        memmove(at, at + strlen(what), strlen(at + strlen(what)) + 1);
}

/* The README of the reproduction repeats the answer of the report beside it: its paragraphs, in their order. */
static void
readme_says_what_the_report_says(void)
{
    char *text = read_source("reports/brendel-bethge-2017/report.json");
    char *readme = read_source("reports/brendel-bethge-2017/README.md");
    if (text == NULL || readme == NULL)
        return;
    json_t *report = json_loads(text, 0, NULL);
    study_file s = first_study(NULL);
    json_t *answer = study_answer(s.json, report);
    ASSERT(json_integer_value(json_object_get(report, "schema_version")) == STUDY_REPORT_SCHEMA);
    ASSERT(json_equal(answer, json_object_get(report, "answer")));
    char *all = rendered(&s, report, NULL);
    squeeze(readme);
    without(readme, "## ");
    squeeze(all);
    char *said = between(all, "The paper says that", " The numbers saturated sigmoid");
    char *repeated = between(readme, "The paper says that", " The figures");
    const size_t n = strlen(said) < strlen(repeated) ? strlen(said) : strlen(repeated);
    size_t same = 0;
    while (same < n && said[same] == repeated[same])
        same++;
    ASSERT(n > 5000 && strcmp(said, repeated) == 0, "the README of the reproduction has\n%.80s\nwhere the report says\n%.80s",
           repeated + same, said + same);
    free(said);
    free(repeated);
    free(all);
    json_decref(answer);
    json_decref(report);
    study_free(&s);
    free(text);
    free(readme);
}

#define NO_NUMBER "<td><span class=\"n\">-</span></td>"

/* A row of a page's table as one of a README: "| label | value | value |"; a heading's as "| **heading** | | |". */
static char *
readme_row(const char **row)
{
    char *line = NULL;
    size_t size, cells = 0;
    FILE *out = open_memstream(&line, &size);
    const bool heading = strncmp(*row, "<tr><th", 7) == 0;
    for (; **row != '\0' && **row != '\n'; (*row)++)
        if (strncmp(*row, "<td", 3) == 0 || strncmp(*row, "<th", 3) == 0) {
            fputs(heading ? "| **" : cells++ == 0 ? "| " : " | ", out);
            *row = strchr(*row, '>');
            while ((*row)[1] == ' ')
                (*row)++;
        } else if (**row == '<')
            *row = strchr(*row, '>');
        else if (strncmp(*row, "&nbsp;", 6) == 0 || strncmp(*row, "&#39;", 5) == 0) {
            fputc((*row)[1] == 'n' ? ' ' : '\'', out);
            *row = strchr(*row, ';');
        } else
            fputc(**row, out);
    *row += **row == '\n';
    fputs(heading ? "** | | |" : " |", out);
    fclose(out);
    return line;
}

/* And the rows of its table. */
static void
readme_has_the_table(void)
{
    char *text = read_source("reports/brendel-bethge-2017/report.json");
    char *readme = read_source("reports/brendel-bethge-2017/README.md");
    size_t rows = 0;
    if (text == NULL || readme == NULL)
        return;
    json_t *report = json_loads(text, 0, NULL);
    study_file s = first_study(NULL);
    char *page = rendered(&s, report, "none"), *table = between(page, "<table class=\"answer\">", "</table>");
    squeeze(readme);
    const char *at = strstr(readme, "| **"), *row = strchr(table, '\n') + 1;
    ASSERT(at != NULL, "the README of the reproduction has no table");
    for (row = strchr(row, '\n') + 1; at != NULL && *row != '\0'; rows++) {
        char *line = readme_row(&row);
        const size_t n = strlen(line);
        if (!ASSERT(strncmp(at, line, n) == 0, "the README of the reproduction has\n%.*s\nwhere the report says\n%s", (int)n, at,
                    line))
            row = "";
        at += n + (at[n] == ' ');
        free(line);
    }
    ASSERT(rows > 20, "%zu rows", rows);
    ASSERT(strstr(page, NO_NUMBER) == NULL && strstr(page, "unknown") == NULL, "the study asks for what the report has not");
    free(table);
    free(page);
    json_decref(report);
    study_free(&s);
    free(text);
    free(readme);
}

/* What README.md says under its picture: the answer in two words, and the zeros of the network that is drawn. */
static void
front_page_says_what_the_report_says(void)
{
    static const char *const words[][2] = { { "rounding", "yes" }, { "rounding and smoothing", "in part" },
                                            { "smoothing", "hardly" } };
    static const char *const networks[] = { "saturated-relu", "saturated-sigmoid" };
    char *text = read_source("reports/brendel-bethge-2017/report.json"), *readme = read_source("README.md"), line[256];
    if (text == NULL || readme == NULL)
        return;
    json_t *report = json_loads(text, 0, NULL);
    ASSERT(json_array_size(json_object_get(report, "seeds")) == 3);
    for (size_t i = 0; i < 3; i++) {
        const char *said[2] = { "?", "?" };
        for (size_t k = 0; k < 2; k++) {
            const json_t *answers = json_object_get(json_object_get(json_object_get(report, "answer"), networks[k]), "answers");
            for (size_t w = 0; w < 3; w++)
                if (strcmp(json_string_value(json_array_get(answers, i)), words[w][0]) == 0)
                    said[k] = words[w][1];
        }
        snprintf(line, sizeof line, "For ReLU, %s; for sigmoid, %s.", said[0], said[1]);
        ASSERT(strstr(readme, line) != NULL, "README.md lacks: %s", line);
    }
    squeeze(readme);
    const json_t *drawn = json_object_get(json_object_get(json_object_get(report, "networks"), "saturated-sigmoid"), "attacks");
    snprintf(line, sizeof line, "In `float`, %.0f %% of its gradient is 0 (red)",
             number(drawn, "naive-float", "zero_percent", NULL));
    ASSERT(strstr(readme, line) != NULL, "README.md lacks: %s", line);
    json_decref(report);
    free(text);
    free(readme);
}

/* Where nothing is of the kind that is counted, a dash and the reason; no NaN. */
static void
nothing_to_count(void)
{
    static const char reason[] = "none of the images or elements here is of that kind";
    char *text = read_source("reports/brendel-bethge-2017/report.json"), line[256];
    if (text == NULL)
        return;
    json_t *report = json_loads(text, 0, NULL);
    json_t *sigmoid = json_object_get(json_object_get(report, "networks"), "saturated-sigmoid");
    study_file s = first_study(NULL);
    for (int some = 0; some < 2; some++) {
        json_object_set_new(json_object_get(json_object_get(sigmoid, "attacks"), "naive-float"), "moved_wrong_percent",
                            some == 0 ? json_null() : json_real(50));
        char *words = rendered(&s, report, NULL), *page = rendered(&s, report, "none");
        ASSERT(strstr(words, "nan") == NULL && strstr(page, ">nan<") == NULL && strstr(page, "+nan") == NULL);
        char *row = between(words, "Sigmoid saturated, FGSM success on the other images, %", "\n");
        ASSERT((strcmp(row + strlen(row) - 2, " -") == 0) == (some == 0), "%s", row);
        snprintf(line, sizeof line, "\n-: %s.\n", reason);
        ASSERT((strstr(words, line) != NULL) == (some == 0));
        snprintf(line, sizeof line, NO_NUMBER NO_NUMBER "<td class=\"text\">%s", reason);
        ASSERT((strstr(page, line) != NULL) == (some == 0));
        free(row);
        free(words);
        free(page);
    }
    study_free(&s);
    json_decref(report);
    free(text);
}

/* On the page the figures come before the long text, and no line breaks within a number or before its per cent sign. */
static void
page_of_the_report(void)
{
    char *text = read_source("reports/brendel-bethge-2017/report.json"), path[4096];
    size_t figures = 0, numbers = 0, percents = 0;
    if (text == NULL)
        return;
    json_t *report = json_loads(text, 0, NULL);
    study_file s = first_study(NULL);
    snprintf(path, sizeof path, "%s/reports/brendel-bethge-2017", getenv("srcdir") != NULL ? getenv("srcdir") : ".");
    char *page = rendered(&s, report, path);
    const char *const table = strstr(page, "<h2>Table 1"), *const answer = strstr(page, "id=\"answer\"");
    for (const char *at = page; (at = strstr(at, "<figure>")) != NULL; at++, figures++)
        ASSERT(table < at && at < answer, "figure %zu", figures);
    ASSERT(table != NULL && answer != NULL && figures == 5, "%zu figures", figures);
    for (const char *at = answer; answer != NULL && (at = strpbrk(at, "e%")) != NULL; at++)
        if (at[0] == '%' && at[-1] == ' ')
            ASSERT(!isdigit((unsigned char)at[-2]), "%.30s", at - 20);
        else if (at[0] == '%')
            percents += strncmp(at - 6, "&nbsp;", 6) == 0;
        else if (at[1] == '-' && isdigit((unsigned char)at[2]) && at[-1] == '1') { /* 1e-833 */
            const char *start = at;
            while (start[-1] != ' ' && start[-1] != '>')
                start--;
            ASSERT(strncmp(start - 10, "class=\"n\">", 10) == 0 || strncmp(start - 4, "<td>", 4) == 0, "%.60s", at - 30);
            numbers++;
        }
    ASSERT(numbers > 5 && percents > 20, "%zu, %zu", numbers, percents);
    study_free(&s);
    json_decref(report);
    free(text);
    free(page);
}

TEST_MAIN("reproduction", TEST(attacks_are_the_attacks), TEST(answers_of_one_seed), TEST(answers_at_the_edges),
          TEST(answers_of_three_seeds), TEST(bars_join_decades), TEST(undecided_is_counted_once),
          TEST(readme_says_what_the_report_says), TEST(readme_has_the_table), TEST(front_page_says_what_the_report_says),
          TEST(nothing_to_count), TEST(page_of_the_report))
