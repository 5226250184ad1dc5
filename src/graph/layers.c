/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c -- see layers.h */
#include <stdlib.h>

#include "graph/layers.h"
#include "graph/op_graph.h"

/* The next instruction of the chain: one that takes v, and goes on from it. */
static const instruction *
next(const program *p, size_t *k, value_id v)
{
    return *k < p->n_forward && p->code[*k].in[0] == v ? p->code + (*k)++ : NULL;
}

mlp_layer *
layers_of(const program *p, size_t n_layers)
{
    mlp_layer *const layer = calloc(n_layers, sizeof *layer);
    value_id x = p->input;
    size_t k = p->n_once;
    bool ok = layer != NULL;
    for (size_t l = 0; ok && l < n_layers; l++) {
        mlp_layer *const v = layer + l;
        const instruction *i = next(p, &k, x);
        if (!(ok = i != NULL && i->op == OP_affine))
            break;
        *v = (mlp_layer){ i->in[1], i->in[2], NO_VALUE, i->out[0], i->out[0], NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE,
                             OP_identity };
        if (k < p->n_forward && p->code[k].op == OP_scale && (i = next(p, &k, v->u)) != NULL) {
            v->factor = i->in[1];
            v->z = i->out[0];
        }
        v->delta = p->gradient_of[v->z];
        v->scaled = p->gradient_of[v->u];
        if (l + 1 == n_layers)
            continue;
        i = next(p, &k, v->z);
        if (!(ok = i != NULL && op_graph_of(i->op)->n_out == 2))
            break;
        v->function = i->op;
        v->a = x = i->out[0];
        v->d = i->out[1];
        v->back = p->gradient_of[v->a];
    }
    if (ok && k == p->n_forward)
        return layer;
    free(layer);
    return NULL;
}
