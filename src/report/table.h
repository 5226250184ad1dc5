/* SPDX-License-Identifier: Apache-2.0 */
/* table.h -- tables of results, made once as rows of cells and shown in one of two ways: as tab-separated text, whose first line is
   a # and the names of the columns, or as JSON, an object for each row. */
#ifndef GRADAUDIT_REPORT_TABLE_H
#define GRADAUDIT_REPORT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>
#include <mpfr.h>

#include "core/attack.h"
#include "core/finding.h"
#include "core/histogram.h"

/* In JSON a number is exact, and null if it is NaN or infinite. In text: */
typedef enum {
    CELL_WORD,     /* text, perhaps hostile, escaped; NULL: -, in JSON null */
    CELL_COUNT,    /* an integer */
    CELL_REAL,     /* real[0], with 9 digits */
    CELL_INTERVAL, /* two columns, real[0] and real[1]; in JSON an array */
    CELL_ARGUMENT, /* two columns, number in hexadecimal and with so many digits as the count says; in JSON a number, nearest in
                      binary64, and, behind _hex, text: both null if it is infinite */
    CELL_LIST      /* a JSON array: integers with an x between them, or words with commas */
} cell_kind;

typedef struct {
    cell_kind kind;
    const char *name; /* of the column, or of both with a tab between them */
    const char *key;  /* in JSON; NULL: the name */
    const char *word;
    long long count;
    double real[2];
    mpfr_srcptr number;
    json_t *list; /* strings may be hostile, and no UTF-8 (json_string_nocheck); NULL: out of memory */
} cell;
#define WORD_CELL(column, text) { .kind = CELL_WORD, .name = (column), .word = (text) }
#define COUNT_CELL(column, n) { .kind = CELL_COUNT, .name = (column), .count = (long long)(n) }
#define REAL_CELL(column, x) { .kind = CELL_REAL, .name = (column), .real = { (x) } }
#define INTERVAL_CELL(columns, json, low, high) \
    { .kind = CELL_INTERVAL, .name = (columns), .key = (json), .real = { (low), (high) } }
#define ARGUMENT_CELL(columns, json, x, digits) \
    { .kind = CELL_ARGUMENT, .name = (columns), .key = (json), .count = (digits), .number = (x) }
#define LIST_CELL(column, array) { .kind = CELL_LIST, .name = (column), .list = (array) }

/* A table that is being written: rows as they come, or an array of them. */
typedef struct {
    FILE *out;    /* or NULL: JSON */
    json_t *rows; /* of JSON; the caller's, NULL once memory is out */
    bool headed;
} table;

/* As text to out, or with json as rows for the caller to take. */
table table_new(FILE *out, bool json);
void table_add(table *t, const cell *row, size_t n);
#define TABLE_ADD(t, row) table_add(t, row, sizeof (row) / sizeof *(row))

/* A fact: a line, the name of a cell and its value; or with out NULL a member of o. False: out of memory. */
bool table_fact(FILE *out, json_t *o, cell fact);

/* A row as JSON; NULL: out of memory. */
json_t *table_object(const cell *row, size_t n);

/* Hostile text as it is, for documents in ASCII; what is not UTF-8 as escape_terminal has it. NULL: out of memory. */
json_t *table_word(const char *text);

/* The result of an attack; the same with one of the values of a sweep; cells with one of them; a histogram, its decades into
   another table or the same. */
void table_attack(table *t, const ga_attack *attack, const ga_attack_counts *counts);
void table_sweep(table *t, double value, const ga_attack_counts *counts);
void table_tally(table *t, double value, const ga_tally *tally);
void table_histogram(table *bins, table *decades, const ga_histogram *h);

#endif
