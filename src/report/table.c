/* SPDX-License-Identifier: Apache-2.0 */
/* table.c -- see table.h */
#include <math.h>
#include <stdarg.h> /* so that mpfr.h has mpfr_fprintf */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "num/decimal.h"
#include "report/table.h"

/* ---- text ------------------------------------------------------------------------------------------------------- */

static void
print_real(FILE *out, double x)
{
    if (isnan(x))
        fputs("nan", out); /* whatever its sign */
    else
        fprintf(out, "%.9g", x);
}

static void
print_list(FILE *out, const json_t *list)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *const one = json_array_get(list, i);
        if (json_is_integer(one))
            fprintf(out, "%s%lld", i > 0 ? "x" : "", (long long)json_integer_value(one));
        else {
            fputs(i > 0 ? ", " : "", out);
            escape_tsv(out, json_string_value(one));
        }
    }
}

static void
print_argument(FILE *out, const cell *c)
{
    char hex[DECIMAL_HEX];
    decimal_print_hex(hex, sizeof hex, c->number);
    fprintf(out, "%s\t", hex);
    mpfr_fprintf(out, "%.*Rg", (int)c->count, c->number);
}

static void
print_cell(FILE *out, const cell *c)
{
    switch (c->kind) {
    case CELL_WORD:
        escape_tsv(out, c->word != NULL ? c->word : "-");
        break;
    case CELL_COUNT:
        fprintf(out, "%lld", c->count);
        break;
    case CELL_REAL:
        print_real(out, c->real[0]);
        break;
    case CELL_INTERVAL:
        print_real(out, c->real[0]);
        putc('\t', out);
        print_real(out, c->real[1]);
        break;
    case CELL_ARGUMENT:
        print_argument(out, c);
        break;
    case CELL_LIST:
        print_list(out, c->list);
        break;
    }
}

static void
print_row(table *t, const cell *row, size_t n)
{
    for (size_t i = 0; i < n && !t->headed; i++)
        fprintf(t->out, "%c%s", i == 0 ? '#' : '\t', row[i].name);
    if (!t->headed)
        putc('\n', t->out);
    t->headed = true;
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            putc('\t', t->out);
        print_cell(t->out, row + i);
    }
    putc('\n', t->out);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

/* What is not valid UTF-8 is escaped byte by byte. */
json_t *
table_word(const char *text)
{
    json_t *const plain = json_string(text);
    char *const escaped = plain == NULL ? escape_copy(escape_terminal, text) : NULL;
    json_t *const o = escaped != NULL ? json_string(escaped) : plain;
    free(escaped);
    return o;
}

static json_t *
list_json(const json_t *list)
{
    json_t *o = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *const one = json_array_get(list, i);
        ok = json_array_append_new(o, json_is_string(one) ? table_word(json_string_value(one)) : json_incref(one)) == 0 && ok;
    }
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

