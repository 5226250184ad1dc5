/* SPDX-License-Identifier: Apache-2.0 */
/* common.c -- the options that subcommands share; see command.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/render.h"
#include "io/escape.h"
#include "io/file.h"
#include "num/decimal.h"
#include "num/format.h"
#include "pass/engine.h"

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

double
parse_positive(const char *text, const char *what, struct argp_state *state)
{
    double value;
    if (!decimal_read(&value, text, false) || !(value > 0))
        usage_error(state, "%s must be a positive number, not '%s'", what, text);
    return value;
}

decimal
parse_decimal(const char *text, const char *what, struct argp_state *state)
{
    decimal x = { .binary64 = parse_positive(text, what, state) };
    decimal_read(&x.binary32, text, true);
    return x;
}

/* A non-zero number that rounds to 0 is refused: it would be another attack than the one asked for. */
decimal
parse_step(const char *text, const char *what, struct argp_state *state)
{
    const char *digit = strpbrk(text, "123456789");
    decimal x = { 0 };
    if (!decimal_read(&x.binary64, text, false) || x.binary64 < 0)
        usage_error(state, "%s must be 0 or a positive number, such as 0.25 or 8/255, not '%s'", what, text);
    if (x.binary64 == 0 && digit != NULL && digit < text + strcspn(text, "eEpP/"))
        usage_error(state, "%s must be 0, or so large that binary64 can tell it from 0, not '%s'", what, text);
    decimal_read(&x.binary32, text, true);
    return (decimal){ .binary32 = x.binary32 + 0, .binary64 = x.binary64 + 0 }; /* -0 becomes 0 */
}

double
decimal_of(decimal x, const ga_model *model)
{
    return model->dtype == GA_F32 ? x.binary32 : x.binary64;
}

int
parse_word(const word_list *w, const char *text, const char *what, struct argp_state *state)
{
    ga_status st = { 0 };
    const int place = word_parse(w, text, &st);
    if (place < 0)
        usage_error(state, "%s: %s", what, st.message);
    return place;
}

long
parse_count(const char *text, const char *what, long least, long most, struct argp_state *state)
{
    char *end;
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value < least || value > most)
        usage_error(state, "%s must be a number from %ld to %ld, not '%s'", what, least, most, text);
    return value;
}

