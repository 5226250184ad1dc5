/* SPDX-License-Identifier: Apache-2.0 */
/* layers.h -- a program of fully connected layers, seen as layers. */
#ifndef GRADAUDIT_LAYERS_H
#define GRADAUDIT_LAYERS_H

#include <stdlib.h>

#include "graph/op_graph.h"
#include "graph/program.h"

/* The values of a layer l. u = a_{l-1} W^T + b; z = g u; a = f(z) and d = f'(z); back, delta, scaled: the gradients of a, z, u.
   Where the factor is absent, z is u and scaled is delta. NO_VALUE: the readout has no a, d and back, and a factor that is absent
   no value; gradients that are not wanted neither. */
typedef struct {
    value_id weight, bias, factor, u, z, a, d, back, delta, scaled;
    op_id function; /* of the readout OP_identity */
} mlp_layer;

/* The next instruction of the chain: one that takes v, and goes on from it. */
static inline const instruction *
layers_next(const program *p, size_t *k, value_id v)
{
    return *k < p->n_forward && p->code[*k].in[0] == v ? p->code + (*k)++ : NULL;
}

/* layer[0..n_layers-1], which the caller frees; NULL if memory runs out or the program is not a chain of layers. */
static inline mlp_layer *
layers_of(const program *p, size_t n_layers)
{
    mlp_layer *const layer = calloc(n_layers, sizeof *layer);
    value_id x = p->input;
    size_t k = p->n_once;
    bool ok = layer != NULL;
    for (size_t l = 0; ok && l < n_layers; l++) {
        mlp_layer *const v = layer + l;
        const instruction *i = layers_next(p, &k, x);
        if (!(ok = i != NULL && i->op == OP_affine))
            break;
        *v = (mlp_layer){ i->in[1], i->in[2], NO_VALUE, i->out[0], i->out[0], NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE, NO_VALUE,
                          OP_identity };
        if (k < p->n_forward && p->code[k].op == OP_scale && (i = layers_next(p, &k, v->u)) != NULL) {
            v->factor = i->in[1];
            v->z = i->out[0];
        }
        v->delta = p->gradient_of[v->z];
        v->scaled = p->gradient_of[v->u];
        if (l + 1 == n_layers)
            continue;
        i = layers_next(p, &k, v->z);
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

#endif