static json_t *
real_json(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

static json_t *
cell_json(const cell *c)
{
    switch (c->kind) {
    case CELL_WORD:
        return c->word != NULL ? table_word(c->word) : json_null();
    case CELL_COUNT:
        return json_integer(c->count);
    case CELL_INTERVAL:
        return json_pack("[o,o]", real_json(c->real[0]), real_json(c->real[1]));
    case CELL_LIST:
        return list_json(c->list);
    case CELL_ARGUMENT:
        return real_json(mpfr_get_d(c->number, MPFR_RNDN));
    case CELL_REAL:
        break;
    }
    return real_json(c->real[0]);
}

/* KEY_hex: the number in hexadecimal. */
static bool
set_hex(json_t *o, const char *key, mpfr_srcptr x)
{
    char name[40], hex[DECIMAL_HEX];
    snprintf(name, sizeof name, "%s_hex", key);
    decimal_print_hex(hex, sizeof hex, x);
    return json_object_set_new(o, name, mpfr_number_p(x) ? json_string(hex) : json_null()) == 0;
}

static bool
set_member(json_t *o, const cell *c)
{
    const char *const key = c->key != NULL ? c->key : c->name;
    return json_object_set_new(o, key, cell_json(c)) == 0 && (c->kind != CELL_ARGUMENT || set_hex(o, key, c->number));
}

json_t *
table_object(const cell *row, size_t n)
{
    json_t *o = json_object();
    for (size_t i = 0; i < n; i++)
        if (!set_member(o, row + i)) {
            json_decref(o);
            return NULL;
        }
    return o;
}

/* ---- both ------------------------------------------------------------------------------------------------------- */

table
table_new(FILE *out, bool json)
{
    return (table){ .out = json ? NULL : out, .rows = json ? json_array() : NULL };
}

void
table_add(table *t, const cell *row, size_t n)
{
    if (t->out != NULL)
        print_row(t, row, n);
    else if (json_array_append_new(t->rows, table_object(row, n)) != 0) {
        json_decref(t->rows);
        t->rows = NULL;
    }
}

bool
table_fact(FILE *out, json_t *o, cell fact)
{
    if (out == NULL)
        return set_member(o, &fact);
    escape_tsv(out, fact.name);
    putc('\t', out);
    print_cell(out, &fact);
    putc('\n', out);
    return true;
}

/* ---- what the tables of commands have --------------------------------------------------------------------------- */

static double
percent(size_t part, size_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : 0;
}

void
table_attack(table *t, const ga_attack *attack, const ga_attack_counts *c)
{
    char name[GA_ESTIMATOR_NAME];
    double low, high;
    ga_attack_name(name, sizeof name, attack);
    ga_wilson(&low, &high, c->fooled, c->correct);
    const cell row[] = {
        WORD_CELL("estimator", name), WORD_CELL("product", attack->random ? NULL : ga_product_name(&attack->estimator)),
        COUNT_CELL("images", c->images), COUNT_CELL("correct", c->correct), COUNT_CELL("correct_after", c->correct_after),
        REAL_CELL("accuracy_percent", percent(c->correct_after, c->images)), COUNT_CELL("fooled", c->fooled),
        REAL_CELL("success_percent", percent(c->fooled, c->correct)),
        INTERVAL_CELL("low\thigh", "success_interval", 100 * low, 100 * high), COUNT_CELL("all_zero_images", c->all_zero),
        COUNT_CELL("moved_correct", c->moved_correct), COUNT_CELL("moved_fooled", c->moved_fooled),
        COUNT_CELL("elements", c->elements), COUNT_CELL("zero", c->zero), COUNT_CELL("subnormal", c->subnormal),
        COUNT_CELL("infinite", c->infinite), COUNT_CELL("nan", c->nan), COUNT_CELL("undecided", c->undecided.n)
    };
    TABLE_ADD(t, row);
}

void
table_sweep(table *t, double value, const ga_attack_counts *c)
{
    double low, high;
    ga_wilson(&low, &high, c->fooled, c->correct);
    const cell row[] = {
        REAL_CELL("value", value),
        REAL_CELL("nonzero_percent", 100 - 100 * (double)(c->zero + c->nan + c->undecided.n) / (double)c->elements),
        REAL_CELL("error_percent", 100 - 100 * (double)c->correct_after / (double)c->images),
        REAL_CELL("fooled_percent", percent(c->fooled, c->correct)),
        INTERVAL_CELL("fooled_low\tfooled_high", "fooled_interval", 100 * low, 100 * high),
        COUNT_CELL("all_zero_images", c->all_zero), COUNT_CELL("images", c->images), COUNT_CELL("correct", c->correct),
        COUNT_CELL("correct_after", c->correct_after), COUNT_CELL("fooled", c->fooled), COUNT_CELL("elements", c->elements),
        COUNT_CELL("zero", c->zero), COUNT_CELL("subnormal", c->subnormal), COUNT_CELL("undecided", c->undecided.n)
    };
    TABLE_ADD(t, row);
}

void
table_tally(table *t, double value, const ga_tally *tally)
{
    char name[GA_CELLS][32];
    cell row[2 * GA_CELLS + 2] = { REAL_CELL("value", value) };
    for (int c = 0; c < GA_CELLS; c++) {
        snprintf(name[c], sizeof *name, "%s_percent", ga_cell_names[c]);
        for (char *dash = name[c]; (dash = strchr(dash, '-')) != NULL;)
            *dash = '_';
        row[1 + c] = (cell)REAL_CELL(name[c], percent(tally->cell[c], tally->elements));
        row[2 + GA_CELLS + c] = (cell)COUNT_CELL(ga_cell_names[c], tally->cell[c]);
    }
    row[1 + GA_CELLS] = (cell)COUNT_CELL("elements", tally->elements);
    TABLE_ADD(t, row);
}

void
table_histogram(table *bins, table *decades, const ga_histogram *h)
{
    const struct {
        const char *name;
        size_t count;
    } named[] = { { "zero", h->zero }, { "negative-zero", h->negative_zero }, { "subnormal", h->subnormal },
                  { "infinite", h->infinite }, { "nan", h->nan }, { "undecided", h->undecided.n } };
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        const cell row[] = { WORD_CELL("bin", named[i].name), COUNT_CELL("count", named[i].count),
                             REAL_CELL("percent", percent(named[i].count, h->elements)) };
        TABLE_ADD(bins, row);
    }
    for (size_t i = 0; i < h->n; i++) {
        const cell row[] = { { .kind = CELL_COUNT, .name = "bin", .key = "decade", .count = h->decade[i] },
                             COUNT_CELL("count", h->count[i]), REAL_CELL("percent", percent(h->count[i], h->elements)) };
        TABLE_ADD(decades, row);
    }
}
