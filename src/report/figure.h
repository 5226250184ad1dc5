/* SPDX-License-Identifier: Apache-2.0 */
/* figure.h -- figures: NAME.tsv (the data), NAME.gp (the script that reads it) and through gnuplot NAME.svg, .png and .pdf. */
#ifndef GRADAUDIT_REPORT_FIGURE_H
#define GRADAUDIT_REPORT_FIGURE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/attack.h"
#include "core/finding.h"
#include "core/histogram.h"

typedef struct {
    const char *name; /* the stem of its files: letters, digits and ._- */
    int width, height; /* pixels of the SVG */
    void (*tsv)(FILE *out, const void *data);
    void (*gp)(FILE *out, const void *data); /* commands after the preamble; the variable table has the table's name */
    const void *data;
    void (*svg)(FILE *out, const void *data, bool alone); /* draws it without gnuplot, alone or as a part of a page; or NULL */
} figure;

/* Makes the files of n figures in directory; each file appears when it is complete. Without gnuplot there are only .tsv, .gp and
   our own drawings, and *drawn is false. GA_IO_ERROR when writing or gnuplot fails. */
ga_code figures_make(const char *directory, const figure *f, size_t n, bool *drawn, ga_status *st);

/* The spacing of at most `most` tics over span: 1, 2 or 5 times a power of ten. */
double nice_step(double span, double most);

/* Series are named by us or through escape_gnuplot. */
typedef struct {
    const char *title;
    ga_histogram histogram;
} histogram_series;

/* One panel for each series, magnitudes by decade, zeros as a bar of their own at the left. */
typedef struct {
    const char *title;
    const histogram_series *series;
    size_t n;
} histogram_figure;
void histogram_tsv(FILE *out, const void *data);
void histogram_gp(FILE *out, const void *data);

typedef struct {
    const char *title;
    const double *value; /* gains or logit scales */
    const ga_attack_counts *counts;
    size_t n;
    bool exact; /* drawn in a colour of its own, and only its success: none of its elements is rounded to 0 */
} sweep_series;

/* Success 1 - accuracy and fraction of non-zero elements against the value. */
typedef struct {
    const char *title, *parameter;
    const sweep_series *series;
    size_t n;
    double random; /* success of random signs, in %: a line; 0 or NaN: none */
} sweep_figure;
void sweep_tsv(FILE *out, const void *data);
void sweep_gp(FILE *out, const void *data);

/* Cells against the loss scale, in per cent: zeros that are lost and below range, wrong signs, what is beyond the range. */
typedef struct {
    const char *title, *series;
    const double *value;
    const ga_tally *tally;
    size_t n;
} scale_figure;
void scale_tsv(FILE *out, const void *data);
void scale_gp(FILE *out, const void *data);

/* Distributions in a grid of rows x cols panels. */
typedef struct {
    char title[96];
    double low, high, kurtosis;
    size_t bins, outside; /* outside: values beyond low and high */
    const size_t *count;
} distribution_panel;
typedef struct {
    const char *title;
    size_t rows, cols;
    const distribution_panel *panel;
} distribution_figure;
void distribution_tsv(FILE *out, const void *data);
void distribution_gp(FILE *out, const void *data);

#endif
