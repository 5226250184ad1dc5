/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- bench [--quick] [--source DIR] [--out DIR] [SUITE...]: runs the suites, writes DIR/SUITE.tsv, figures, and where
   all have run README.md */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gemm/blas.h"
#include "io/file.h"
#include "num/mpfr_vec.h"
#include "report.h"
#include "rival.h"

static const struct {
    const char *name;
    void (*run)(bench *b);
} suites[] = {
    { "peak", suite_peak },
    { "product", suite_product },
    { "elementwise", suite_elementwise },
    { "pass", suite_pass },
    { "convolutions", suite_convolutions },
    { "formats", suite_formats },
    { "growth", suite_growth },
    { "reproduce", suite_reproduce },
};
enum { SUITES = sizeof suites / sizeof *suites };

static void
write_table(const bench *b, const char *suite)
{
    char path[8192];
    out_file out;
    ga_status st;
    snprintf(path, sizeof path, "%s/%s.tsv", b->directory, suite);
    if (out_open(&out, path, &st) != GA_OK)
        bench_fail("%s", st.message);
    bench_tsv(out.stream, b, suite);
    if (out_commit(&out, &st) != GA_OK)
        bench_fail("%s", st.message);
}

static void
make_directory(const char *path)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        bench_fail("%s: %s", path, strerror(errno));
}

static bool
asked_for(const char *name, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc == 0;
}

int
main(int argc, char **argv)
{
    static char program[4096];
    bench b = { .directory = "benchmarks", .source = ".", .program = program, .budget = 1, .long_run = 20 };
    if (argc > 1 && strcmp(argv[1], "--growth-child") == 0)
        return growth_child(argc - 2, argv + 2);
    if (readlink("/proc/self/exe", program, sizeof program - 1) < 0)
        bench_fail("/proc/self/exe: %s", strerror(errno));
    int next = 1;
    for (; next < argc && strncmp(argv[next], "--", 2) == 0; next++)
        if (strcmp(argv[next], "--quick") == 0) {
            b.quick = true;
            b.budget = 0.02;
        } else if (strcmp(argv[next], "--source") == 0 && next + 1 < argc)
            b.source = argv[++next];
        else if (strcmp(argv[next], "--out") == 0 && next + 1 < argc)
            b.directory = argv[++next];
        else
            bench_fail("usage: bench [--quick] [--source DIR] [--out DIR] [SUITE...]");
    const double start = bench_clock();
    make_directory(b.directory);
    mpfr_vec_widest_range();
    blas_borrow(1, NULL);
    rivals_load(program);
    machine_print(stdout, NULL);
    for (size_t i = 0; i < SUITES; i++)
        if (asked_for(suites[i].name, argc - next, argv + next)) {
            suites[i].run(&b);
            write_table(&b, suites[i].name);
        }
    bench_figures(&b);
    if (next == argc)
        words_write(&b);
    printf("\n%.0f s; results are in %s\n", bench_clock() - start, b.directory);
    free(b.row);
    return 0;
}
