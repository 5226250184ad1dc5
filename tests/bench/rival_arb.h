/* SPDX-License-Identifier: Apache-2.0 */
/* rival_arb.h -- what the two files of a rival's module share. */
#ifndef BENCH_RIVAL_ARB_H
#define BENCH_RIVAL_ARB_H

#include <mpfr.h>

#ifdef RIVAL_FLINT
#include <flint/arb.h>
#include <flint/arb_mat.h>
#include <flint/arf.h>
#else
#include <arb.h>
#include <arb_mat.h>
#endif

#include "rival.h"

extern const rival_ops rival_table;

/* The first rows of c = a w^T by arb_dot. */
void rival_dots(arb_mat_t c, const arb_mat_t a, const arb_mat_t w, size_t rows, slong bits);
void rival_sigmoid(arb_t s, arb_t d, const arb_t z, arb_t e, slong bits);

/* c = a b of the midpoints in floating point, without bounds; NULL: this library has no such product. */
void *rival_floats_open(const arb_mat_t a, const arb_mat_t b, slong bits);
void rival_floats_run(void *floats);
void rival_floats_close(void *floats);

void *rival_pass_open(const ga_model *model, size_t rows, long bits, bool dots);
size_t rival_pass_run(void *pass, const double *x, const uint32_t *label, size_t rows);
void rival_pass_close(void *pass);

#endif
