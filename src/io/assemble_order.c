/* SPDX-License-Identifier: Apache-2.0 */
/* assemble_order.c -- how the weights lie, and in which order the layers come; see assemble.h

   A weight of shape [a, b] is [outputs, inputs] in PyTorch's layout and [inputs, outputs] in Keras'. All weights of a file have the
   same layout. Each layer's bias, and having as many inputs as the layer before has outputs, leave one of the two unless all
   matrices are square. Otherwise only the file decides: ONNX, the metadata string layout, and format: pt, with which PyTorch's
   users save. */
#include <string.h>

#include "io/assemble.h"
#include "model/names.h"

enum { MOST_STEPS = 100000 /* of the search for an order */ };

static size_t
inputs(const layer *l, ga_layout layout)
{
    return l->weight->dim[layout == GA_OUT_IN];
}

static size_t
outputs(const layer *l, ga_layout layout)
{
    return l->weight->dim[layout == GA_IN_OUT];
}

static bool
biases_fit(const assembly *p, ga_layout layout)
{
    for (size_t l = 0; l < p->n; l++)
        if (p->layer[l].bias != NULL && bias_size(p->layer[l].bias) != outputs(p->layer + l, layout))
            return false;
    return true;
}

/* What the format or the metadata say, which the user may only repeat; else what the user says; else format: pt. */
static ga_code
find_layout(ga_layout *layout, const assembly *p, const tensors *t)
{
    const char *const text = tensors_find_meta(t, "layout"), *const format = tensors_find_meta(t, "format");
    ga_status fault = { 0 };
    const int said = text != NULL ? GA_OUT_IN + word_parse(&layout_words, text, &fault) : (int)t->layout;
    const ga_layout asked = p->source->options->layout;
    if (fault.code != GA_OK)
        return FILE_FAULT(p, "%s", fault.message);
    *layout = said != GA_ANY_LAYOUT ? (ga_layout)said : asked;
    if (*layout == GA_ANY_LAYOUT && format != NULL && strcmp(format, "pt") == 0)
        *layout = GA_OUT_IN;
    return asked == GA_ANY_LAYOUT || asked == *layout
               ? GA_OK : FILE_FAULT(p, "it says itself that its weights are %s: --layout cannot make them %s",
                                    *layout == GA_OUT_IN ? "out-in" : "in-out", asked == GA_OUT_IN ? "out-in" : "in-out");
}

/* Whether a comes before b by their names: numbers in otherwise equal names, or a word such as input or output. */
static bool
is_before(const layer *a, const layer *b)
{
    if (a->name.precedence != b->name.precedence)
        return a->name.precedence < b->name.precedence;
    return strcmp(a->name.pattern, b->name.pattern) == 0 && tensor_name_compare(&a->name, &b->name) < 0;
}

/* Whether a layer that is not used yet must come before layer l. */
static bool
must_wait(const assembly *p, size_t l, const bool *used)
{
    for (size_t k = 0; k < p->n; k++)
        if (!used[k] && k != l && is_before(p->layer + k, p->layer + l))
            return true;
    return false;
}

/* Orders of the layers that chain: counts to two, and keeps the last one found; false if the search is given up. */
static bool
search(assembly *p, ga_layout layout, bool *used, size_t *path, size_t depth, size_t *found, size_t *steps)
{
    if (depth == p->n) {
        memcpy(p->order, path, p->n * sizeof *path);
        p->layout = layout;
        return ++*found < 2;
    }
    for (size_t l = 0; l < p->n; l++) {
        if (used[l] || (p->named && must_wait(p, l, used)) ||
            (depth > 0 && inputs(p->layer + l, layout) != outputs(p->layer + path[depth - 1], layout)))
            continue;
        if (++*steps > MOST_STEPS)
            return false;
        used[l] = true;
        path[depth] = l;
        const bool go_on = search(p, layout, used, path, depth + 1, found, steps);
        used[l] = false;
        if (!go_on)
            return false;
    }
    return true;
}

/* The orders that chain in a layout: 0, 1, or 2 for more than one or no end. */
static size_t
count_orders(assembly *p, ga_layout layout)
{
    bool used[GA_MAX_LAYERS] = { false };
    size_t path[GA_MAX_LAYERS], found = 0, steps = 0;
    if (!biases_fit(p, layout))
        return 0;
    return search(p, layout, used, path, 0, &found, &steps) ? found : 2;
}

