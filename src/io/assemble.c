/* SPDX-License-Identifier: Apache-2.0 */
/* assemble.c -- a model from named tensors; see tensors.h and assemble.h */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "graph/layers.h"
#include "io/assemble.h"
#include "model/model.h"
#include "model/names.h"
#include "num/dtype.h"

#define FAULT FILE_FAULT

/* Names that other programs have for some of ours. */
static const char *
our_name(const char *name)
{
    static const char *const other[][2] = { { "logistic", "sigmoid" }, { "identity", "linear" }, { "none", "linear" } };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcasecmp(name, other[i][0]) == 0)
            return other[i][1];
    return name;
}

ga_code
activations_parse(ga_activation *activation, size_t hidden, const char *text, ga_status *st)
{
    size_t n = 0;
    char name[101];

    if (hidden == 0 && *text == '\0')
        return GA_OK;
    for (const char *s = text, *end; s != NULL; s = *end == ',' ? end + 1 : NULL, n++) {
        end = s + strcspn(s, ",");
        s += strspn(s, " ");
        size_t length = end > s ? (size_t)(end - s) : 0;
        while (length > 0 && s[length - 1] == ' ')
            length--;
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name), s);
        const int place = word_parse(&hidden_words, our_name(name), st);
        if (place < 0)
            return GA_USAGE;
        if (n < hidden)
            activation[n] = (ga_activation)place;
    }
    for (size_t l = 1; n == 1 && l < hidden; l++)
        activation[l] = activation[0];
    return n == 1 || n == hidden ? GA_OK : ga_fail(st, GA_USAGE, "%zu activations for %zu hidden layers", n, hidden);
}

/* fault: whose text it is. */
static ga_code
parse_activations(ga_activation *activation, const assembly *p, const char *text, ga_code fault)
{
    ga_status wrong = { 0 };
    return activations_parse(activation, p->n - 1, text, &wrong) == GA_OK ? GA_OK :
           file_fail(p->source->st, fault, p->source->path, "%s%s", fault == GA_USAGE ? "--activation: " : "", wrong.message);
}

/* From the metadata, or from --activation if they have none; both may say the same. */
static ga_code
find_activations(ga_activation *activation, const assembly *p, const tensors *t)
{
    const char *said = tensors_find_meta(t, "activation"), *asked = p->source->options->activation;
    ga_activation other[GA_MAX_LAYERS];
    ga_code code;

    if (said == NULL && asked == NULL)
        return p->n == 1 ? GA_OK : FAULT(p, "it does not say the activation of its hidden layers: "
                                            "say --activation sigmoid, tanh, relu or another, or one for each with commas");
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

/* From the metadata; logits if they have none. */
static ga_code
parse_output(ga_output *output, const assembly *p, const tensors *t)
{
    const char *text = tensors_find_meta(t, "output");
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

/* The slopes are those of the hidden layers that are PReLU, in their order. */
static ga_code
check_slopes(const assembly *p, const ga_activation *activation, const size_t *sizes)
{
    size_t n = 0;
    for (size_t l = 0; l + 1 < p->n; l++)
        n += activation[l] == GA_PRELU;
    if (n != p->n_slopes)
        return FAULT(p, "%zu of its hidden layers %s prelu, and it has the slopes of %zu (prelu1.weight, prelu2.weight, ...): name "
                        "the activation of each layer, and save the slopes", n, n == 1 ? "is" : "are", p->n_slopes);
    n = 0;
    for (size_t l = 0; l + 1 < p->n; l++) {
        const tensor *const t = activation[l] == GA_PRELU ? p->slopes[n++] : NULL;
        if (t != NULL && bias_size(t) != 1 && bias_size(t) != sizes[l + 1])
            return FAULT(p, "%s: %zu slopes are neither one nor one for each of the %zu outputs of hidden layer %zu", t->name,
                         bias_size(t), sizes[l + 1], l + 1);
    }
    return GA_OK;
}

/* As ga_model_new makes one, with slopes. */
static ga_model *
new_with_slopes(const assembly *p, ga_dtype dtype, const size_t *sizes, const ga_activation *activation, ga_status *st)
{
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { sizes[0] } });
    bool ok = g != NULL;
    for (size_t l = 0, n = 0; ok && l < p->n; l++) {
        const bool slopes = l + 1 < p->n && activation[l] == GA_PRELU;
        ok = graph_add_layer(g, sizes[l], sizes[l + 1], slopes || l + 1 == p->n ? N_OPS : graph_activation(activation[l])) &&
             (!slopes || graph_add_prelu(g, bias_size(p->slopes[n++])));
    }
    if (!ok) {
        graph_free(g);
        g = NULL;
    }
    return model_of_graph(g, st);
}

