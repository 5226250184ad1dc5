/* SPDX-License-Identifier: Apache-2.0 */
/* common.c -- the options that subcommands share; see command.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/render.h"
#include "io/escape.h"
#include "io/file.h"
#include "io/frozen_file.h"
#include "num/decimal.h"
#include "num/format.h"
#include "num/recipe.h"
#include "pass/engine.h"
#include "pass/operands.h"

int
command_end(const ga_status *st)
{
    if (st->code != GA_OK && st->message[0] != '\0') {
        fputs("gradaudit: ", stderr);
        escape_terminal(stderr, st->message);
        fputc('\n', stderr);
    }
    return (int)st->code;
}

int
command_close_stdout(void)
{
    if (ferror(stdout) | fclose(stdout)) {
        fprintf(stderr, "gradaudit: writing to standard output failed\n");
        return GA_IO_ERROR;
    }
    return GA_OK;
}

ga_code
read_figure_base(void *into, const option_row *row, const char *text, ga_status *st)
{
    figure_base *const base = option_field(into, row);
    const char *slash = strrchr(text, '/'), *name = slash != NULL ? slash + 1 : text;
    const size_t length = strlen(name);
    if (length == 0 || length >= sizeof base->name || (size_t)(name - text) >= sizeof base->directory || name[0] == '.' ||
        name[0] == '-' || strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != length)
        return ga_fail(st, GA_USAGE, "-o needs a file name of letters, digits and ._- without an ending");
    snprintf(base->directory, sizeof base->directory, "%.*s", (int)(name - text), text);
    if (slash == NULL)
        snprintf(base->directory, sizeof base->directory, ".");
    snprintf(base->name, sizeof base->name, "%s", name);
    return GA_OK;
}

ga_code
draw_figure(const figure_base *base, const figure *f, ga_status *st)
{
    bool drawn;
    const ga_code code = figures_make(base->directory, f, 1, &drawn, st);
    if (code == GA_OK)
        render_warn(drawn, "only .tsv and .gp were written");
    return code;
}

/* Why a command does not have a format that there is, and one nearby that it has: one with a range of exponents, or one that a
   recipe stores in. Where it has no such, nothing. */
static void
explain_absence(char *text, size_t size, ga_format f, bool (*has)(ga_format))
{
    ga_format g;
    char near[FORMAT_NAME];
    snprintf(near, sizeof near, "p=%ld,emax=127", f.bits < GA_NUMBER_BITS ? f.bits : GA_NUMBER_BITS);
    *text = '\0';
    if (format_any_precision(f) && ga_format_parse(&g, near, NULL) == GA_OK && has(g))
        snprintf(text, size, "; it has no range of exponents, as %s has", near);
    for (int class = 0; class < GA_CLASSES && *text == '\0'; class++)
        if ((recipe_stored(&g, f, class) || recipe_operand(&g, f, class)) && has(g)) {
            format_name(near, sizeof near, g);
            snprintf(text, size, "; it is a precision recipe: name what it stores in, or rounds to, such as %s", near);
        }
}

enum { MOST_RECIPES = 16 };
ga_code
read_format_of(void *into, const option_row *row, const char *text, const char *what, bool (*has)(ga_format), ga_status *st)
{
    const char *name[N_FORMATS + MOST_RECIPES];
    char list[300], hint[FORMAT_NAME + 100];
    ga_format f, recipe;
    if (ga_format_parse(&f, text, NULL) == GA_OK && has(f)) {
        *(ga_format *)option_field(into, row) = f;
        return GA_OK;
    }
    const bool is_one = ga_format_parse(&f, text, NULL) == GA_OK;
    if (!is_one && strpbrk(text, ",=") != NULL)
        ga_format_parse(&f, text, st);
    else {
        word_list formats = { what, name, format_names(name, has) };
        for (size_t i = 0; i < recipe_words.n && i < MOST_RECIPES; i++)
            if (ga_format_parse(&recipe, recipe_words.name[i], NULL) == GA_OK && has(recipe))
                name[formats.n++] = recipe_words.name[i];
        word_names(list, sizeof list, &formats);
        if (is_one)
            explain_absence(hint, sizeof hint, f, has);
        else
            format_hint(hint, sizeof hint, &formats, text);
        ga_fail(st, GA_USAGE, "no %s is called '%.100s': %s%s", what, text, list, hint);
    }
    return option_named(row, GA_USAGE, st);
}

