/* SPDX-License-Identifier: Apache-2.0 */
/* formats.c -- gradaudit formats: the numbers of each format, and how it rounds */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/document.h"
#include "num/decimal.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/recipe.h"
#include "op/op.h"
#include "report/table.h"

typedef struct {
    ga_format *format; /* asked for */
    size_t n;
    bool json;
} options;

static ga_code
add_format(void *into, const option_row *row, const char *text, ga_status *st)
{
    options *const o = into;
    ga_format *const more = realloc(o->format, (o->n + 1) * sizeof *more);
    (void)row;
    if (more == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for formats");
    o->format = more;
    return ga_format_parse(o->format + o->n++, text, st);
}

static const option_row rows[] = { { NULL, 0, "format", NULL, BY(add_format) }, { 0 } };

/* The largest number, exact when read as binary64; if that does not hold it, with as many digits as read back in the format. To be
   freed; NULL: out of memory. */
static char *
largest_text(ga_format f)
{
    mpfr_t largest;
    mpfr_init2(largest, f.bits);
    mpfr_largest(largest, &f, 1);
    const bool is_double = f.bits <= 53 && f.emax <= 1023;
    const size_t size = is_double ? 40 : (size_t)f.bits + 40; /* a bit is less than a digit */
    char *const text = malloc(size);
    if (text != NULL && is_double)
        snprintf(text, size, "%.17g", mpfr_get_d(largest, MPFR_RNDN));
    else if (text != NULL && decimal_print_mpfr(text, size, largest, 0) < 0)
        text[0] = '\0';
    mpfr_clear(largest);
    return text;
}

/* of: what stands before its name. */
static void
add_row(table *out, const char *of, ga_format f)
{
    static const char *const subnormals[2][2] = { { "kept", "daz" }, { "ftz", "ftz,daz" } };
    char name[3 * FORMAT_NAME], normal[40], least[40];
    const bool range = format_has_range(f), proved = format_is_reference(f);
    char *const largest = range ? largest_text(f) : NULL;
    snprintf(name, sizeof name, "%s", of);
    format_name(name + strlen(name), sizeof name - strlen(name), f);
    snprintf(normal, sizeof normal, "2^%" PRId64, format_emin(f));
    snprintf(least, sizeof least, "2^%" PRId64, format_least_exponent(f));
    const cell row[] = {
        WORD_CELL("format", name), proved ? (cell)WORD_CELL("bits", NULL) : (cell)COUNT_CELL("bits", f.bits),
        range ? (cell)COUNT_CELL("emin", f.emin) : (cell)WORD_CELL("emin", NULL),
        range ? (cell)COUNT_CELL("emax", f.emax) : (cell)WORD_CELL("emax", NULL), WORD_CELL("largest", largest),
        WORD_CELL("least_normal", range ? normal : NULL), WORD_CELL("least", range ? least : NULL),
        WORD_CELL("overflow", range ? format_overflows.name[f.overflow] : NULL),
        WORD_CELL("subnormals", range ? subnormals[f.flush][f.flush_in] : NULL),
        WORD_CELL("rounding", proved ? NULL : format_roundings.name[f.rounding]),
        WORD_CELL("computed_in", format_find(f)->computed_in)
    };
    TABLE_ADD(out, row);
    free(largest);
}

/* How a recipe stores numbers of a class, or scales them for products. */
static void
how_stored(char *text, size_t size, const ga_precision_recipe *r, int class)
{
    char scale[40] = "";
    if (class == GA_GRADIENT && r->loss_scale != 0)
        snprintf(scale, sizeof scale, ", times the loss scale 2^%d,", r->loss_scale);
    snprintf(text, size, "%s%s", class != GA_WEIGHT && r->elementwise == GA_ROUNDED_EACH ? " of each operator" : "", scale);
}

static void
how_multiplied(char *text, size_t size, const ga_precision_recipe *r)
{
    if (r->scaling == GA_SCALED_BLOCKS)
        snprintf(text, size, ", in blocks of %d with scale=%s,", OP_BLOCK, recipe_rules.name[r->rule]);
    else if (r->rule == GA_SCALE_FILE)
        snprintf(text, size, ", with the scales of a file,");
    else if (r->scaling == GA_SCALED_BATCH)
        snprintf(text, size, ", with a scale for each batch of %d images,", r->batch);
    else
        *text = '\0';
}

/* What a recipe computes in, stores in, and rounds operands of products to: a row for each. */
static void
add_recipe(table *out, ga_format f)
{
    static const char *const class_name[GA_CLASSES] = { "activations", "gradients", "weights" };
    char recipe[FORMAT_NAME], of[2 * FORMAT_NAME + 40], how[100];
    ga_format g;
    format_name(recipe, sizeof recipe, f);
    snprintf(of, sizeof of, "%s computes in ", recipe);
    add_row(out, of, recipe_computed(f));
    for (int class = 0; class < GA_CLASSES; class++) {
        how_stored(how, sizeof how, &f.recipe, class);
        snprintf(of, sizeof of, "%s stores %s%s%s in ", recipe, class_name[class], class == GA_WEIGHT ? " and biases" : "", how);
        if (recipe_stored(&g, f, class))
            add_row(out, of, g);
        how_multiplied(how, sizeof how, &f.recipe);
        snprintf(of, sizeof of, "%s rounds %s for products%s to ", recipe, class_name[class], how);
        if (recipe_operand(&g, f, class))
            add_row(out, of, g);
    }
}

static ga_code
run(const options *o, ga_status *st)
{
    table t = table_new(stdout, o->json);
    for (size_t i = 0; i < o->n; i++)
        if (recipe_is(o->format[i]))
            add_recipe(&t, o->format[i]);
        else
            add_row(&t, "", o->format[i]);
    for (size_t i = 0; i < N_FORMATS && o->n == 0; i++)
        if (format_has_range(format_named(i)))
            add_row(&t, "", format_named(i));
    return o->json ? document_print(document_head("formats", NULL, NULL, st), "formats", t.rows, st) : GA_OK;
}

int
command_formats(int argc, char **argv)
{
    static const option_part parts[] = { { &json_set, offsetof(options, json) }, { NULL, 0 } };
    static const command_line line = {
        rows, NULL, parts, "[FORMAT...]",
        "Prints what each number format holds, and how it rounds: a line for each FORMAT, as --format and -e take it, or for all "
        "that have a name and a range of exponents. Tab-separated:\n\n"
        "format: its shortest name\n"
        "bits, emin, emax: of the significand, with the leading one; the exponents of the least normal and of the largest number\n"
        "largest, least_normal, least: numbers above 0; least is subnormal unless those are flushed\n"
        "overflow: what a result beyond the largest number becomes: inf, nan, or saturate, that number\n"
        "subnormals: kept; ftz, results are flushed to 0; daz, operands count as 0\n"
        "rounding: of each operation, once\n"
        "computed_in: what does so: float, double, MPFR, or balls, which are proved\n\n"
        "- where a format has no such thing.\n\n"
        "A FORMAT is a name, or p=BITS with emax=E or max=M (the largest number) and perhaps emin=E (1 - emax); then, with commas: "
        "inf, saturate or nan for overflow, ftz, daz, and rounding=nearest-even, nearest-away, toward-zero, up, down, odd or "
        "stochastic[:SEED].\n\n"
        "Or it is a precision recipe, which computes in float and stores in other formats: amp-float16, amp-bfloat16, amp-tf32, "
        "fp8-hybrid, mxfp8, or store: before what follows. Then, with commas: activation=F, gradient=F and weight=F, the formats "
        "to store in; loss-scale=S, a power of two from 2^-100 to 2^100 (audit: or auto); sum=float or double; batch=B, "
        "scale=batch or scale=FILE (fp8-hybrid; see the help of the command scales); scale=floor, ceil or nearest (mxfp8); "
        "elementwise=once or each (sigmoid's and tanh's gradients are rounded when they are stored, or by each operator); "
        "rounding=nearest-even, nearest-away or toward-zero; inf, saturate or nan for what overflows in every store (fp8-hybrid "
        "and mxfp8 saturate). A line for what it computes in, and for each thing that it "
        "stores or rounds for products: with which loss scale, in which blocks or batches, and whether each operator rounds "
        "(elementwise=each)."
        "\vExamples:\n"
        "  gradaudit formats\n"
        "  gradaudit formats e4m3,saturate p=4,emin=-6,max=448,inf\n"
        "  gradaudit formats amp-float16 store:gradient=e5m2,loss-scale=1024"
    };
    options o = { .json = false };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    run(&o, &st);
    free(o.format);
    return command_end(&st);
}
