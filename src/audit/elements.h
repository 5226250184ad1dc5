/* SPDX-License-Identifier: Apache-2.0 */
/* elements.h -- every element of an audit as NumPy arrays, images x elements, in directory/elements. */
#ifndef AUDIT_ELEMENTS_H
#define AUDIT_ELEMENTS_H

#include "audit/part_audit.h"

typedef struct elements_writer elements_writer;

/* Each function has NAME.mantissa.npy (float64; NaN where undecided) and NAME.exponent.npy (int64): value = mantissa 2^exponent,
   |value| <= 2^exponent where undecided; each estimator NAME.gradient.npy (float32 or float64), NAME.cell.npy (uint8, the index of
   a ga_cell) and NAME.origin.npy (uint8, the index of the first origin's kind, 254: not listed, 255: none). resume: continues what
   is there, all of which a journal with a part promises; an array finished under its name stays. */
ga_code elements_open(elements_writer **w, const char *directory, const plan *p, ga_range range, bool resume, ga_status *st);

/* Which array: of a function (n_functions of them, two arrays each) or an estimator (three each). Names are of letters, digits and
   "._-" whatever the function or estimator is called. */
typedef enum { ELEMENTS_MANTISSA, ELEMENTS_EXPONENT, ELEMENTS_GRADIENT, ELEMENTS_CELL, ELEMENTS_ORIGIN,
               ELEMENTS_KINDS } elements_kind;
void elements_file_name(char *text, size_t size, const char *name, elements_kind kind);

/* Concatenates the arrays of parts[0..n-1], directories of finished audits with the same head and rows[i] images of n_elements
   each, into directory/elements. */
typedef struct {
    const char *directory;
    const char *const *parts;
    const size_t *rows;
    size_t n, n_elements;
} elements_merging;
ga_code elements_merge(const elements_merging *m, const json_t *head, ga_status *st);

/* For part_audit to fill; the same part at a time in each thread. */
ga_code part_elements_new(part_elements *b, const plan *p, size_t images, ga_status *st);
void part_elements_free(part_elements *b);

/* On disk when it returns; from several threads. */
ga_code elements_put(elements_writer *w, const part_elements *b, ga_range range, ga_status *st);

/* The arrays appear under their names. */
ga_code elements_finish(elements_writer *w, ga_status *st);

/* Left to be resumed; does nothing for NULL. */
void elements_suspend(elements_writer *w);

#endif