static ga_code
read_explained(void *into, const option_row *row, const char *text, ga_status *st)
{
    ((estimator_options *)into)->format_text = text;
    return read_format_of(into, row, text, "format of explain", format_has_origins, st);
}

static bool
is_native(ga_format f)
{
    return format_equal(f, format_f32) || format_equal(f, format_f64);
}

static ga_code
read_native(void *into, const option_row *row, const char *text, ga_status *st)
{
    return read_format_of(into, row, text, "format of precision", is_native, st);
}

/* It scales tensors by batches. */
static bool
has_scales(ga_format f)
{
    return f.recipe.batch > 0;
}

static ga_code
read_scaled(void *into, const option_row *row, const char *text, ga_status *st)
{
    return read_format_of(into, row, text, "format of scales", has_scales, st);
}

static ga_code
read_format(void *into, const option_row *row, const char *text, ga_status *st)
{
    (void)row;
    ((estimator_options *)into)->format_text = text;
    return ga_format_parse(&((estimator_options *)into)->e.format, text, st);
}

/* Of an option that belongs to --format exact, which stands before it. */
static ga_code
read_exact_count(void *into, const option_row *row, const char *text, ga_status *st)
{
    const bool exact = format_is_reference(((estimator_options *)into)->e.format);
    const ga_code code = read_count(into, row, text, st);
    return code == GA_OK && !exact ? ga_fail(st, GA_USAGE, "--max-bits and --reference-bits come after --format exact") : code;
}

static ga_code
read_positive_or_zero(decimal *x, const option_row *row, const char *text, ga_status *st)
{
    if (!decimal_read(&x->binary64, text, false) || !(x->binary64 >= 0))
        return ga_fail(st, GA_USAGE, "--%s must be 0 or a positive number, not '%s'", row->name, text);
    decimal_read(&x->binary32, text, true);
    return GA_OK;
}

static ga_code
read_smoothing(void *into, const option_row *row, const char *text, ga_status *st)
{
    ((estimator_options *)into)->smoothed = true;
    return read_positive_or_zero(&((estimator_options *)into)->smoothing, row, text, st);
}

static ga_code
read_kappa(void *into, const option_row *row, const char *text, ga_status *st)
{
    ((estimator_options *)into)->hinged = true;
    return read_positive_or_zero(&((estimator_options *)into)->kappa, row, text, st);
}

static ga_code
read_temperature(void *into, const option_row *row, const char *text, ga_status *st)
{
    estimator_options *const o = into;
    o->heated = true;
    if (!decimal_read_inverse(&o->cooling.binary64, text, false))
        return ga_fail(st, GA_USAGE, "--%s must be a positive number, not '%s'", row->name, text);
    decimal_read_inverse(&o->cooling.binary32, text, true);
    return GA_OK;
}

ga_code
read_batch(void *into, const option_row *row, const char *text, ga_status *st)
{
    return option_named(row, recipe_read_batch(option_field(into, row), text, st), st);
}

static ga_code
read_backend(void *into, const option_row *row, const char *text, ga_status *st)
{
    return option_named(row, ga_backend_parse(option_field(into, row), text, st), st);
}

/* The row of all tables that have it. */
#define BACKEND_ROW(what, ...) \
    { "gemm-backend", 0, "NAME", \
      "what multiplies for " what ": dgemm, plain, avx2 or vnni; all give the same bits (auto: the fastest here)", __VA_ARGS__ }

