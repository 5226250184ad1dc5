/* SPDX-License-Identifier: Apache-2.0 */
/* explain_place.c -- see explain_place.h */
#include "graph/op_graph.h"
#include "io/escape.h"
#include "op/windows.h"
#include "report/explain_place.h"

/* tokens: a shape of height 1 is rows of features, and no length of channels. */
static void
print_index(FILE *out, const op_shape *shape, size_t at, bool tokens)
{
    const size_t *const d = shape->dim;
    if (shape->n_dims == 3 && d[1] == 1 && tokens)
        fprintf(out, "row %zu, feature %zu", at / d[2], at % d[2]);
    else if (shape->n_dims == 3)
        fprintf(out, "channel %zu, row %zu, column %zu", at / (d[1] * d[2]), at / d[2] % d[1], at % d[2]);
    else
        fprintf(out, "unit %zu", at);
}

/* A network whose operations look through no windows. */
static bool
has_tokens(const ga_graph *g)
{
    bool windows = false;
    for (size_t k = 0; k < g->n_nodes; k++)
        windows = windows || g->node[k].a.kernel[0] > 0;
    return !windows;
}

/* Whether a value has one number for each row of another: of layer normalisation, a sum of a row, or what that is divided by. */
static bool
is_of_rows(const blame_net *net, value_id v)
{
    if (net->maker[v] >= net->p->n)
        return false;
    const instruction *const i = blame_maker(net, v);
    return i->op == OP_row_sums || i->op == OP_row_dot || (i->op == OP_layer_norm && v != i->out[0]) ||
           (i->op == OP_constant_div && is_of_rows(net, i->in[0]));
}

/* "row 2, column 3, channel 1, row 0, column 1 of its window" */
static void
print_column(FILE *out, const op_attributes *a, size_t at)
{
    const size_t place = at / windows_numbers(a) % windows_n_places(a), width = windows_places_of_columns(a)->dim[2];
    const op_shape window = { 3, { windows_of_columns(a)->dim[0], a->kernel[0], a->kernel[1] } };
    fprintf(out, "row %zu, column %zu, ", place / width, place % width);
    print_index(out, &window, at % windows_numbers(a), false);
    fputs(" of its window", out);
}

/* Which number of a value it is: "unit 3"; of an image "channel 0, row 4, column 7"; of tokens "row 2, feature 5"; of windows,
   which an operation makes beside one number for each, "channel 0, row 2, column 3, row 0, column 1 of its window"; of
   windows that are laid out, where a window is first. A gradient has the shape of what it is the gradient of. */
static void
print_number(FILE *out, const examination *x, blame_place at)
{
    const blame_net *const net = x->view.net;
    const bool tokens = has_tokens(x->model->graph);
    const op_value *const v = net->p->value;
    const instruction *const i = blame_maker(net, at.value);
    const op_shape *const shape = &v[blame_gradient_source(net, at.value)].shape, *const whole = &v[i->out[0]].shape;
    if (blame_row(net, at.value)->gathers) {
        print_column(out, &i->a, at.at);
        return;
    }
    if (is_of_rows(net, at.value)) {
        fprintf(out, "row %zu", at.at);
        return;
    }
    if (shape->n_dims != 2) {
        print_index(out, shape, at.at, tokens);
        return;
    }
    const size_t entry = at.at % shape->dim[1];
    print_index(out, whole, at.at / shape->dim[1], tokens);
    fprintf(out, ", row %zu, column %zu of its window", entry / i->a.kernel[1], entry % i->a.kernel[1]);
}

bool
explain_is_loss(const examination *x, value_id v)
{
    return x->view.net->maker[v] == x->view.net->p->n_forward;
}

bool
explain_is_of_input(const blame_net *net, value_id v)
{
    return v == net->leaf || net->p->value[v].of == net->p->input;
}

bool
explain_is_of_stored(const blame_net *net, value_id v)
{
    const value_id of = blame_gradient_source(net, v);
    return of != v && blame_depends(net, of) == DEPENDS_STORED;
}

void
explain_place_element(FILE *out, const examination *x, size_t element)
{
    const program *const p = x->view.net->p;
    fprintf(out, "element %zu", element);
    if (p->value[p->input].shape.n_dims == 3) {
        fputs(" (", out);
        print_index(out, &p->value[p->input].shape, element, has_tokens(x->model->graph));
        putc(')', out);
    }
}

void
explain_where(FILE *out, const examination *x, blame_place at)
{
    const blame_net *const net = x->view.net;
    if (explain_is_of_input(net, at.value)) {
        explain_place_element(out, x, at.at);
        return;
    }
    if (explain_is_loss(x, at.value)) {
        const bool classes = blame_row(net, at.value)->all;
        fprintf(out, "%s %zu%s", classes ? "class" : "output", at.at, classes && at.at == x->label ? ", the label" : "");
        return;
    }
    fputs(blame_gradient_source(net, at.value) != at.value ? "gradient of " : "", out);
    escape_terminal(out, x->model->graph->node[blame_node(net, at.value)].name);
    fputs(explain_is_of_stored(net, at.value) ? " as stored, " : ", ", out);
    print_number(out, x, at);
}
