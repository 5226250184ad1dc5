/* SPDX-License-Identifier: Apache-2.0 */
/* words_targets.c -- what was to be reached, and what was */
#include <math.h>
#include <string.h>

#include "backend.h"
#include "report.h"
#include "rival.h"

#define MAIN "256x784x256, uniform"
#define WIDE "256x784x256, wide"
#define REFERENCE "saturated-sigmoid, reference"

/* A ratio against what is asked of it, least 0: nothing; without rows "not measured". */
static void
target(FILE *out, const char *what, double least, double aim, bench_spread r)
{
    fprintf(out, "| %s | ", what);
    if (least > 0)
        fprintf(out, "%gx | %gx | ", least, aim);
    else
        fputs("- | - | ", out);
    words_ratio(out, r);
    fprintf(out, " | %s |\n",
            r.n == 0 || least <= 0 ? "-" : r.median >= aim ? "aim reached" : r.median >= least ? "reached" : "**not reached**");
}

static void
target_seconds(FILE *out, const char *what, double most, double aim, const bench_row *row)
{
    const bench_spread s = bench_seconds(row);
    fprintf(out, "| %s | %g s | %g s | ", what, most, aim);
    if (s.n == 0)
        fputs("not measured | - |\n", out);
    else
        fprintf(out, "%.3g s (%.3g-%.3g) | %s |\n", s.median, s.low, s.high,
                s.median <= aim ? "aim reached" : s.median <= most ? "reached" : "**not reached**");
}

static const bench_row *
ours(const bench *b, const char *where, const char *kind, const char *name)
{
    char who[BENCH_NAME];
    snprintf(who, sizeof who, "gradaudit %s, %s", kind, name);
    return bench_find(b, "product", where, 256, who);
}

/* Against a rival's best; FLINT 3's where exponents are wide, too. What is asked of products is asked of VNNI. */
static void
rival_targets(FILE *out, const bench *b, const backend *e, size_t i, bool vnni)
{
    const char *name = rivals[i].name;
    char what[512];
    snprintf(what, sizeof what, "the same against %s's best: correctly rounded, exact operands", name);
    target(out, what, vnni ? i == 0 ? 10 : 7 : 0, i == 0 ? 14 : 10,
           bench_ratio(report_rival(b, MAIN, 256, name, "exact operands"), ours(b, MAIN, "dot", e->name)));
    if (rivals[i].ops == NULL)
        return;
    snprintf(what, sizeof what, "the same against %s's best: balls, operands with radii", name);
    target(out, what, vnni ? i == 0 ? 10 : 7 : 0, i == 0 ? 14 : 10,
           bench_ratio(report_rival(b, MAIN, 256, name, "radii"), ours(b, MAIN, "ball", e->name)));
    snprintf(what, sizeof what, "wide exponents, against %s's best: correctly rounded", name);
    target(out, what, i == 0 ? 0 : 15, 24,
           bench_ratio(report_rival(b, WIDE, 256, name, "exact operands"), ours(b, WIDE, "dot", e->name)));
    snprintf(what, sizeof what, "wide exponents, against %s's best: balls", name);
    target(out, what, i == 0 ? 0 : 15, 24,
           bench_ratio(report_rival(b, WIDE, 256, name, "radii"), ours(b, WIDE, "ball", e->name)));
}

/* A back end's rows. With VNNI more is asked than with dgemm or AVX2, of plain C nothing. */
static void
product_targets(FILE *out, const bench *b, const backend *e)
{
    const bool vnni = strcmp(e->peak, PEAK_VNNI) == 0, plain = strstr(e->name, "plain") != NULL;
    const bench_row *dot = ours(b, MAIN, "dot", e->name);
    char what[512];
    if (dot == NULL)
        return;
    snprintf(what, sizeof what, "**%s**: 256x784·784x256, 256 bits, against the faster of MPFR's two ways", e->name);
    target(out, what, plain ? 0 : vnni ? 80 : 40, vnni ? 110 : 55, bench_ratio(report_mpfr(b, MAIN, 256), dot));
    for (size_t i = 0; i < RIVALS; i++)
        rival_targets(out, b, e, i, vnni);
}