/* The names in formats.def, and what else --format takes. */
static const char formats_help[] =
#define FORMAT(id, kind, name, ...) name ", "
#include "num/formats.def"
    "or p=BITS with emax=E or max=M, with what may follow, such as ftz or saturate; or a precision recipe, "
#define RECIPE(name, ...) name ", "
#include "num/recipes.def"
    "with what may follow, such as loss-scale=1024: see the help of the command formats (float)";

/* An estimator's options, with what a command takes of formats and their products, and what exact products are for. */
#define PASS_ROWS(formats, reader, products, exact) \
    HEADING("Estimator:"), \
    { "format", 0, "FORMAT", formats, INTO(reader, estimator_options, e.format) }, \
    { "formulas", 0, "NAME", "naive or rewrite (naive)", PLAIN_WORD(estimator_options, e.formulas, &formulas_words, GA_NAIVE) }, \
    { "gain", 0, "G", "factor on sigmoid and tanh pre-activations, a number or a fraction (1)", \
      INTO(read_decimal, estimator_options, gain) }, \
    { "logit-scale", 0, "S", "factor on the logits, a number or a fraction (1)", \
      INTO(read_decimal, estimator_options, logit_scale) }, \
    { "gemm", 0, "PRODUCT", products, PLAIN_WORD(estimator_options, e.product, &product_words, GA_LOOP) }, \
    BACKEND_ROW(exact, INTO(read_backend, estimator_options, e.backend))
#define ANY_PASS_ROWS \
    PASS_ROWS(formats_help, read_format, "loop, blas or dot (blas in float and double, dot in mpfr and exact, else loop)", \
              "mpfr and exact"), \
    { "max-bits", 0, "N", "exact: give up at this precision (4096)", \
      read_exact_count, FIELD(estimator_options, e.format.bits), GA_REFERENCE_MIN_BITS, GA_MAX_BITS, NULL }, \
    { "reference-bits", 0, "N", "exact: relative radius at most 2^-N (80)", \
      read_exact_count, FIELD(estimator_options, e.format.reference_bits), GA_RADIUS_MIN_BITS, \
      GA_RADIUS_MAX_BITS, NULL }
#define SCALED_ROW BATCH_ROW(INTO(read_batch, estimator_options, batch))
#define LOSS_ROW \
    { "loss", 0, "NAME", "cross-entropy, margin, dlr, cw, squared-error, bce, nll, logit or probability (cross-entropy)", \
      PLAIN_WORD(estimator_options, e.loss, &loss_words, GA_CROSS_ENTROPY) }, \
    { "label-smoothing", 0, "E", "with cross-entropy: takes E of the label's target, and shares it among all classes (0)", \
      BY(read_smoothing) }, \
    { "kappa", 0, "K", "with cw: the margin beyond which the gradient is 0 (0)", BY(read_kappa) }, \
    { "temperature", 0, "T", "divides the logits: same as --logit-scale 1/T (1)", BY(read_temperature) }

static const option_row backend_rows[] = { HEADING("Exact products:"), BACKEND_ROW("mpfr and exact", BY(read_backend)), { 0 } },
    pass_rows[] = { ANY_PASS_ROWS, SCALED_ROW, { 0 } },
    estimator_rows[] = { ANY_PASS_ROWS, SCALED_ROW, LOSS_ROW, { 0 } },
    explained_rows[] = { PASS_ROWS("float, double, or another with a range of exponents, such as float16 or e4m3,saturate: see "
                                 "gradaudit formats; or a precision recipe, such as amp-float16 (float)",
                                 read_explained,
                                 "loop or blas (blas in float and double, loop in others)", "the exact gradient"),
                         SCALED_ROW, LOSS_ROW, { 0 } },
    native_rows[] = { PASS_ROWS("float or double (float)", read_native, "loop or blas (blas)", "the exact gradient"), LOSS_ROW,
                      { 0 } },
    scaled_rows[] = { PASS_ROWS("a precision recipe that scales tensors (fp8-hybrid)", read_scaled, "loop or blas (blas)",
                                "the exact gradient"),
                      SCALED_ROW, LOSS_ROW, { 0 } };
