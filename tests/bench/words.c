/* SPDX-License-Identifier: Apache-2.0 */
/* words.c -- README.md of the results. Every number in it is taken from the rows. */
#include <math.h>
#include <string.h>

#include "io/file.h"
#include "report.h"
#include "rival.h"

void
words_ratio(FILE *out, bench_spread r)
{
    if (r.n == 0)
        fputs("not measured", out);
    else
        fprintf(out, "%.3gx (%.3g-%.3g)", r.median, r.low, r.high);
}

void
words_seconds(FILE *out, double seconds)
{
    const double s = fabs(seconds);
    if (!isfinite(seconds))
        fputs("not measured", out);
    else if (s < 1e-6)
        fprintf(out, "%.3g ns", 1e9 * seconds);
    else if (s < 1e-3)
        fprintf(out, "%.3g µs", 1e6 * seconds);
    else if (s < 1)
        fprintf(out, "%.3g ms", 1e3 * seconds);
    else
        fprintf(out, "%.3g s", seconds);
}

const bench_row *
report_mpfr(const bench *b, const char *where, double bits)
{
    return bench_best(b, "product", where, bits, "MPFR ");
}

const bench_row *
report_rival(const bench *b, const char *where, double bits, const char *library, const char *operands)
{
    const bench_row *best = NULL;
    for (const bench_row *r = b->row; r < b->row + b->n; r++)
        if (strcmp(r->suite, "product") == 0 && strcmp(r->where, where) == 0 && r->x == bits &&
            strncmp(r->who, library, strlen(library)) == 0 && strstr(r->who, operands) != NULL &&
            (best == NULL || bench_seconds(r).median < bench_seconds(best).median))
            best = r;
    return best;
}

static void
time_cell(FILE *out, const bench_row *r)
{
    fputs(" | ", out);
    words_seconds(out, bench_seconds(r).median);
    if (r != NULL && r->share < 1)
        fputs(" (sample)", out);
}

/* A table of all contests of a suite: each row a way, its ratio to the first. */
static void
contests(FILE *out, const bench *b, const char *suite, const char *unit)
{
    for (size_t i = 0; i < b->n; i++) {
        const bench_row *r = b->row + i, *first = b->row + r->first;
        if (strcmp(r->suite, suite) != 0)
            continue;
        if (r == first) {
            fprintf(out, "\n**%s", r->where);
            if (r->x != 1)
                fprintf(out, "; %g %s", r->x, strncmp(r->where, "cubes", 5) == 0 ? "rows and columns" : unit);
            fprintf(out, "**\n\n| | times the first | median | quartiles | runs |\n|---|---|---|---|---|\n");
        }
        const bench_spread s = bench_seconds(r);
        fprintf(out, "| %s | ", r->who);
        words_ratio(out, bench_ratio(r, first));
        time_cell(out, r);
        fputs(" | ", out);
        words_seconds(out, s.q1);
        fputs(" - ", out);
        words_seconds(out, s.q3);
        fprintf(out, " | %zu |\n", s.n);
    }
}

static void
growth_table(FILE *out, const bench *b)
{
    fputs("\n| | x | format | median | memory | runs |\n|---|---|---|---|---|---|\n", out);
    for (const bench_row *r = b->row; r < b->row + b->n; r++) {
        if (strcmp(r->suite, "growth") != 0)
            continue;
        const bench_spread s = bench_seconds(r);
        fprintf(out, "| %s | %g | %s", r->where, r->x, r->who);
        time_cell(out, r);
        fprintf(out, " | %.0f MiB | %zu |\n", r->megabytes, s.n);
    }
}

void
words_write(const bench *b)
{
    char path[8192];
    out_file file;
    ga_status st;
    snprintf(path, sizeof path, "%s/README.md", b->directory);
    if (out_open(&file, path, &st) != GA_OK)
        bench_fail("%s", st.message);
    FILE *out = file.stream;
    fputs("<!-- SPDX-License-Identifier: Apache-2.0 -->\n# Benchmarks\n\nMade by `make bench`, which wrote every number here. "
          "A ratio is the median over rounds, in each of which all ways ran in turn in one process, with the least and the "
          "greatest round in brackets. \"Sample\" is a way that is too slow for the whole case: it computed some of the "
          "output's rows, or some of the images, and its time was scaled to the whole.\n\n", out);
    if (b->quick)
        fputs("**This was a quick run, which shows that the benchmarks work. Its numbers mean nothing.**\n\n", out);
    words_targets(out, b);
    fputs("\n## Machine\n\n", out);
    machine_print(out, b->torch[0] != '\0' ? b->torch : NULL);
    if (machine_warning() != NULL)
        fprintf(out, "\n**%s**\n", machine_warning());
    words_limits(out, b);
    fputs("\n## Products\n\n`AxBxC, uniform` is an A x B matrix of numbers, uniform in +-1, with the given bits, times a B x C "
          "matrix of binary32 weights; `wide` has exponents spread over 2^-2000 to 1; `cubes` are square matrices. Ours begin "
          "and end with MPFR numbers or balls; Arb and FLINT begin and end with their own numbers, so that nothing is "
          "converted. `dot` is the correctly rounded sum, `ball` an enclosure for operands with radii. Arb's are enclosures, "
          "too: of exact operands the rival of `dot`, of operands with radii that of `ball`.\n\n![product times over "
          "bits](figure-product.svg)\n", out);
    contests(out, b, "product", "bits");
    fputs("\n## Elementwise functions\n\nsigma and sigma' together, one element. MPFR's are rounded numbers, the others "
          "enclosures.\n\n![times of sigma over bits](figure-elementwise.svg)\n", out);
    contests(out, b, "elementwise", "bits");
    fputs("\n## Whole passes\n\nForward pass, loss and gradient to the input of the test images.\n", out);
    contests(out, b, "pass", "images");
    fputs("\n## Convolutions\n\nLeNet-5 with tanh and mean pools or with ReLU and max pools (MNIST), and ResNet-8 of 16, 32 and 64 "
          "channels (random images of 3x32x32), with random weights, as PyTorch exports them.\n", out);
    contests(out, b, "convolutions", "images");
    fputs("\n## Formats and recipes\n\nThe same pass in a network of 784-256-256-10, ReLU, with one thread. In a format every "
          "operation is rounded, products by a loop; a recipe stores in other formats what it computes in float. x87, other "
          "roundings and `mpfr:11` are computed by MPFR, of which 8 images were measured.\n", out);
    contests(out, b, "formats", "images");
    fputs("\n## Growth\n\nEach run is a process of its own; memory is its peak, with the program and the images. Runs by "
          "width, depth and threads are of fewer images in `exact` than in `double` and "
          "`float`.\n\n![time](figure-growth-time.svg)\n![memory](figure-growth-memory.svg)\n", out);
    growth_table(out, b);
    if (out_commit(&file, &st) != GA_OK)
        bench_fail("%s", st.message);
}
