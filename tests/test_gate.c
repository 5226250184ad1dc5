/* SPDX-License-Identifier: Apache-2.0 */
/* test_gate.c -- gates: what is one, and on which side of its limit a report is. */
#include "report/gate.h"
#include "test.h"

#define ASSERT_TEXT(got, want) ASSERT(strcmp(got, want) == 0, "'%s', not '%s'", got, want)

static ga_code
parses(gate *g, const char *text)
{
    ga_status st = { 0 };
    memset(g, 0xa5, sizeof *g);
    const ga_code code = gate_parse(g, text, &st);
    ASSERT((code == GA_OK) == (st.message[0] == '\0'));
    return code;
}

/* What is nearly the name of a metric or of a verdict is asked about. */
static void
hints(void)
{
    static const struct { const char *text, *end; } cases[] = {
        { "zeors>0", "not of 'zeors'; did you mean 'zeros'?" }, { "wrongsign>0", "not of 'wrongsign'; did you mean 'wrong-sign'?" },
        { "none>0", "verdict!=NAME; not of 'none'; did you mean 'none-works'?" }, { "loss-of-all>0", "not of 'loss-of-all'" },
        { "verdict=mask", "not 'verdict=mask'; did you mean 'masked'?" }, { "verdict=x", "or too-few-seeds; not 'verdict=x'" },
        { "naive:rihgt<1", "not of 'rihgt'; did you mean 'right'?" },
    };
    gate g;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ga_status st = { 0 };
        ASSERT(gate_parse(&g, cases[i].text, &st) == GA_USAGE);
        const size_t n = strlen(st.message), end = strlen(cases[i].end);
        ASSERT(n > end && strcmp(st.message + n - end, cases[i].end) == 0, "%s: %s", cases[i].text, st.message);
    }
}