const option_set backend_set = { backend_rows, PLACE_BACKEND, NULL, NULL },
    pass_set = { pass_rows, PLACE_ESTIMATOR, NULL, NULL },
    estimator_set = { estimator_rows, PLACE_ESTIMATOR, NULL, NULL },
    explained_set = { explained_rows, PLACE_ESTIMATOR, NULL, NULL }, native_set = { native_rows, PLACE_ESTIMATOR, NULL, NULL },
    scaled_set = { scaled_rows, PLACE_ESTIMATOR, NULL, NULL };

const estimator_options estimator_default = { .e = { .format = { FORMAT_DEFAULT }, .gain = 1, .logit_scale = 1 },
                                              .gain = DECIMAL(1.0), .logit_scale = DECIMAL(1.0) };

ga_code
estimator_settle(estimator_options *o, const ga_model *model, ga_status *st)
{
    if (o->heated && o->logit_scale.binary64 != 1)
        return ga_fail(st, GA_USAGE, "--temperature T is --logit-scale 1/T: say one of them");
    if (o->heated)
        o->logit_scale = o->cooling;
    o->e.gain = decimal_of(o->gain, model);
    o->e.logit_scale = decimal_of(o->logit_scale, model);
    char *path, *const words = recipe_take_file(&path, o->format_text != NULL ? o->format_text : "", ",");
    ga_code code = words == NULL    ? ga_fail(st, GA_NO_MEMORY, "out of memory for the name of a file")
                   : o->e.gain != 1 ? pass_check_gain(model, "--logit-scale S", st) : GA_OK;
    free(words);
    if (code == GA_OK && o->smoothed)
        code = engine_set_number(&o->e, true, decimal_of(o->smoothing, model), st);
    if (code == GA_OK && o->hinged)
        code = engine_set_number(&o->e, false, decimal_of(o->kappa, model), st);
    if (code == GA_OK && o->batch > 0 && !recipe_set_batch(&o->e.format, o->batch))
        code = ga_fail(st, GA_USAGE, "--batch is of a recipe that scales by batches, such as --format fp8-hybrid");
    if (code == GA_OK && path != NULL)
        code = frozen_read(&o->e.format.recipe.frozen, path, st);
    free(path);
    return code == GA_OK ? operands_check(&o->e, model, st) : code;
}

void
estimator_free(estimator_options *o)
{
    frozen_drop(&o->e.format);
}

/* To be freed unless it is the buffer; NULL: out of memory. */
static char *
number_text(char *buffer, size_t size, number_printer *print, const ga_block *b, size_t i, size_t k, int digits)
{
    char *text = buffer;
    const int length = print(buffer, size, b, i, k, digits);
    if (length >= (int)size && (text = malloc((size_t)length + 1)) != NULL)
        print(text, (size_t)length + 1, b, i, k, digits);
    return length < 0 ? NULL : text;
}

ga_code
print_number(FILE *out, number_printer *print, const ga_block *b, size_t i, size_t k, int digits, ga_status *st)
{
    char buffer[160], *const text = number_text(buffer, sizeof buffer, print, b, i, k, digits);
    if (text == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a number's digits");
    fputs(text, out);
    if (text != buffer)
        free(text);
    return ferror(out) ? ga_fail(st, GA_IO_ERROR, "writing to standard output failed") : GA_OK;
}

json_t *
number_json(number_printer *print, const ga_block *b, size_t i, size_t k, int digits)
{
    char buffer[160], *const text = number_text(buffer, sizeof buffer, print, b, i, k, digits);
    json_t *const o = text != NULL ? json_string(text) : NULL;
    if (text != buffer)
        free(text);
    return o;
}
