/* SPDX-License-Identifier: Apache-2.0 */
/* operands.c -- see operands.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/escape.h"
#include "pass/operands.h"

const char *const tensor_classes[GA_CLASSES] = { "activation", "gradient", "parameter" };

void
tensor_name(char text[TENSOR_NAME], const program *p, const ga_graph *g, const stored_value *t)
{
    const op_value *const v = p->value + t->value;
    if (v->role == VALUE_INPUT)
        snprintf(text, TENSOR_NAME, "input");
    else if (v->role == VALUE_PARAMETER)
        snprintf(text, TENSOR_NAME, "%s", g->parameter[t->value - p->parameter].name);
    else if (v->of != NO_VALUE && p->value[v->of].role == VALUE_INPUT)
        snprintf(text, TENSOR_NAME, "gradient of the input");
    else if (t->class == GA_GRADIENT)
        snprintf(text, TENSOR_NAME, "gradient of %s: %s", g->node[v->of != NO_VALUE ? p->value[v->of].node : v->node].name,
                 v->what);
    else
        snprintf(text, TENSOR_NAME, "%s: %s", g->node[v->node].name, v->what);
}

static int
class_of(const program *p, value_id v)
{
    const size_t maker = program_maker(p, v);
    if (p->value[v].role == VALUE_PARAMETER || maker < p->n_once)
        return GA_WEIGHT;
    return maker >= p->n_forward && maker < p->n ? GA_GRADIENT : GA_ACTIVATION;
}

/* The name of the last of n, which is none of those before it. False: out of memory. */
static bool
set_name(operand *o, size_t n, const program *p, const ga_graph *g)
{
    operand *const last = o + n - 1;
    size_t same = 1;
    char name[TENSOR_NAME];
    tensor_name(name, p, g, &last->of);
    char *const escaped = escape_copy(escape_terminal, name);
    if (escaped == NULL)
        return false;
    snprintf(last->name, OPERAND_NAME, "%s", escaped);
    for (size_t i = 0; i + 1 < n; i++)
        if (strcmp(o[i].name, last->name) == 0) {
            snprintf(last->name, OPERAND_NAME, "%s (%zu)", escaped, ++same);
            i = (size_t)-1; /* from the first again */
        }
    free(escaped);
    return true;
}

static bool
is_listed(const operand *o, size_t n, value_id v)
{
    for (size_t i = 0; i < n; i++)
        if (o[i].of.value == v)
            return true;
    return false;
}

operand *
program_operands(size_t *n, const program *p, const ga_graph *g, ga_format f)
{
    operand *const o = calloc(p->n_values + 1, sizeof *o);
    program *const s = o != NULL ? program_stored(p, f, GA_REWRITE, NULL) : NULL;
    bool ok = s != NULL;
    *n = 0;
    for (size_t k = 0; ok && k < s->n; k++) {
        const value_id v = s->code[k].op == OP_store_scaled ? s->value[s->code[k].out[0]].plain : NO_VALUE;
        if (v == NO_VALUE || is_listed(o, *n, v))
            continue;
        o[(*n)++].of = (stored_value){ v, class_of(p, v) };
        ok = set_name(o, *n, p, g);
    }
    program_free(s);
    if (ok)
        return o;
    free(o);
    return NULL;
}

int *
program_exponents(const program *p, const ga_graph *g, ga_format f)
{
    size_t n;
    operand *const o = program_operands(&n, p, g, f);
    int *const exponent = o != NULL ? calloc(p->n_values + 1, sizeof *exponent) : NULL;
    for (size_t i = 0; exponent != NULL && i < n && f.recipe.frozen != NULL; i++) {
        const frozen_scale *const found = frozen_find(f.recipe.frozen, o[i].name);
        exponent[o[i].of.value] = found != NULL ? found->exponent : 0;
    }
    free(o);
    return exponent;
}
