/* SPDX-License-Identifier: Apache-2.0 */
/* assemble.c -- a model from named tensors; see tensors.h

   A weight of shape [a, b] is [outputs, inputs] in PyTorch's layout and [inputs, outputs] in Keras'. All weights of a file have the
   same one; the bias of each layer, and that a layer has as many inputs as the one before it has outputs, leave one of the two
   possible but where all matrices are square. Nothing else decides but what the file says: ONNX, and the metadata string layout. */
#include <stdlib.h>
#include <string.h>

#include "io/tensor_names.h"
#include "io/tensors.h"
#include "model/dtype.h"
#include "model/names.h"

enum { MOST_STEPS = 100000 /* of the search for an order */ };

typedef struct {
    const tensor *weight, *bias; /* no bias: zeros */
    tensor_name_parts name;
} layer;

typedef struct {
    tensors_source *source;
    size_t n;
    layer *layer;
    bool numbered; /* the names say the order, and the layers are in it */
    ga_layout layout;
    size_t order[GA_MAX_LAYERS];
} plan;

#define FAULT(p, ...) SOURCE_FAULT((p)->source, __VA_ARGS__)

static ga_code
place_tensor(plan *p, const tensor *t)
{
    tensor_name_parts name;
    size_t l = 0;

    if (!tensor_name_parse(&name, t->name))
        return FAULT(p, "tensor '%.60s%s' is no weight or bias of a fully connected layer by its name (such as fc1.weight)",
                     t->name, strlen(t->name) > 60 ? "..." : "");
    if (name.place)
        name.bias = t->n_dims == 1;
    if (t->n_dims != (name.bias ? 1 : 2))
        return FAULT(p, "%s: its shape is not %s", t->name, name.bias ? "[outputs]" : "[outputs, inputs] or [inputs, outputs]");
    while (l < p->n && !tensor_name_same_layer(&p->layer[l].name, &name))
        l++;
    layer *to = p->layer + l;
    const tensor **place = name.bias ? &to->bias : &to->weight;
    if (l < p->n && *place != NULL)
        return FAULT(p, "'%s' and '%s' are the same tensor by their names", (*place)->name, t->name);
    to->name = name;
    *place = t;
    p->n += l == p->n;
    return GA_OK;
}

static int
compare_layers(const void *a, const void *b)
{
    return tensor_name_compare(&((const layer *)a)->name, &((const layer *)b)->name);
}

/* Tensors that have only places, and are in them: a bias is that of the weight before it. */
static void
join_places(plan *p)
{
    size_t n = 0;
    for (size_t l = 0; l < p->n; l++) {
        layer *const this = p->layer + l, *const before = n > 0 ? p->layer + n - 1 : NULL;
        if (this->name.place && this->weight == NULL && before != NULL && before->name.place && before->bias == NULL)
            before->bias = this->bias;
        else
            p->layer[n++] = *this;
    }
    p->n = n;
}

static ga_code
find_layers(plan *p, const tensors *t)
{
    for (size_t i = 0; i < t->n; i++) {
        const ga_code code = normalise_is_tensor(t->tensor[i].name) ? GA_OK : place_tensor(p, t->tensor + i);
        if (code != GA_OK)
            return code;
    }
    if (p->n == 0)
        return FAULT(p, "no tensors");
    qsort(p->layer, p->n, sizeof *p->layer, compare_layers);
    join_places(p);
    if (p->n > GA_MAX_LAYERS)
        return FAULT(p, "%zu layers are more than %d", p->n, GA_MAX_LAYERS);
    for (size_t l = 0; l < p->n; l++)
        if (p->layer[l].weight == NULL)
            return FAULT(p, "'%s' has no weight", p->layer[l].bias->name);
    p->numbered = true;
    for (size_t l = 1; l < p->n; l++)
        p->numbered = p->numbered && strcmp(p->layer[l - 1].name.pattern, p->layer[l].name.pattern) == 0;
    return GA_OK;
}

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
biases_fit(const plan *p, ga_layout layout)
{
    for (size_t l = 0; l < p->n; l++)
        if (p->layer[l].bias != NULL && p->layer[l].bias->dim[0] != outputs(p->layer + l, layout))
            return false;
    return true;
}

static const char *
find_meta(const tensors *t, const char *key)
{
    for (size_t i = 0; i < t->n_meta; i++)
        if (strcmp(t->meta[i].key, key) == 0)
            return t->meta[i].value;
    return NULL;
}

/* What the format, the metadata or else the user says; both may say the same. */
static ga_code
find_layout(ga_layout *layout, const plan *p, const tensors *t)
{
    const char *const text = find_meta(t, "layout");
    const ga_layout asked = p->source->options->layout;
    ga_status fault = { 0 };
    const int said = text != NULL ? GA_OUT_IN + word_parse(&layout_words, text, &fault) : (int)t->layout;
    if (fault.code != GA_OK)
        return FAULT(p, "%s", fault.message);
    *layout = said != GA_ANY_LAYOUT ? (ga_layout)said : asked;
    return asked == GA_ANY_LAYOUT || asked == *layout
               ? GA_OK : FAULT(p, "it says itself that its weights are %s: --layout cannot make them %s",
                               *layout == GA_OUT_IN ? "out-in" : "in-out", asked == GA_OUT_IN ? "out-in" : "in-out");
}