static void
parse(void)
{
    gate g;
    static const char *const good[] = { "lost>1%", "lost>=0", "right<99.5%", "right<=1e3", "below-range>0", "float rewrite:lost>0",
                                        "exact:success<50%", "naive-fails-exact-works>0", "only-reduced-works>0",
                                        "naive-and-exact-work>+1%",
                                        "none-works<-3", "misclassified>1", "correct<90%", "zeros>.5%", "stable:all-zero>0",
                                        "Lost>1", "lost >1", "lost> 1%", "lost >= 1 %", "verdict=masked",
                                        "verdict=Rounding-Harmless" };
    static const char *const bad[] = { "", "lost", "lost>", ">1", "lost=1", "loss>1", "lost>x", "lost>1x", "lost>1%%", "lost>% 1",
                                       "lost>+", "lost>+-1", "lost>1e", "lost>nan", "lost>inf", "lost>0x1", "lost>1e999",
                                       ":lost>1", "float naive:masked>0", "float naive:>0", "verdict=", "verdict", "verdict>0",
                                       "lost==1" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ASSERT(parses(&g, good[i]) == GA_OK, "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ASSERT(parses(&g, bad[i]) == GA_USAGE, "%s", bad[i]);
    char longest[GATE_TEXT + 8];
    memset(longest, 'x', sizeof longest);
    memcpy(longest + sizeof longest - 9, ":lost>1", 8);
    ASSERT(parses(&g, longest) == GA_USAGE);
    parses(&g, "float,naive,gain=0.5:wrong-sign<=-0.25%");
    ASSERT_TEXT(g.estimator, "float naive gain=0.5");
    ASSERT(g.metric == GA_CELL_WRONG_SIGN && g.comparison == GATE_LESS_EQUAL && g.difference && g.percent && g.limit == -0.25);
    parses(&g, "lost>=7");
    ASSERT(g.estimator[0] == '\0' && g.comparison == GATE_GREATER_EQUAL && !g.difference && !g.percent && g.limit == 7);
}

/* An audit of two estimators and a function: n elements of each, lost of them lost in the naive one; 10 images, 8 classified
   correctly, 2 of them fooled. */
static json_t *
make_report(json_int_t n, json_int_t lost)
{
    json_t *attack = json_pack("{sisisi}", "correct_before", 8, "fooled", 2, "all_zero_images", 3);
    json_t *naive = json_pack("{ss ss s{sI sI si} s{sI} s{s{si si}s{si si}} sO}", "name", "float naive", "formulas", "naive",
                              "cells", "lost", lost, "right", n - lost, "spurious", 0, "decades", "elements", n, "matrix",
                              "negative", "-0", 2, "+0", 3, "zero", "-0", 4, "+0", 5, "attack", attack);
    json_t *other = json_pack("{ss ss s{si} s{sI} sO}", "name", "odd:name", "formulas", "rewrite", "cells", "lost", 1, "decades",
                              "elements", n, "attack", attack);
    json_t *exact = json_pack("{ss si s{sI} sO}", "name", "exact", "undecided", 6, "decades", "elements", n, "attack", attack);
    json_t *report = json_pack("{s{si si s{si} s{ss}} s{si si si si} s{s{si si si si si}} s[oo] s[o]}", "head", "naive", 0,
                               "stable", 1,
                               "options", "seeds", 20,
                               "model", "sha256", n == 1000 ? "a" : "b", "images", "first", 0, "last", 9, "n", 10, "correct", 8,
                               "verdict", "images", "misclassified", 2, "naive-and-exact-work", 2,
                               "naive-fails-exact-works", 1, "only-reduced-works", 4, "none-works", 1, "estimators", naive, other,
                               "functions", exact);
    json_decref(attack);
    ASSERT(report != NULL);
    return report;
}

/* The line printed; "" where the gate does not fail. */
static char *
outcome(const char *text, const json_t *report, const json_t *baseline)
{
    gate g;
    ga_status st = { 0 };
    char *line;
    size_t size;
    FILE *out = open_memstream(&line, &size);
    ASSERT(out != NULL && parses(&g, text) == GA_OK);
    ASSERT(gates_check(&g, 1, report, baseline, &st) == GA_OK);
    const size_t failed = gates_failed(out, &g, 1, report, baseline);
    fclose(out);
    ASSERT(failed == (size > 0) && (size == 0 || strchr(line, '\n') == line + size - 1));
    return line;
}

static void
check(bool fails, const char *text, const json_t *report, const json_t *baseline)
{
    char *line = outcome(text, report, baseline);
    ASSERT((*line != '\0') == fails, "%s: %s", text, *line != '\0' ? line : "passed");
    free(line);
}

static void
limits(void)
{
    json_t *report = make_report(1000, 10);
    static const char *const passes[] = { "lost>1%", "lost<1%", "lost>10", "lost<10", "zeros>14", "zeros>1.4%", "right<99%",
                                          "success>25%", "success<2", "all-zero>30%", "correct<80%", "correct<8",
                                          "naive-fails-exact-works>1", "naive-fails-exact-works>12.5%", "misclassified>2",
                                          "misclassified>20%", "only-reduced-works>50%", "only-reduced-works>4",
                                          "exact:undecided>0.6%",
                                          "stable:lost>1", "odd:name:lost>0.1%", "naive:lost>10", "exact:success>2", "spurious>0" };
    for (size_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        char text[64]; /* at the limit it holds with =, and not without */
        const char *sign = strpbrk(passes[i], "<>");
        check(false, passes[i], report, NULL);
        snprintf(text, sizeof text, "%.*s=%s", (int)(sign - passes[i] + 1), passes[i], sign + 1);
        check(true, text, report, NULL);
    }
    check(true, "lost>0.999999999%", report, NULL);
    check(true, "lost<1.000000001%", report, NULL);
    check(true, "none-works>0", report, NULL);
    char *line = outcome("lost>0.5%", report, NULL);
    ASSERT_TEXT(line, "gradaudit: gate lost>0.5% failed: float naive: 1 % (10 of 1000 elements), the limit is 0.5 %\n");
    free(line);
    json_decref(report);
}

static void
no_value(void)
{
    json_t *report = make_report(1000, 10);
    json_object_set_new(json_object_get(json_array_get(json_object_get(report, "estimators"), 0), "attack"), "correct_before",
                        json_integer(0));
    check(true, "success>100%", report, NULL);
    check(true, "success<0%", report, NULL);
    json_object_del(json_object_get(report, "verdict"), "images");
    check(true, "none-works>100", report, NULL);
    check(true, "none-works<0", report, NULL);
    check(true, "right<0", json_object_get(report, "none"), NULL);
    check(true, "zeros<0", json_object_get(report, "none"), NULL);
    json_decref(report);
}

static void
differences(void)
{
    json_t *old = make_report(1000, 10), *same = make_report(1000, 13), *larger = make_report(3000, 33);
    check(false, "lost>+0.3%", same, old);
    check(true, "lost>=+0.3%", same, old);
    check(true, "lost>+2", same, old);
    check(false, "lost>+3", same, old);
    check(false, "lost<-0.3%", old, same);
    check(true, "lost<=-0.3%", old, same);
    check(false, "lost>+0.1%", larger, old); /* 1.1 % against 1 % */
    check(true, "lost>=+0.1%", larger, old);
    check(true, "lost>+22", larger, old);
    check(false, "naive-fails-exact-works>+0", same, old);
    char *line = outcome("lost>+0.2%", same, old);
    ASSERT_TEXT(line, "gradaudit: gate lost>+0.2% failed: float naive: +0.3 percentage points (13 of 1000 elements, before "
                                 "10 of 1000), the limit is +0.2 %\n");
    free(line);
    size_t size;
    FILE *out = open_memstream(&line, &size);
    gate_differences(out, same, old);
    fflush(out);
    ASSERT(size == 0);
    gate_differences(out, larger, old);
    fclose(out);
    ASSERT_TEXT(line, "gradaudit: the baseline differs in model (sha256)\n");
    free(line);
    json_decref(old);
    json_decref(same);
    json_decref(larger);
}

static void
checked_before(void)
{
    gate g;
    json_t *report = make_report(1000, 10), *baseline = make_report(1000, 10);
    static const char *const bad[] = { "double naive:lost>0", "exact:lost>0", "exact:zeros>0", "margin:success>0" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ga_status st = { 0 };
        ASSERT(parses(&g, bad[i]) == GA_OK);
        ASSERT(gates_check(&g, 1, report, NULL, &st) == GA_USAGE);
    }
    ga_status st = { 0 };
    parses(&g, "lost>+1");
    ASSERT(gates_check(&g, 1, report, NULL, &st) == GA_USAGE);
    ASSERT(gates_check(&g, 1, report, baseline, &st) == GA_OK);
    json_object_set_new(json_array_get(json_object_get(baseline, "estimators"), 1), "name", json_string("gone"));
    parses(&g, "odd:name:lost>+1");
    ASSERT(gates_check(&g, 1, report, baseline, &st) == GA_USAGE);
    parses(&g, "odd:name:lost>1");
    ASSERT(gates_check(&g, 1, report, baseline, &st) == GA_OK);
    json_object_del(baseline, "estimators"); /* a report by somebody else */
    parses(&g, "lost>+1");
    ASSERT(gates_check(&g, 1, report, baseline, &st) == GA_USAGE);
    json_decref(report);
    json_decref(baseline);
}

/* verdict=NAME fails when that is the verdict, and where the report has none that is known. */
static void
verdicts(void)
{
    static const char *const names[] = { "masked", "attackable-by-smoothing", "rounding-harmless", "no-evidence", "too-few-images",
                                         "too-few-seeds" };
    static const char *const bad[] = { "verdict", "verdict=", "verdict>1", "verdict=masked ", "verdict=maskedx",
                                       "naive:verdict=masked", "verdict!masked", "verdict!=", "verdict!=x" };
    json_t *report = make_report(1000, 10);
    gate g;
    ga_status st = { 0 };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ASSERT(parses(&g, bad[i]) == GA_USAGE, "%s", bad[i]);
    for (size_t i = 0; i < 6; i++)
        for (size_t k = 0; k < 6; k++) {
            char text[64];
            snprintf(text, sizeof text, "verdict=%s", names[i]);
            json_object_set_new(json_object_get(report, "verdict"), "model", json_string(names[k]));
            check(i == k, text, report, NULL);
            snprintf(text, sizeof text, "verdict!=%s", names[i]);
            check(i != k, text, report, NULL);
        }
    char *line = outcome("verdict=too-few-seeds", report, NULL);
    ASSERT_TEXT(line, "gradaudit: gate verdict=too-few-seeds failed: that is the verdict\n");
    free(line);
    line = outcome("verdict!=masked", report, NULL);
    ASSERT_TEXT(line, "gradaudit: gate verdict!=masked failed: the verdict is too-few-seeds\n");
    free(line);
    size_t size;
    for (size_t i = 0; i < 6; i++) { /* said of a verdict that a few more images could make */
        const bool few = strcmp(names[i], "too-few-images") == 0;
        FILE *out = open_memstream(&line, &size);
        json_object_set_new(json_object_get(report, "verdict"), "model", json_string(names[i]));
        parses(&g, "verdict=masked");
        gate_open(out, &g, 1, report);
        parses(&g, "verdict=too-few-images");
        gate_open(out, &g, 1, report);
        parses(&g, "lost>1");
        gate_open(out, &g, 1, report);
        parses(&g, "verdict!=masked"); /* which fails */
        gate_open(out, &g, 1, report);
        fclose(out);
        ASSERT_TEXT(line, few ? "gradaudit: gate verdict=masked passes undecided: the verdict is "
                                "too-few-images\n" : "");
        free(line);
    }
    json_object_set_new(json_object_get(report, "verdict"), "model", json_string("masked by somebody"));
    check(true, "verdict=masked", report, NULL);
    check(true, "verdict!=masked", report, NULL);
    json_object_set_new(json_object_get(json_object_get(report, "head"), "options"), "seeds", json_integer(19));
    parses(&g, "verdict=masked");
    ASSERT(gates_check(&g, 1, report, NULL, &st) == GA_USAGE, "with 19 seeds there is no verdict");
    parses(&g, "verdict!=too-few-seeds");
    ASSERT(gates_check(&g, 1, report, NULL, &st) == GA_USAGE);
    parses(&g, "verdict=too-few-seeds");
    ASSERT(gates_check(&g, 1, report, NULL, &st) == GA_OK);
    json_decref(report);
}

static void
words(void)
{
    static const char *const taken[] = { "naive", "stable", "exact", "Naive", "EXACT" };
    static const char *const left[] = { "torch", "naive2", "", "float", "zero", "lost", "theirs.naive" };
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        ASSERT(gate_is_word(taken[i]), "%s", taken[i]);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        ASSERT(!gate_is_word(left[i]), "%s", left[i]);
}

TEST_MAIN("gate", TEST(words), TEST(parse), TEST(hints), TEST(verdicts), TEST(limits), TEST(no_value), TEST(differences),
          TEST(checked_before))
