/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.c -- gradaudit thresholds: where a format loses a factor of the gradient */
#include <stdio.h>
#include <stdlib.h>

#include "core/thresholds.h"

#include "cli/document.h"
#include "num/format.h"
#include "pass/engine.h"
#include "report/table.h"

typedef struct {
    ga_format format;
    bool json;
} options;

static ga_code
read_format(void *into, const option_row *row, const char *text, ga_status *st)
{
    const ga_code code = read_format_of(into, row, text, "format of thresholds", format_has_thresholds, st);
    if (code != GA_OK || ga_thresholds_check(((options *)into)->format, st) == GA_OK)
        return code;
    return option_named(row, GA_USAGE, st);
}

static const option_row rows[] = {
    { "format", 0, "FORMAT", "a format with a range (float); gradaudit formats has those with names",
      INTO(read_format, options, format) },
    { 0 }
};

static void
add_threshold(table *out, const ga_threshold *t, int digits)
{
    static const char *const becomes[] = { [GA_BECOMES_ZERO] = "0", [GA_BECOMES_ONE] = "1", [GA_BECOMES_INFINITE] = "infinite",
                                           [GA_BECOMES_NAN] = "nan", [GA_BECOMES_WRONG] = "wrong" };
    const cell row[] = {
        WORD_CELL("quantity", t->quantity), WORD_CELL("formulas", formulas_words.name[t->formulas]),
        WORD_CELL("becomes", becomes[t->becomes]), ARGUMENT_CELL("exact_hex\texact", "exact", t->exact, digits),
        ARGUMENT_CELL("rounded_hex\trounded", "rounded", t->rounded, digits),
        ARGUMENT_CELL("libm_first_hex\tlibm_first", "libm_first", t->first, digits),
        ARGUMENT_CELL("libm_last_hex\tlibm_last", "libm_last", t->last, digits), COUNT_CELL("distance", t->distance)
    };
    TABLE_ADD(out, row);
}

static ga_code
run(const options *o, ga_status *st)
{
    ga_threshold *threshold = NULL;
    size_t n = 0;
    const ga_code code = ga_thresholds_find(&threshold, &n, o->format, st);
    if (code != GA_OK)
        return code;
    table t = table_new(stdout, o->json);
    for (size_t i = 0; i < n; i++)
        add_threshold(&t, threshold + i, format_digits(o->format));
    ga_thresholds_free(threshold, n);
    if (!o->json)
        return GA_OK;
    json_t *const head = document_head("thresholds", NULL, NULL, st);
    char name[FORMAT_NAME];
    format_name(name, sizeof name, o->format);
    json_object_set_new(head, "format", json_string(name));
    return document_print(head, "thresholds", t.rows, st);
}

int
command_thresholds(int argc, char **argv)
{
    static const option_part parts[] = { { &json_set, offsetof(options, json) }, { NULL, 0 } };
    static const command_line line = {
        rows, NULL, parts, NULL,
        "Prints where rounding makes functions and their derivatives 0, 1, infinite, NaN or wrong: the first arguments, counted "
        "from 0, at which they become so. A line for each, tab-separated:\n\n"
        "quantity: sigma; its derivative, s(1-s) or rewritten e/(1+e)^2; that of tanh, 1-t^2 or rewritten 4q/(1+q)^2; of softmax "
        "of two classes, whose argument is o_y - o_c, the label's logit minus the other's, the label's p_y - 1, the other's p_c, "
        "and -log(p_y) or rewritten log1p; log_softmax_y, -log(1+e), and its derivative 1 - e^l, where l is its value; log(p_y)', "
        "what log and softmax give back; expm1, e^x - 1 as written, and its derivative expm1(x) + 1 or rewritten e^x; softplus, "
        "log(1+e^x), and its derivative e^x/(1+e^x); the derivatives of SiLU, GELU, GELU by tanh, ELU, Mish, softsign, erf, exp, "
        "log and 1/x, rewritten as one function each\n"
        "formulas, becomes: naive or rewrite; 0, 1, infinite, nan or wrong: off by more than 1 % and by more than an ulp\n"
        "exact: where the true value, rounded to the format, becomes that (proved), inf where at no argument; where a wrong "
        "result is right again, as the true value becomes 0\n"
        "rounded: where the formulas do with correctly rounded functions\n"
        "libm_first, libm_last: where the formulas do with the C library's functions in float and double, and with its double "
        "ones, rounded once, in formats computed in either (gradaudit formats), for the first time and for good\n"
        "distance: how many numbers of the format lie between rounded and libm_first\n\n"
        "A format with up to 2^18 arguments, as all of up to 16 bits, has them all tried. In others thresholds are bisected: in "
        "float, x87 and binary128 that takes some 10 seconds. rounded is proved then where results are rounded to nearest even "
        "and the range is not narrow; otherwise it is assumed that what becomes so stays so. Of libm_first and libm_last all "
        "numbers up to 2^20 (float) or 2^12 away are tried; that there are no others, and that functions are monotone where they "
        "become wrong, is assumed. Where overflow is NaN, a line says nan if the formulas make that in the end.\n\n"
        "e^x - 1 is wrong near 0: where it becomes so, arguments are counted from 1 or -1 to 0, and so are those at which log' and "
        "reciprocal' become infinite. Those of silu', gelu', gelu_tanh' and mish' begin behind the least value of the derivative. "
        "Each argument is printed as a hexadecimal and as a decimal number. The study thresholds (gradaudit reproduce --list) has "
        "them beside public reports of frameworks, and beside what PyTorch was measured to do."
        "\vExample:\n"
        "  gradaudit thresholds --format double"
    };
    options o = { .format = { FORMAT_DEFAULT } };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    run(&o, &st);
    return command_end(&st);
}
