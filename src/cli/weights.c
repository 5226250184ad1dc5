/* SPDX-License-Identifier: Apache-2.0 */
/* weights.c -- see weights.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/weights.h"
#include "io/escape.h"
#include "report/table.h"

/* What is printed; a tensor of a document, whose numbers come one by one. */
typedef struct {
    ga_undecided *undecided;
    char *name; /* NULL: none has begun */
    ga_number *number;
    json_t *decimal; /* or NULL: not wanted */
    size_t n, room, tensors;
} tensor_making;

static void
count(const tensor_making *t, const ga_number *number)
{
    if (number->klass == GA_UNKNOWN)
        ga_undecided_add(t->undecided, (ga_undecided){ 1, number->exponent });
}

static ga_code
print_weight(void *data, const char *tensor, size_t element, const ga_number *number, const char *text)
{
    count(data, number);
    escape_tsv(stdout, tensor); /* of a file's own node */
    return printf("\t%zu\t%s\n", element, text) < 0 ? GA_IO_ERROR : GA_OK;
}

static ga_code
put_tensor(tensor_making *t, ga_status *st)
{
    json_t *o = json_object();
    if (json_object_set_new(o, "tensor", table_word(t->name)) != 0 || !document_numbers(o, t->number, t->n) ||
        (t->decimal != NULL && json_object_set_new(o, "decimal", json_copy(t->decimal)) != 0)) {
        json_decref(o);
        o = NULL;
    }
    json_array_clear(t->decimal);
    t->n = 0;
    return document_piece(stdout, o, t->tensors++ == 0, st);
}

static ga_code
begin_tensor(tensor_making *t, const char *name)
{
    const ga_code code = t->n > 0 ? put_tensor(t, NULL) : GA_OK;
    free(t->name);
    t->name = strdup(name);
    return code == GA_OK && t->name == NULL ? GA_NO_MEMORY : code;
}

static ga_code
put_weight(void *data, const char *tensor, size_t element, const ga_number *number, const char *text)
{
    tensor_making *const t = data;
    const ga_code code = element == 0 ? begin_tensor(t, tensor) : GA_OK;
    if (code != GA_OK)
        return code;
    if (t->n == t->room) {
        const size_t room = 2 * t->room + 1024;
        ga_number *const more = realloc(t->number, room * sizeof *more);
        if (more == NULL)
            return GA_NO_MEMORY;
        t->number = more;
        t->room = room;
    }
    count(t, number);
    t->number[t->n++] = *number;
    return t->decimal == NULL || json_array_append_new(t->decimal, json_string(text)) == 0 ? GA_OK : GA_NO_MEMORY;
}

ga_code
weights_print(ga_undecided *undecided, const sources *in, const ga_estimator *e, int digits, bool json, json_t *head, ga_status *st)
{
    tensor_making t = { .undecided = undecided, .decimal = json && document_has_decimals(e->format, digits) ? json_array() : NULL };
    ga_code code = json ? document_begin(head, "tensors", st) : GA_OK;
    if (!json)
        puts("#tensor\telement\tvalue");
    if (code == GA_OK)
        code = ga_weight_gradient(in->model, in->ds, in->range, e, in->threads, digits, json ? put_weight : print_weight, &t, st);
    if (code == GA_OK && t.n > 0)
        code = put_tensor(&t, st);
    if (code == GA_OK && json)
        code = document_end(st);
    free(t.name);
    free(t.number);
    json_decref(t.decimal);
    return code;
}
