/* SPDX-License-Identifier: Apache-2.0 */
/* stored_elementwise.c -- derivatives made of functions' stored values a, and gradients g times these; see stored_elementwise.h.

   Once: of sigmoid g (a (1 - a)), of tanh g (1 - a a), computed as they are and stored once.
   Each: of sigmoid (g (1 - a)) a, of tanh g (1 - a a), and what each operator makes is stored: of numbers of the network as these
   are, of gradients as those are. So PyTorch's kernels on CUDA compute them (BinaryMiscBackwardOpsKernels.cu), whose operators on
   Half and BFloat16 round; all other kernels of networks have one operator, or compute in float.
   The truths of what stands between are those of the whole, divided by a factor, or a squared. */
#include "graph/stored_elementwise.h"

/* What an operator makes, and stores: the value `plain` of p, times `other` to a power. */
static value_id
made(rewriting *r, op_id op, const value_id *in, const char *what, value_id plain, value_id other, int power, int class)
{
    const value_id v = builder_emit(&r->b, op, in, NULL);
    if (v == NO_VALUE)
        return v;
    op_value *const value = r->b.p->value + v;
    rewriting_copied(r, v, plain, class == GA_GRADIENT ? r->b.p->value[in[0]].scaled : 0, false);
    value->what = what;
    value->other = other;
    value->power = power;
    return rewriting_stored(r, v, class);
}

static void
by_operators(rewriting *r, const instruction *i)
{
    const op_graph *const row = op_graph_of(i->op);
    const value_id a = r->now[i->out[0]], d = i->out[1];
    const bool times = row->slope.times;
    value_id of = a;
    if (row->slope.square)
        of = made(r, OP_mul, (value_id[]){ a, a }, "square", i->out[0], i->out[0], 1, GA_ACTIVATION);
    const value_id c = of == NO_VALUE ? of : made(r, OP_complement, &of, op_graph_of(OP_complement)->out[0], d,
                                                  times ? i->out[0] : NO_VALUE, times ? -1 : 0, GA_ACTIVATION);
    if (c == NO_VALUE)
        return;
    r->now[d] = c;
    r->times[d] = times ? a : 0;
}

void
elementwise_slope(rewriting *r, const instruction *i)
{
    const op_graph *const row = op_graph_of(i->op);
    ga_format g;
    if (r->b.failed || row->slope.op == 0 || r->formulas != GA_NAIVE)
        return;
    if (r->f.recipe.elementwise == GA_ROUNDED_EACH) {
        by_operators(r, i);
        return;
    }
    if (!rewriting_format(&g, r, i->out[0], GA_ACTIVATION))
        return;
    const value_id slope = builder_emit(&r->b, row->slope.op, &r->now[i->out[0]], NULL);
    if (slope == NO_VALUE)
        return;
    rewriting_copied(r, slope, i->out[1], 0, true);
    r->now[i->out[1]] = slope;
}

bool
elementwise_times(rewriting *r, const instruction *i)
{
    const value_id a = i->op == OP_mul ? r->times[i->in[1]] : 0;
    if (a == 0)
        return false;
    const value_id in[] = { r->now[i->in[0]], r->now[i->in[1]] }, to = i->out[0];
    r->b.node = i->node;
    const value_id first = made(r, OP_mul, in, "partial product", to, r->b.p->value[a].plain, -1, GA_GRADIENT);
    if (first == NO_VALUE)
        return true;
    r->now[to] = made(r, OP_mul, (value_id[]){ first, a }, op_graph_of(OP_mul)->out[0], to, NO_VALUE, 0, GA_GRADIENT);
    r->class[to] = GA_GRADIENT;
    return true;
}
