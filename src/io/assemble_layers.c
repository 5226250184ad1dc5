/* SPDX-License-Identifier: Apache-2.0 */
/* assemble_layers.c -- which weight or bias of which layer each tensor is; see assemble.h */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/assemble.h"

enum { LEFT_OUT = 400 /* characters of the list */ };

static bool
is_vector(const tensor *t)
{
    return t->n_dims == 1 || (t->n_dims == 2 && (t->dim[0] == 1 || t->dim[1] == 1));
}

static ga_code
refuse_name(const assembly *p, const char *name)
{
    const char *const normalises = names_normalisation(name) ? ", and say --mean and --std" : "";
    return FILE_FAULT(p, "tensor '%.60s%s' is no weight or bias of a fully connected layer by its name (such as fc1.weight); if "
                         "the network computes nothing from it, save the file without it%s", name,
                      strlen(name) > 60 ? "..." : "", normalises);
}

/* A weight's shape is [outputs, inputs] or [inputs, outputs], a bias' [outputs], [outputs, 1] or [1, outputs]. */
static ga_code
check_shape(const assembly *p, const tensor *t, bool bias)
{
    if (t->n_dims == 0)
        return FILE_FAULT(p, "%s: a single number; its shape is not %s", t->name, bias ? "[outputs]" : "[outputs, inputs]");
    if (t->element == ELEMENT_OTHER)
        return FILE_FAULT(p, "%s: integers are no weights; save it as the network computes with it: a.astype('<f4'), or '<f8'",
                          t->name);
    if (bias ? is_vector(t) : t->n_dims == 2)
        return GA_OK;
    if (!bias && t->n_dims == 1)
        return FILE_FAULT(p, "%s: its shape is not [outputs, inputs] or [inputs, outputs], but [%zu], as of a normalisation "
                             "(LayerNorm) or PReLU, whose slopes are called prelu1.weight here; " TENSORS_READ, t->name, t->dim[0]);
    return FILE_FAULT(p, "%s: its shape is not %s", t->name, bias ? "[outputs]" : "[outputs, inputs] or [inputs, outputs]");
}

static ga_code
place_tensor(assembly *p, const tensor *t)
{
    layer_name name;
    size_t l = 0;

    if (!tensor_name_parse(&name, t->name))
        return refuse_name(p, t->name);
    if (name.place)
        name.bias = t->n_dims == 1;
    const ga_code code = check_shape(p, t, name.bias);
    if (code != GA_OK)
        return code;
    while (l < p->n && !tensor_name_same_layer(&p->layer[l].name, &name))
        l++;
    layer *to = p->layer + l;
    const tensor **place = name.bias ? &to->bias : &to->weight;
    if (l < p->n && *place != NULL)
        return FILE_FAULT(p, "'%s' and '%s' are the same tensor by their names", (*place)->name, t->name);
    to->name = name;
    *place = t;
    p->n += l == p->n;
    return GA_OK;
}

bool
names_slopes(const char *name)
{
    const char *last = name + strlen(name);
    while (last > name && strchr("./", last[-1]) == NULL)
        last--;
    for (const char *s = name; s < last; s++)
        if (strncasecmp(s, "prelu", 5) == 0 || strncasecmp(s, "p_re_lu", 7) == 0)
            return strcasecmp(last, "weight") == 0 || strcasecmp(last, "alpha") == 0;
    return false;
}

static int
compare_slopes(const void *a, const void *b)
{
    return strverscmp((*(const tensor *const *)a)->name, (*(const tensor *const *)b)->name);
}

static ga_code
place_slopes(assembly *p, const tensor *t)
{
    const ga_code code = check_shape(p, t, true);
    p->slopes[p->n_slopes++] = t;
    return code;
}

static int
compare_layers(const void *a, const void *b)
{
    return tensor_name_compare(&((const layer *)a)->name, &((const layer *)b)->name);
}

/* Only for places: as many biases follow as there are weights before. */
static bool
weights_then_biases(const assembly *p)
{
    for (size_t l = 0; l < p->n; l++)
        if (!p->layer[l].name.place || (p->layer[l].weight != NULL) != (l < p->n / 2))
            return false;
    return p->n % 2 == 0;
}

/* Tensors that have only places: each bias belongs to the weight before it, or all biases follow all weights. */
static void
join_places(assembly *p)
{
    size_t n = 0;
    if (weights_then_biases(p)) {
        p->n /= 2;
        for (size_t l = 0; l < p->n; l++)
            p->layer[l].bias = p->layer[p->n + l].bias;
        return;
    }
    for (size_t l = 0; l < p->n; l++) {
        layer *const this = p->layer + l, *const before = n > 0 ? p->layer + n - 1 : NULL;
        if (this->name.place && this->weight == NULL && before != NULL && before->name.place && before->bias == NULL)
            before->bias = this->bias;
        else
            p->layer[n++] = *this;
    }
    p->n = n;
}

/* ---- biases of two dimensions that have only places -------------------------------------------------------------- */

/* What n tensors of two dimensions that have only places may be, in the order of the places. */
typedef enum { PLACES_ALL_WEIGHTS, PLACES_IN_TURNS, PLACES_WEIGHTS_FIRST, PLACES_WAYS } places_way;

static bool
is_bias(places_way way, size_t l, size_t n)
{
    return way == PLACES_IN_TURNS ? l % 2 == 1 : way == PLACES_WEIGHTS_FIRST && l >= n / 2;
}