void
parse_figure_base(figure_base *base, const char *text, struct argp_state *state)
{
    const char *slash = strrchr(text, '/'), *name = slash != NULL ? slash + 1 : text;
    const size_t length = strlen(name);
    if (length == 0 || length >= sizeof base->name || (size_t)(name - text) >= sizeof base->directory || name[0] == '.' ||
        name[0] == '-' || strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") != length)
        usage_error(state, "-o needs a file name of letters, digits and ._- without an ending");
    snprintf(base->directory, sizeof base->directory, "%.*s", (int)(name - text), text);
    if (slash == NULL)
        snprintf(base->directory, sizeof base->directory, ".");
    snprintf(base->name, sizeof base->name, "%s", name);
}

ga_code
draw_figure(const figure_base *base, const figure *f, ga_status *st)
{
    bool drawn;
    const ga_code code = figure_make(base->directory, f, &drawn, st);
    if (code == GA_OK)
        render_warn(drawn, "only .tsv and .gp were written");
    return code;
}

enum { OPTION_FORMAT = 256, OPTION_FORMULAS, OPTION_GEMM, OPTION_BACKEND, OPTION_GAIN, OPTION_SCALE, OPTION_MAX_BITS,
       OPTION_REFERENCE_BITS, OPTION_LOSS };

/* The option of all argps that have it. */
#define BACKEND_OPTION(group, what) \
    { "gemm-backend", OPTION_BACKEND, "NAME", 0, \
      "what multiplies for " what ": dgemm, plain, avx2 or vnni; all give the same bits (auto: the fastest here)", group }

static const struct argp_option backend_options[] = { { NULL, 0, NULL, 0, "Exact products:", 6 },
                                                      BACKEND_OPTION(6, "mpfr and exact"), { 0 } };

static void
set_backend(ga_backend *backend, const char *arg, struct argp_state *state)
{
    ga_status st = { 0 };
    if (ga_backend_parse(backend, arg, &st) != GA_OK)
        usage_error(state, "--gemm-backend: %s", st.message);
}

static error_t
parse_backend(int key, char *arg, struct argp_state *state)
{
    if (key != OPTION_BACKEND)
        return ARGP_ERR_UNKNOWN;
    set_backend(state->input, arg, state);
    return 0;
}

const struct argp backend_argp = { backend_options, parse_backend, NULL, NULL, NULL, NULL, NULL };

/* An estimator's options, with what a command takes of formats and their products, and what exact products are for. */
#define PASS_OPTIONS(formats, products, exact) \
    { NULL, 0, NULL, 0, "Estimator:", 2 }, \
    { "format", OPTION_FORMAT, "FORMAT", 0, formats " (float)", 2 }, \
    { "formulas", OPTION_FORMULAS, "NAME", 0, "naive or rewrite (naive)", 2 }, \
    { "gain", OPTION_GAIN, "G", 0, "factor on sigmoid and tanh pre-activations, a number or a fraction (1)", 2 }, \
    { "logit-scale", OPTION_SCALE, "S", 0, "factor on the logits, a number or a fraction (1)", 2 }, \
    { "gemm", OPTION_GEMM, "PRODUCT", 0, products, 2 }, \
    BACKEND_OPTION(2, exact)
#define LOSS_OPTION { "loss", OPTION_LOSS, "NAME", 0, "cross-entropy, margin or squared-error (cross-entropy)", 2 }

static const struct argp_option pass_table[] = {
    PASS_OPTIONS("float, double, float16, mpfr:BITS or exact", "loop, blas or dot (blas; loop for float16, dot for mpfr)",
                 "mpfr and exact"),
    { "max-bits", OPTION_MAX_BITS, "N", 0, "exact: give up at this precision (4096)", 2 },
    { "reference-bits", OPTION_REFERENCE_BITS, "N", 0, "exact: relative radius at most 2^-N (80)", 2 },
    { 0 }
};
static const struct argp_option estimator_table[] = { LOSS_OPTION, { 0 } };
static const struct argp_option explained_table[] = { PASS_OPTIONS("float or double", "loop or blas (blas)", "the exact gradient"),
                                                      LOSS_OPTION, { 0 } };

const estimator_options estimator_default = { .e = { .format = { FORMAT_DEFAULT }, .gain = 1, .logit_scale = 1 },
                                              .gain = DECIMAL(1.0), .logit_scale = DECIMAL(1.0) };

ga_code
estimator_settle(estimator_options *o, const ga_model *model, ga_status *st)
{
    o->e.gain = decimal_of(o->gain, model);
    o->e.logit_scale = decimal_of(o->logit_scale, model);
    return o->e.gain != 1 ? pass_check_gain(model, "--logit-scale S", st) : GA_OK;
}

/* These options belong to --format exact, which stands before them. */
static void
set_exact(const ga_estimator *e, long *field, long value, struct argp_state *state)
{
    if (!format_is_reference(e->format))
        usage_error(state, "--max-bits and --reference-bits come after --format exact");
    *field = value;
}

static error_t
parse_pass(int key, char *arg, struct argp_state *state)
{
    estimator_options *o = state->input;
    ga_estimator *const e = &o->e;
    ga_status st = { 0 };
    switch (key) {
    case OPTION_FORMAT:
        ga_format_parse(&e->format, arg, &st);
        o->format_given = true;
        break;
    case OPTION_FORMULAS:
        ga_formulas_parse(&e->formulas, arg, &st);
        break;
    case OPTION_MAX_BITS:
        set_exact(e, &e->format.bits, parse_count(arg, "--max-bits", GA_REFERENCE_MIN_BITS, GA_MAX_BITS, state), state);
        break;
    case OPTION_REFERENCE_BITS:
        set_exact(e, &e->format.reference_bits, parse_count(arg, "--reference-bits", 60, 4000, state), state);
        break;
    case OPTION_GEMM:
        ga_product_parse(&e->product, arg, &st);
        break;
    case OPTION_BACKEND:
        set_backend(&e->backend, arg, state);
        return 0;
    case OPTION_GAIN:
        o->gain = parse_decimal(arg, "--gain", state);
        break;
    case OPTION_SCALE:
        o->logit_scale = parse_decimal(arg, "--logit-scale", state);
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    if (st.code != GA_OK)
        usage_error(state, "%s", st.message);
    return 0;
}

const struct argp pass_argp = { pass_table, parse_pass, NULL, NULL, NULL, NULL, NULL };

static error_t
parse_estimator(int key, char *arg, struct argp_state *state)
{
    estimator_options *o = state->input;
    ga_status st = { 0 };
    if (key == ARGP_KEY_INIT)
        state->child_inputs[0] = o;
    else if (key != OPTION_LOSS)
        return ARGP_ERR_UNKNOWN;
    else if (ga_loss_parse(&o->e.loss, arg, &st) != GA_OK)
        usage_error(state, "%s", st.message);
    return 0;
}

/* The formats of its table are those with origins. */
static error_t
parse_explained(int key, char *arg, struct argp_state *state)
{
    if (key == OPTION_LOSS)
        return parse_estimator(key, arg, state);
    if (key != OPTION_FORMAT)
        return parse_pass(key, arg, state);
    const char *name[N_FORMATS];
    const word_list formats = { "format of explain", name, format_names(name, format_has_origins) };
    estimator_options *o = state->input;
    ga_format_parse(&o->e.format, name[parse_word(&formats, arg, "--format", state)], NULL);
    return 0;
}

static const struct argp_child estimator_children[] = { { &pass_argp, 0, NULL, 0 }, { 0 } }; /* one group */
const struct argp estimator_argp = { estimator_table, parse_estimator, NULL, NULL, estimator_children, NULL, NULL };
const struct argp explained_argp = { explained_table, parse_explained, NULL, NULL, NULL, NULL, NULL };

ga_code
print_number(number_printer *print, const ga_block *b, size_t i, size_t k, int digits, ga_status *st)
{
    char buffer[160], *text = buffer;
    const int length = print(buffer, sizeof buffer, b, i, k, digits);
    if (length >= (int)sizeof buffer && (text = malloc((size_t)length + 1)) != NULL)
        print(text, (size_t)length + 1, b, i, k, digits);
    if (length < 0 || text == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a number's digits");
    fputs(text, stdout);
    if (text != buffer)
        free(text);
    return ferror(stdout) ? ga_fail(st, GA_IO_ERROR, "writing to standard output failed") : GA_OK;
}
