/* SPDX-License-Identifier: Apache-2.0 */
/* stored_rewriting.c -- see stored_rewriting.h */
#include "graph/stored_rewriting.h"
#include "num/format.h"
#include "num/recipe.h"

void
rewriting_copied(rewriting *r, value_id v, value_id plain, int scaled, bool stored)
{
    op_value *const to = r->b.p->value + v;
    to->plain = plain;
    to->scaled = scaled;
    to->stored = stored;
}

value_id
rewriting_store(rewriting *r, value_id v, op_id op, const op_attributes *a)
{
    const value_id s = builder_emit(&r->b, op, &v, a);
    if (s == NO_VALUE)
        return s;
    const op_value from = r->b.p->value[v];
    r->b.p->value[s].what = from.what;
    rewriting_copied(r, s, from.plain, from.scaled, true);
    r->b.p->value[s].other = from.other;
    r->b.p->value[s].power = from.power;
    if (op != OP_store)
        r->b.p->value[r->b.p->code[r->b.p->n - 1].out[1]].plain = NO_VALUE;
    return s;
}

bool
rewriting_format(ga_format *g, const rewriting *r, value_id plain, int class)
{
    const ga_stored_formats *const each = r->f.recipe.each;
    if (each == NULL)
        return recipe_stored(g, r->f, class);
    *g = plain < each->n ? each->format[plain] : (ga_format){ .bits = 0 };
    return g->bits > 0;
}

value_id
rewriting_stored(rewriting *r, value_id v, int class)
{
    ga_format g;
    if (v == NO_VALUE || !rewriting_format(&g, r, r->b.p->value[v].plain, class))
        return v;
    return rewriting_store(r, v, OP_store, &(op_attributes){ .format = g });
}