/* Why numbered layers do not chain. */
static ga_code
explain_break(const assembly *p, ga_layout layout)
{
    static const char by_name[] = "; if this is not the order of the layers, or weights and biases are mixed up, " PLACES_WAY_OUT;
    const char *const out = p->layer[0].name.place ? by_name : "";
    for (size_t l = 0; l < p->n; l++) {
        const layer *this = p->layer + l;
        if (l > 0 && inputs(this, layout) != outputs(this - 1, layout))
            return FILE_FAULT(p, "%s has %zu inputs, but %s %zu outputs%s", this->weight->name, inputs(this, layout),
                              this[-1].weight->name, outputs(this - 1, layout), out);
        if (this->bias != NULL && bias_size(this->bias) != outputs(this, layout))
            return FILE_FAULT(p, "%s has %zu elements, but %s %zu outputs%s", this->bias->name, bias_size(this->bias),
                              this->weight->name, outputs(this, layout), out);
    }
    return FILE_FAULT(p, "the shapes of its tensors do not chain");
}

/* The orders that chain in either layout, or in the one that is known. */
static void
count_both(size_t found[2], assembly *p, ga_layout layout)
{
    found[0] = layout != GA_IN_OUT ? count_orders(p, GA_OUT_IN) : 0;
    found[1] = layout != GA_OUT_IN && found[0] < 2 ? count_orders(p, GA_IN_OUT) : 0;
}

/* If in no layout the names give the order (their numbers may be sizes: dense_64, dense_10), the shapes do, if they chain in one
   way. */
static void
doubt_names(assembly *p, ga_layout layout)
{
    size_t found[2];
    count_both(found, p, GA_ANY_LAYOUT);
    if (found[0] + found[1] > 0)
        return;
    p->named = false;
    count_both(found, p, layout);
    p->named = found[0] > 1 || found[1] > 1;
}

/* Then both layouts are the same. */
static bool
all_single(const assembly *p)
{
    for (size_t l = 0; l < p->n; l++)
        if (p->layer[l].weight->dim[0] != 1 || p->layer[l].weight->dim[1] != 1)
            return false;
    return true;
}

/* Weights with one column more than the layer before has outputs, and no biases. */
static bool
biases_are_columns(const assembly *p)
{
    for (size_t l = 0; l < p->n; l++)
        if (p->layer[l].bias != NULL || (l > 0 && inputs(p->layer + l, GA_OUT_IN) != outputs(p->layer + l - 1, GA_OUT_IN) + 1))
            return false;
    return p->numbered && p->n > 1;
}

static ga_code
refuse_order(const assembly *p, ga_layout layout)
{
    if (biases_are_columns(p))
        return FILE_FAULT(p, "%s has %zu columns for the %zu outputs of %s: one seems to be the bias; save weights and biases "
                             "apart, W = a[:, 1:] and b = a[:, 0] where it is the first", p->layer[1].weight->name,
                          inputs(p->layer + 1, GA_OUT_IN), outputs(p->layer, GA_OUT_IN), p->layer[0].weight->name);
    if (!p->numbered)
        return FILE_FAULT(p, "the shapes of its tensors do not chain to one network of fully connected layers%s",
                          layout == GA_OUT_IN ? " (weights are [outputs, inputs])" : "");
    const bool in_out = layout == GA_IN_OUT ||
                        (layout == GA_ANY_LAYOUT && biases_fit(p, GA_IN_OUT) && !biases_fit(p, GA_OUT_IN));
    return explain_break(p, in_out ? GA_IN_OUT : GA_OUT_IN);
}

ga_code
assembly_find_order(assembly *p, const tensors *t)
{
    size_t found[2];
    ga_layout layout = GA_ANY_LAYOUT;
    const ga_code code = find_layout(&layout, p, t);
    if (code != GA_OK)
        return code;
    p->named = true;
    doubt_names(p, layout);
    count_both(found, p, layout);
    if (found[0] + found[1] == 1 || (found[0] == 1 && found[1] == 1 && all_single(p)))
        return GA_OK;
    if (found[0] > 1 || found[1] > 1)
        return FILE_FAULT(p, "neither the names nor the shapes of its tensors say in which order its layers are; an ONNX file does "
                             "(in PyTorch: torch.onnx.export)");
    if (found[0] + found[1] == 2)
        return FILE_FAULT(p, "its shapes leave open whether weights are [outputs, inputs] or [inputs, outputs]: say "
                             "--layout out-in or --layout in-out");
    return refuse_order(p, layout);
}
