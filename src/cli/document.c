/* SPDX-License-Identifier: Apache-2.0 */
/* document.c -- see document.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/plan.h"
#include "cli/document.h"
#include "num/format.h"
#include "num/frozen.h"
#include "pass/engine.h"

enum { FLAGS = JSON_ENSURE_ASCII | JSON_REAL_PRECISION(17), VERSION = 1 };

static const option_row rows[] = {
    HEADING("For programs:"),
    { "json", 0, NULL, "print the result as one JSON document, its numbers exact", read_flag, 0, sizeof(bool), true, 0, NULL },
    { 0 }
};
const option_set json_set = { rows, PLACE_JSON, NULL, NULL };

static ga_code
out_of_memory(ga_status *st)
{
    return ga_fail(st, GA_NO_MEMORY, "out of memory for a JSON document");
}

/* Its words, one by one. */
static json_t *
document_estimator(const ga_estimator *e)
{
    char name[GA_ESTIMATOR_NAME], format[FORMAT_NAME];
    ga_estimator_name(name, sizeof name, e);
    format_name(format, sizeof format, e->format);
    json_t *const o = json_pack("{s:s,s:s,s:s,s:s,s:s,s:f,s:f}", "name", name, "format", format, "formulas",
                                formulas_words.name[e->formulas], "product", ga_product_name(e), "loss", loss_words.name[e->loss],
                                "gain", e->gain, "logit_scale", e->logit_scale);
    if (o != NULL && e->number != 0)
        json_object_set_new(o, e->loss == GA_CW ? "kappa" : "label_smoothing", json_real(e->number));
    if (o != NULL && e->format.recipe.frozen != NULL)
        json_object_set_new(o, "scales_sha256", json_string(e->format.recipe.frozen->sha256));
    if (o != NULL && format_is_reference(e->format)) {
        json_object_set_new(o, "max_bits", json_integer(e->format.bits));
        json_object_set_new(o, "reference_bits", json_integer(e->format.reference_bits > 0 ? e->format.reference_bits
                                                                                           : GA_REFERENCE_BITS));
    }
    return o;
}

json_t *
document_attack(const ga_attack *attack)
{
    char name[GA_ESTIMATOR_NAME];
    if (!attack->random)
        return document_estimator(&attack->estimator);
    ga_attack_name(name, sizeof name, attack);
    return json_pack("{s:s,s:I}", "name", name, "seed", (json_int_t)attack->seed);
}

static bool
add_inputs(json_t *head, const sources *in, ga_status *st)
{
    const ga_audit_job job = { .model = in->model, .ds = in->ds };
    if (!plan_head_inputs(head, &job, st))
        return false;
    if (in->ds != NULL && in->ds->target != NULL)
        json_object_set_new(head, in->ds->upstream ? "upstream_sha256" : "targets_sha256", json_string(in->ds->targets_sha256));
    return in->ds == NULL || json_object_set_new(head, "images", json_pack("[I,I]", (json_int_t)in->range.first,
                                                                           (json_int_t)in->range.last)) == 0;
}

json_t *
document_head(const char *kind, const sources *in, const ga_estimator *e, ga_status *st)
{
    ga_status own = { 0 };
    json_t *const head = json_pack("{s:s,s:i}", "kind", kind, "schema", VERSION);
    ga_estimator whole;
    if (e != NULL)
        whole = engine_estimator(e, in->model);
    if (head != NULL && (in == NULL || add_inputs(head, in, &own)) &&
        (e == NULL || json_object_set_new(head, "estimator", document_estimator(&whole)) == 0))
        return head;
    json_decref(head);
    if (own.code == GA_OK)
        out_of_memory(&own);
    *st = own;
    return NULL;
}

bool
document_numbers(json_t *o, const ga_number *number, size_t n)
{
    static const char *const states[] = { [GA_ZERO] = "zero", [GA_SUBNORMAL] = "subnormal", [GA_NORMAL] = "normal",
                                          [GA_INFINITE] = "infinite", [GA_NAN] = "nan", [GA_UNKNOWN] = "undecided" };
    json_t *const sign = json_array(), *const mantissa = json_array(), *const exponent = json_array(), *const state = json_array();
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) {
        const ga_number *const a = number + i;
        const bool open = a->klass == GA_UNKNOWN && a->exponent == INT64_MAX;
        ok = json_array_append_new(sign, json_integer(a->sign)) == 0 &&
             json_array_append_new(mantissa, isfinite(a->mantissa) ? json_real(a->mantissa) : json_null()) == 0 &&
             json_array_append_new(exponent, open ? json_null() : json_integer(a->exponent)) == 0 &&
             json_array_append_new(state, json_string(states[a->klass])) == 0;
    }
    const int failed = json_object_set_new(o, "sign", sign) | json_object_set_new(o, "mantissa", mantissa) |
                       json_object_set_new(o, "exponent", exponent) | json_object_set_new(o, "state", state);
    return ok && failed == 0;
}

bool
document_has_decimals(ga_format format, int digits)
{
    return digits > 0 || (!format_is_reference(format) && format.bits > 53);
}

json_t *
document_case(json_t *o, const ga_block *b, size_t i, size_t n, number_reader *read, number_printer *print, const ga_estimator *e,
              int digits)
{
    ga_number *const number = malloc(n * sizeof *number);
    json_t *const decimals = document_has_decimals(e->format, digits) ? json_array() : NULL;
    bool ok = number != NULL;
    if (ok) {
        read(number, b, i);
        ok = document_numbers(o, number, n);
    }
    free(number);
    for (size_t k = 0; k < n && ok && decimals != NULL; k++)
        ok = json_array_append_new(decimals, number_json(print, b, i, k, digits)) == 0;
    ok = (decimals == NULL || json_object_set_new(o, "decimal", decimals) == 0) && ok;
    if (ok)
        return o;
    json_decref(o);
    return NULL;
}

static ga_code
check_written(FILE *out, ga_status *st)
{
    return ferror(out) ? ga_fail(st, GA_IO_ERROR, "writing to standard output failed") : GA_OK;
}

/* The head without its last brace, and the name of one more member. */
ga_code
document_begin(json_t *head, const char *list, ga_status *st)
{
    char *const text = json_dumps(head, FLAGS);
    json_decref(head);
    if (text == NULL)
        return out_of_memory(st);
    printf("%.*s, \"%s\": [\n", (int)strlen(text) - 1, text, list);
    free(text);
    return check_written(stdout, st);
}

ga_code
document_piece(FILE *out, json_t *piece, bool first, ga_status *st)
{
    char *const text = json_dumps(piece, FLAGS);
    json_decref(piece);
    if (text == NULL)
        return out_of_memory(st);
    fprintf(out, "%s%s", first ? "" : ",\n", text);
    free(text);
    return check_written(out, st);
}

ga_code
document_end(ga_status *st)
{
    fputs("\n]}\n", stdout);
    return check_written(stdout, st);
}

ga_code
document_print(json_t *head, const char *name, json_t *member, ga_status *st)
{
    char *const text = json_object_set_new(head, name, member) == 0 ? json_dumps(head, FLAGS | JSON_INDENT(1)) : NULL;
    json_decref(head);
    if (text == NULL)
        return out_of_memory(st);
    printf("%s\n", text);
    free(text);
    return check_written(stdout, st);
}
