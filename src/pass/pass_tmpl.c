/* SPDX-License-Identifier: Apache-2.0 */
/* pass_tmpl.c -- the one forward and backward pass, in whichever format includes it; see pass_tmpl.h. */
#include <stdlib.h>

/* a_l and d_l; a value without a case never gets here (engine.h: pass_unknown). */
static void
NUM(activate)(NUM(tape) *tape, ga_activation f, size_t l, NUM(ctx) *ctx)
{
    switch (f) {
    case GA_SIGMOID:
        NUM(vec_sigmoid)(&tape->a[l], &tape->d[l], &tape->z[l], ctx);
        return;
    case GA_TANH:
        NUM(vec_tanh)(&tape->a[l], &tape->d[l], &tape->z[l], ctx);
        return;
    case GA_RELU:
        NUM(vec_relu)(&tape->a[l], &tape->d[l], &tape->z[l], ctx);
        return;
    case GA_LINEAR:
        if (l + 1 < tape->n_layers) /* the readout has logits alone */
            NUM(vec_linear)(&tape->a[l], &tape->d[l], &tape->z[l], ctx);
        return;
    }
    abort();
}

/* p, delta and the loss of the last layer l. */
static void
NUM(lose)(NUM(tape) *tape, size_t l, NUM(ctx) *ctx)
{
    switch (ctx->common.loss) {
    case GA_CROSS_ENTROPY:
        NUM(vec_softmax)(&tape->p, &tape->delta[l], &tape->loss, &tape->z[l], tape->label, ctx);
        return;
    case GA_MARGIN:
        NUM(vec_margin)(&tape->p, &tape->delta[l], &tape->loss, &tape->z[l], tape->label, ctx);
        return;
    }
    abort();
}

void
NUM(pass_forward_layer)(NUM(tape) *tape, const NUM(net) *net, size_t l, NUM(ctx) *ctx)
{
    ctx->common.layer = l;
    NUM(gemm)(&tape->u[l], l > 0 ? &tape->a[l - 1] : &tape->x, false, &net->w[l], true, &net->b[l], ctx);
    NUM(vec_scale)(&tape->z[l], &tape->u[l], net->gain + l, ctx);
    NUM(activate)(tape, net->activation[l], l, ctx);
}

void
NUM(pass_forward)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx)
{
    for (size_t l = 0; l < net->n_layers; l++)
        NUM(pass_forward_layer)(tape, net, l, ctx);
}

void
NUM(pass_residual)(NUM(tape) *tape, NUM(ctx) *ctx)
{
    const size_t l = tape->n_layers - 1;
    ctx->common.layer = l;
    NUM(lose)(tape, l, ctx);
    NUM(vec_keep_rows)(&tape->delta[l], tape->first, tape->end, ctx);
}

void
NUM(pass_end)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx)
{
    const size_t l = tape->n_layers - 1;
    ctx->common.layer = l;
    if (net->output == GA_SOFTMAX)
        NUM(vec_softmax)(&tape->p, NULL, NULL, &tape->z[l], tape->label, ctx);
    else if (net->output == GA_LOG_SOFTMAX)
        NUM(vec_log_softmax)(&tape->p, &tape->z[l], ctx);
}

void
NUM(pass_backward_sum)(NUM(tape) *tape, const NUM(net) *net, size_t l, NUM(ctx) *ctx)
{
    ctx->common.layer = l;
    NUM(gemm)(&tape->back[l], &tape->scaled[l + 1], false, &net->w[l + 1], false, NULL, ctx);
}

void
NUM(pass_backward_activation)(NUM(tape) *tape, size_t l, NUM(ctx) *ctx)
{
    ctx->common.layer = l;
    NUM(vec_mul)(&tape->delta[l], &tape->back[l], &tape->d[l], ctx);
}

void
NUM(pass_backward_layer)(NUM(tape) *tape, const NUM(net) *net, size_t l, NUM(ctx) *ctx)
{
    ctx->common.layer = l;
    NUM(vec_scale)(&tape->scaled[l], &tape->delta[l], net->gain + l, ctx);
    if (tape->dw == NULL)
        return;
    NUM(gemm)(&tape->dw[l], &tape->scaled[l], true, l > 0 ? &tape->a[l - 1] : &tape->x, false, NULL, ctx);
    NUM(vec_column_sums)(&tape->db[l], &tape->scaled[l], ctx);
}

void
NUM(pass_backward_input)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx)
{
    ctx->common.layer = 0;
    NUM(gemm)(&tape->dx, &tape->scaled[0], false, &net->w[0], false, NULL, ctx);
}

void
NUM(pass_backward)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx)
{
    const size_t last = net->n_layers - 1;
    NUM(pass_backward_layer)(tape, net, last, ctx);
    for (size_t l = last; l-- > 0;) {
        NUM(pass_backward_sum)(tape, net, l, ctx);
        NUM(pass_backward_activation)(tape, l, ctx);
        NUM(pass_backward_layer)(tape, net, l, ctx);
    }
    NUM(pass_backward_input)(tape, net, ctx);
}