/* Makes biases of some of these weights, and joins them to layers; false if their shapes are not of these. */
static bool
take_way(assembly *p, places_way way)
{
    for (size_t l = 0; l < p->n; l++) {
        layer *const this = p->layer + l;
        if (!is_bias(way, l, p->n))
            continue;
        if (!is_vector(this->weight))
            return false;
        this->bias = this->weight;
        this->weight = NULL;
    }
    join_places(p);
    return true;
}

static bool
chains(const assembly *p, ga_layout layout)
{
    const size_t in = layout == GA_OUT_IN, out = layout == GA_IN_OUT;
    if (p->source->options->layout != GA_ANY_LAYOUT && p->source->options->layout != layout)
        return false;
    for (size_t l = 0; l < p->n; l++) {
        const layer *const this = p->layer + l;
        if ((l > 0 && this->weight->dim[in] != this[-1].weight->dim[out]) ||
            (this->bias != NULL && bias_size(this->bias) != this->weight->dim[out]))
            return false;
    }
    return true;
}

/* In how many ways they chain, and the last of them. tried: room for as many layers. */
static size_t
count_ways(places_way *the, const assembly *p, layer *tried)
{
    size_t found = 0;
    for (places_way way = PLACES_ALL_WEIGHTS; way < PLACES_WAYS; way++) {
        assembly other = *p;
        other.layer = tried;
        memcpy(tried, p->layer, p->n * sizeof *tried);
        if ((way == PLACES_WEIGHTS_FIRST && p->n == 2) || !take_way(&other, way)) /* two are in turns */
            continue;
        if (chains(&other, GA_OUT_IN) || chains(&other, GA_IN_OUT)) {
            found++;
            *the = way;
        }
    }
    return found;
}

/* Tensors of one row or column among those that have only places may be weights or biases, unless there are biases of one
   dimension. What chains decides; where nothing does, all are weights. */
static ga_code
settle_places(assembly *p)
{
    size_t open = 0;
    places_way the = PLACES_ALL_WEIGHTS;
    for (size_t l = 0; l < p->n; l++) {
        if (!p->layer[l].name.place || p->layer[l].bias != NULL)
            return GA_OK;
        open += is_vector(p->layer[l].weight);
    }
    if (open == 0 || p->n % 2 != 0)
        return GA_OK;
    layer *const tried = malloc(p->n * sizeof *tried);
    if (tried == NULL)
        return file_fail(p->source->st, GA_NO_MEMORY, p->source->path, "out of memory");
    const size_t found = count_ways(&the, p, tried);
    free(tried);
    if (found > 1)
        return FILE_FAULT(p, "arrays of one row or column may be weights or biases here: " PLACES_WAY_OUT);
    for (size_t l = 0; l < p->n && found == 1; l++) {
        layer *const this = p->layer + l;
        if (is_bias(the, l, p->n)) {
            this->bias = this->weight;
            this->weight = NULL;
        }
    }
    return GA_OK;
}

static ga_code
place_all(assembly *p, tensors *t)
{
    char list[LEFT_OUT] = "";
    for (size_t i = 0; i < t->n; i++) {
        tensor *const this = t->tensor + i;
        layer_name name;
        ga_code code = GA_OK;
        if (normalise_is_tensor(this->name))
            continue;
        const bool named = tensor_name_parse(&name, this->name);
        if (!named && this->n_dims == 0 && names_a_factor(this->name))
            return FILE_FAULT(p, "'%.100s' may change what the network computes, as a temperature or a gain does, and is not read: "
                                 "save the file without it if the network does not use it", this->name);
        this->left_out = is_training_record(this) && !named;
        if (this->left_out && tensors_find_meta(t, this->name) != NULL) /* a text that was read as metadata */
            continue;
        if (this->left_out)
            snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", *list != '\0' ? ", " : "", this->name);
        else
            code = names_slopes(this->name) ? place_slopes(p, this) : place_tensor(p, this);
        if (code != GA_OK)
            return code;
    }
    return *list == '\0' || p->source->look ? GA_OK : tensors_add_meta(t, p->source, "left_out", list);
}

ga_code
assembly_find_layers(assembly *p, tensors *t)
{
    ga_code code = other_layers_check(t, p->source);
    if (code != GA_OK || (code = place_all(p, t)) != GA_OK)
        return code;
    if (p->n == 0)
        return FILE_FAULT(p, "no tensors");
    qsort(p->slopes, p->n_slopes, sizeof *p->slopes, compare_slopes);
    qsort(p->layer, p->n, sizeof *p->layer, compare_layers);
    if ((code = settle_places(p)) != GA_OK)
        return code;
    join_places(p);
    if (p->n > GA_MAX_LAYERS)
        return FILE_FAULT(p, "%zu layers are more than %d", p->n, GA_MAX_LAYERS);
    for (size_t l = 0; l < p->n; l++)
        if (p->layer[l].weight == NULL)
            return FILE_FAULT(p, "'%s' has no weight%s", p->layer[l].bias->name,
                              p->layer[l].name.place ? " before it: " PLACES_WAY_OUT : "");
    if ((code = one_network_check(p)) != GA_OK)
        return code;
    p->numbered = true;
    for (size_t l = 1; l < p->n; l++)
        p->numbered = p->numbered && strcmp(p->layer[l - 1].name.pattern, p->layer[l].name.pattern) == 0;
    return GA_OK;
}