/* Orders of the layers that chain: counts to two, and keeps the last one found; false when the search is given up. */
static bool
search(plan *p, ga_layout layout, bool *used, size_t *path, size_t depth, size_t *found, size_t *steps)
{
    if (depth == p->n) {
        memcpy(p->order, path, p->n * sizeof *path);
        p->layout = layout;
        return ++*found < 2;
    }
    for (size_t l = 0; l < p->n; l++) {
        if (used[l] || (p->numbered && l != depth) ||
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
count_orders(plan *p, ga_layout layout)
{
    bool used[GA_MAX_LAYERS] = { false };
    size_t path[GA_MAX_LAYERS], found = 0, steps = 0;
    if (!biases_fit(p, layout))
        return 0;
    return search(p, layout, used, path, 0, &found, &steps) ? found : 2;
}

/* Why numbered layers do not chain. */
static ga_code
explain_break(const plan *p, ga_layout layout)
{
    for (size_t l = 0; l < p->n; l++) {
        const layer *this = p->layer + l;
        if (l > 0 && inputs(this, layout) != outputs(this - 1, layout))
            return FAULT(p, "%s has %zu inputs, but %s %zu outputs", this->weight->name, inputs(this, layout),
                         this[-1].weight->name, outputs(this - 1, layout));
        if (this->bias != NULL && this->bias->dim[0] != outputs(this, layout))
            return FAULT(p, "%s has %zu elements, but %s %zu outputs", this->bias->name, this->bias->dim[0], this->weight->name,
                         outputs(this, layout));
    }
    return FAULT(p, "the shapes of its tensors do not chain");
}

/* The orders that chain in either layout, or in the one that is known. */
static void
count_both(size_t found[2], plan *p, ga_layout layout)
{
    found[0] = layout != GA_IN_OUT ? count_orders(p, GA_OUT_IN) : 0;
    found[1] = layout != GA_OUT_IN && found[0] < 2 ? count_orders(p, GA_IN_OUT) : 0;
}

/* Where no layout lets the numbers in the names be the order (they may be sizes: dense_64, dense_10), the shapes have it, if they
   chain in one way. */
static void
doubt_numbers(plan *p, ga_layout layout)
{
    size_t found[2];
    count_both(found, p, GA_ANY_LAYOUT);
    if (!p->numbered || found[0] + found[1] > 0)
        return;
    p->numbered = false;
    count_both(found, p, layout);
    p->numbered = found[0] > 1 || found[1] > 1 || found[0] + found[1] == 0;
}

static ga_code
find_order(plan *p, ga_layout layout)
{
    size_t found[2];
    doubt_numbers(p, layout);
    count_both(found, p, layout);
    if (found[0] + found[1] == 1)
        return GA_OK;
    if (found[0] > 1 || found[1] > 1)
        return FAULT(p, "neither the names nor the shapes of its tensors say in which order its layers are; number the names");
    if (found[0] + found[1] == 2)
        return FAULT(p, "its shapes leave open whether weights are [outputs, inputs] or [inputs, outputs]: say --layout out-in or "
                        "--layout in-out");
    if (!p->numbered)
        return FAULT(p, "the shapes of its tensors do not chain to one network of fully connected layers");
    const bool in_out = layout == GA_IN_OUT ||
                        (layout == GA_ANY_LAYOUT && biases_fit(p, GA_IN_OUT) && !biases_fit(p, GA_OUT_IN));
    return explain_break(p, in_out ? GA_IN_OUT : GA_OUT_IN);
}

/* activation[0..n-2] of the hidden layers, from a text: one name for all, or one for each; fault: whose text it is. */
static ga_code
parse_activations(ga_activation *activation, const plan *p, const char *text, ga_code fault)
{
    size_t n = 0, hidden = p->n - 1;
    char name[101];
    ga_status unknown;

    if (hidden == 0 && *text == '\0')
        return GA_OK;
    for (const char *s = text, *end; s != NULL; s = *end == ',' ? end + 1 : NULL, n++) {
        end = s + strcspn(s, ",");
        snprintf(name, sizeof name, "%.*s", (int)(end - s < (int)sizeof name ? end - s : (int)sizeof name), s);
        const int place = word_parse(&hidden_words, name, &unknown);
        if (place < 0)
            return file_fail(p->source->st, fault, p->source->path, "%s", unknown.message);
        if (n < hidden)
            activation[n] = (ga_activation)(GA_SIGMOID + place);
    }
    for (size_t l = 1; n == 1 && l < hidden; l++)
        activation[l] = activation[0];
    return n == 1 || n == hidden ? GA_OK : file_fail(p->source->st, fault, p->source->path, "%zu activations for %zu hidden layers",
                                                     n, hidden);
}

/* From the metadata, or from --activation where they have none; both may say the same. */
static ga_code
find_activations(ga_activation *activation, const plan *p, const tensors *t)
{
    const char *said = find_meta(t, "activation"), *asked = p->source->options->activation;
    ga_activation other[GA_MAX_LAYERS];
    ga_code code;

    if (said == NULL && asked == NULL)
        return p->n == 1 ? GA_OK : FAULT(p, "it does not say the activation of its hidden layers: "
                                            "say --activation sigmoid, tanh or relu");
    if (asked != NULL && (code = parse_activations(other, p, asked, GA_USAGE)) != GA_OK)
        return code;
    if ((code = parse_activations(activation, p, said != NULL ? said : asked, GA_BAD_FILE)) != GA_OK)
        return code;
    for (size_t l = 0; asked != NULL && l + 1 < p->n; l++)
        if (other[l] != activation[l])
            return FAULT(p, "it says itself that hidden layer %zu is %s: --activation cannot make it %s", l + 1,
                         ga_activation_name(activation[l]), ga_activation_name(other[l]));
    return GA_OK;
}

/* From the metadata; logits where they have none. */
static ga_code
parse_output(ga_output *output, const plan *p, const tensors *t)
{
    const char *text = find_meta(t, "output");
    ga_status unknown;
    const int o = text != NULL ? word_parse(&output_words, text, &unknown) : GA_LOGITS;
    if (o < 0)
        return FAULT(p, "%s", unknown.message);
    *output = (ga_output)o;
    return GA_OK;
}

/* to[i, j] = t[i, j], or t[j, i] when transposed, widened to the model's dtype. */
static void
copy_matrix(void *to, ga_dtype dtype, size_t rows, size_t cols, const tensor *t, bool transposed)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            tensor_get((char *)to + (i * cols + j) * dtype_size(dtype), dtype, t, transposed ? j * rows + i : i * cols + j);
}

static ga_code
make_model(ga_model **model, plan *p, tensors *t)
{
    size_t sizes[GA_MAX_LAYERS + 1], parameters = 0;
    ga_activation activation[GA_MAX_LAYERS];
    ga_status inner = { 0 };
    ga_dtype dtype = GA_F32;
    ga_output output = GA_LOGITS;
    ga_code code = find_activations(activation, p, t);

    if (code != GA_OK)
        return code;
    for (size_t i = 0; i < t->n; i++)
        dtype = tensor_dtype(t->tensor + i) == GA_F64 && !normalise_is_tensor(t->tensor[i].name) ? GA_F64 : dtype;
    sizes[0] = inputs(p->layer + p->order[0], p->layout);
    for (size_t l = 0; l < p->n; l++) {
        sizes[l + 1] = outputs(p->layer + p->order[l], p->layout);
        parameters += (sizes[l] + 1) * sizes[l + 1]; /* each factor pair is that of a tensor in memory */
    }
    if ((code = steps_check(t, p->source)) != GA_OK || (code = parse_output(&output, p, t)) != GA_OK ||
        (code = source_take(p->source, parameters * dtype_size(dtype))) != GA_OK || p->source->look ||
        (code = tensors_fetch(t, p->source)) != GA_OK)
        return code;
    if ((*model = ga_model_new(dtype, p->n, sizes, activation, &inner)) == NULL)
        return file_fail(p->source->st, inner.code, p->source->path, "%s", inner.message);
    for (size_t l = 0; l < p->n; l++) {
        const layer *from = p->layer + p->order[l];
        copy_matrix((*model)->layer[l].weight, dtype, sizes[l + 1], sizes[l], from->weight, p->layout == GA_IN_OUT);
        if (from->bias != NULL)
            copy_matrix((*model)->layer[l].bias, dtype, 1, sizes[l + 1], from->bias, false);
    }
    (*model)->output = output;
    if ((code = steps_assemble(*model, t, p->source)) != GA_OK)
        return code;
    for (size_t i = 0; i < t->n_meta; i++)
        if (!ga_model_set_meta(*model, t->meta[i].key, t->meta[i].value))
            return file_fail(p->source->st, GA_NO_MEMORY, p->source->path, "out of memory");
    return GA_OK;
}

ga_code
model_assemble(ga_model **model, tensors *t, tensors_source *source)
{
    plan p = { .source = source, .layer = calloc(t->n + 1, sizeof *p.layer) };
    ga_layout layout = GA_ANY_LAYOUT;
    ga_code code = p.layer == NULL ? file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory") : find_layers(&p, t);

    if (code == GA_OK && (code = find_layout(&layout, &p, t)) == GA_OK)
        code = find_order(&p, layout);
    if (code == GA_OK)
        code = make_model(model, &p, t);
    free(p.layer);
    return code;
}
