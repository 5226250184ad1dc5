/* SPDX-License-Identifier: Apache-2.0 */
/* report.h -- what comes out: tables, figures and a text made of the numbers. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench.h"

/* The machine, the compiler, the libraries and OpenBLAS's core type, as lines of a list. */
void machine_print(FILE *out, const char *torch);

/* A warning line where OPENBLAS_CORETYPE is set; else NULL. */
const char *machine_warning(void);

void bench_figures(const bench *b);

/* README.md: targets first; then the cases with what limits them. */
void words_write(const bench *b);
void words_targets(FILE *out, const bench *b);
void words_limits(FILE *out, const bench *b);

/* "12.3x (11.9-12.8)", a ratio with its interval; "not measured". */
void words_ratio(FILE *out, bench_spread ratio);
void words_seconds(FILE *out, double seconds);

/* The faster of MPFR's two ways; the fastest way of a rival with the operands' kind ("exact operands", "radii"). */
const bench_row *report_mpfr(const bench *b, const char *where, double bits);
const bench_row *report_rival(const bench *b, const char *where, double bits, const char *library, const char *operands);

#endif