static void
pass_target(FILE *out, const bench *b, const char *network, const char *format)
{
    char where[BENCH_NAME], what[256];
    snprintf(where, sizeof where, "%s, %s", network, format);
    snprintf(what, sizeof what, "%s pass, %s, from bytes to gradients, against PyTorch autograd", format, network);
    const bench_row *whole = bench_find(b, "pass", where, 10000, "gradaudit, from");
    const bench_row *alone = bench_find(b, "pass", where, 10000, "gradaudit, the");
    target(out, what, 1.1, 1.5, bench_ratio(bench_find(b, "pass", where, 10000, "PyTorch, from"), whole));
    snprintf(what, sizeof what, "%s pass, %s, the pass alone, against PyTorch autograd", format, network);
    target(out, what, 1.1, 1.5, bench_ratio(bench_find(b, "pass", where, 10000, "PyTorch, the"), alone));
    const bench_spread r = bench_ratio(alone, bench_find(b, "pass", where, 10000, "cblas"));
    fprintf(out, "| %s pass, %s, against its cblas calls alone: at most | 1.25x | 1.25x | ", format, network);
    words_ratio(out, r);
    fprintf(out, " | %s |\n", r.n == 0 ? "-" : r.median <= 1.25 ? "aim reached" : "**not reached**");
}

/* Of the reference a sample is measured: LeNet-5 on 10,000 images in 20 s on two cores are 0.512 s of 256, ResNet-8 in 0.5 s of one
   core an image are 8 s of 16. */
static void
convolution_targets(FILE *out, const bench *b)
{
    static const struct { const char *name; double images, most, aim; const char *who; } of[] = {
        { "lenet-tanh", 256, 0.512, 0.25, "gradaudit exact, two" }, { "lenet-relu", 256, 0.512, 0.25, "gradaudit exact, two" },
        { "resnet-8", 16, 8, 4, "gradaudit exact, one" } };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char where[BENCH_NAME], what[256];
        const double n = of[i].name[0] == 'r' ? 256 : 512;
        snprintf(where, sizeof where, "%s, float", of[i].name);
        snprintf(what, sizeof what, "float pass, %s, against PyTorch autograd", of[i].name);
        target(out, what, 1 / 3., 1 / 1.5, bench_ratio(bench_find(b, "convolutions", where, n, "PyTorch"),
                                                       bench_find(b, "convolutions", where, n, "gradaudit")));
        snprintf(where, sizeof where, "%s, reference", of[i].name);
        snprintf(what, sizeof what, "certified gradients of %g images, %s, on %s, at most", of[i].images, of[i].name,
                 i == 2 ? "one core" : "two cores");
        target_seconds(out, what, of[i].most, of[i].aim, bench_find(b, "convolutions", where, of[i].images, of[i].who));
    }
}

void
words_targets(FILE *out, const bench *b)
{
    static const char *const networks[] = { "saturated-sigmoid", "vanilla-sigmoid" };
    const bench_row *exact = bench_find(b, "pass", REFERENCE, 10000, "gradaudit exact, one");
    const bench_row *two = bench_find(b, "pass", REFERENCE, 10000, "gradaudit exact, 2");
    const bench_row *sigma = bench_find(b, "elementwise", "saturated", 256, "gradaudit");
    fputs("## What was to be reached\n\n| | at least | aim | measured | |\n|---|---|---|---|---|\n", out);
    for (size_t i = 0; i < n_backends; i++)
        product_targets(out, b, backends + i);
    target(out, "elementwise sigma and sigma', 256 bits, saturated data, against MPFR", 10, 25,
           bench_ratio(bench_find(b, "elementwise", "saturated", 256, "MPFR"), sigma));
    target(out, "certified reference, 10,000 images, saturated network, against plain MPFR balls", 50, 120,
           bench_ratio(bench_best(b, "pass", REFERENCE, 10000, "MPFR balls"), exact));
    target_seconds(out, "the same on two cores, at most", 4, 1.5, two);
    for (size_t i = 0; i < RIVALS; i++) {
        char what[128];
        snprintf(what, sizeof what, "certified reference against the pass in %s", rivals[i].name);
        target(out, what, 0, 0, bench_ratio(bench_best(b, "pass", REFERENCE, 10000, rivals[i].name), exact));
    }
    for (size_t i = 0; i < 2; i++) {
        pass_target(out, b, networks[i], "float");
        pass_target(out, b, networks[i], "double");
    }
    convolution_targets(out, b);
    target_seconds(out, "`reproduce`, everything exact, two cores, at most", 120, 45,
                   bench_find(b, "reproduce", "everything", 1, "gradaudit"));
}
