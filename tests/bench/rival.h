/* SPDX-License-Identifier: Apache-2.0 */
/* rival.h -- what another library does of ours: Arb, a library of its own up to FLINT 2, and FLINT 3, which has it inside. Both
   have the same symbols, so each is in a module of its own that is loaded when the benchmarks run. What is timed begins and ends
   with the library's own numbers. */
#ifndef BENCH_RIVAL_H
#define BENCH_RIVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpfr.h>

#include "core/model.h"

typedef struct {
    const char *(*version)(void);

    /* C = A W^T, A of m x k numbers, with radii 2^-bits |a| if radii, W of n x k. Whole by arb_mat_mul; its first rows by
       arb_dot. */
    void *(*product_open)(const __mpfr_struct *a, const double *w, size_t m, size_t k, size_t n, long bits, bool radii);
    void (*product_whole)(void *product);
    void (*product_dots)(void *product, size_t rows);
    bool (*product_has_floats)(void *product);
    void (*product_floats)(void *product); /* by the library's fastest floating-point product, without bounds, if it has one */
    bool (*product_holds)(void *product, size_t i, mpfr_srcptr c); /* whether C's element i contains c */
    void (*product_close)(void *product);

    /* sigma and sigma' of n numbers. */
    void *(*sigmoid_open)(const __mpfr_struct *z, size_t n, long bits);
    void (*sigmoid_run)(void *sigmoid);
    void (*sigmoid_close)(void *sigmoid);

    /* The gradient of the cross-entropy to the input, of up to `rows` images at once; products by arb_dot if dots, else by
       arb_mat_mul. pass_run returns how many elements of the gradient have a proved sign or are proved zero. NULL: a layer is no
       sigmoid. */
    void *(*pass_open)(const ga_model *model, size_t rows, long bits, bool dots);
    size_t (*pass_run)(void *pass, const double *x, const uint32_t *label, size_t rows);
    void (*pass_close)(void *pass);
} rival_ops;

typedef struct {
    const char *name;   /* "Arb", "FLINT 3" */
    const char *module; /* file */
    const rival_ops *ops; /* NULL: not found */
} rival;

enum { RIVALS = 2 };
extern rival rivals[RIVALS];

/* Loads what there is, modules beside the program. */
void rivals_load(const char *program);

#endif