static ga_code
make_model(ga_model **model, assembly *p, tensors *t)
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
        if (tensor_dtype(t->tensor + i) == GA_F64 && !normalise_is_tensor(t->tensor[i].name) && !t->tensor[i].left_out)
            dtype = GA_F64;
    for (size_t l = 0; l < p->n; l++) {
        const size_t *const dim = p->layer[p->order[l]].weight->dim;
        sizes[l] = dim[p->layout == GA_OUT_IN];
        sizes[l + 1] = dim[p->layout == GA_IN_OUT];
        parameters += (sizes[l] + 1) * sizes[l + 1]; /* each pair of factors is a tensor's in memory */
    }
    if ((code = check_slopes(p, activation, sizes)) != GA_OK || (code = steps_check(t, p->source)) != GA_OK ||
        (code = parse_output(&output, p, t)) != GA_OK ||
        (code = source_take(p->source, parameters * dtype_size(dtype))) != GA_OK || p->source->look ||
        (code = tensors_fetch(t, p->source)) != GA_OK)
        return code;
    *model = p->n_slopes > 0 ? new_with_slopes(p, dtype, sizes, activation, &inner)
                             : ga_model_new(dtype, p->n, sizes, activation, &inner);
    if (*model == NULL)
        return file_fail(p->source->st, inner.code, p->source->path, "%s", inner.message);
    const graph_parameter *to = (*model)->graph->parameter;
    for (size_t l = 0, n = 0; l < p->n; l++) {
        const layer *from = p->layer + p->order[l];
        copy_matrix(to++->exact, dtype, sizes[l + 1], sizes[l], from->weight, p->layout == GA_IN_OUT);
        if (from->bias != NULL)
            copy_matrix(to->exact, dtype, 1, sizes[l + 1], from->bias, false);
        to++;
        if (l + 1 < p->n && activation[l] == GA_PRELU) {
            copy_matrix(to->exact, dtype, 1, to->cols, p->slopes[n++], false);
            to++;
        }
    }
    ga_model_set_output(*model, output);
    if ((code = steps_assemble(*model, t, p->source)) != GA_OK)
        return code;
    for (size_t i = 0; i < t->n_meta; i++)
        if (!ga_model_set_meta(*model, t->meta[i].key, t->meta[i].value))
            return file_fail(p->source->st, GA_NO_MEMORY, p->source->path, "out of memory");
    return GA_OK;
}

/* A graph leaves nothing open. */
static ga_code
take_graph(ga_model **model, tensors *t, tensors_source *source)
{
    if (source->options->activation != NULL)
        return SOURCE_FAULT(source, "its graph says the activations itself: --activation is not for it");
    *model = model_of_graph(t->graph, source->st);
    t->graph = NULL;
    for (size_t i = 0; *model != NULL && i < t->n_meta; i++)
        if (!ga_model_set_meta(*model, t->meta[i].key, t->meta[i].value))
            return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    return *model != NULL ? GA_OK : GA_NO_MEMORY;
}

ga_code
model_assemble(ga_model **model, tensors *t, tensors_source *source)
{
    if (t->graph != NULL)
        return take_graph(model, t, source);
    assembly p = { .source = source, .layer = calloc(t->n + 1, sizeof *p.layer), .slopes = calloc(t->n + 1, sizeof *p.slopes) };
    const bool memory = p.layer != NULL && p.slopes != NULL;
    ga_code code = memory ? GA_OK : file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");

    if (code == GA_OK && (code = assembly_find_layers(&p, t)) == GA_OK && (code = assembly_find_order(&p, t)) == GA_OK)
        code = make_model(model, &p, t);
    free(p.layer);
    free(p.slopes);
    return code;
}
