/* SPDX-License-Identifier: Apache-2.0 */
/* pass_tmpl.h -- the network, the tape and the pass of a format. Included once for each format, after gemm/gemm_tmpl.h.

   With layers l = 0, …, L-1, a_{-1} = x and images in rows:
     forward   u_l = a_{l-1} W_l^T + b_l,  z_l = g_l u_l,  a_l = f_l(z_l), d_l = f_l'(z_l) for l < L-1
     loss      p = softmax(z_{L-1}), or e_c of the margin's class c,  delta_{L-1} = dL/dz_{L-1}
     backward  scaled_l = g_l delta_l,  back_{l-1} = scaled_l W_l,  delta_{l-1} = back_{l-1} d_{l-1},  dL/dx = scaled_0 W_0,
               dL/dW_l = scaled_l^T a_{l-1},  dL/db_l = column sums of scaled_l
     end       softmax(z_{L-1}) or log softmax(z_{L-1}), in p, if the network has one; else z_{L-1}
   where g_l is the gain of sigmoid and tanh layers, 1 for ReLU, and the logit scale for the readout. */

typedef struct {
    size_t n_layers;
    ga_activation *activation;
    ga_output output;
    NUM(mat) *w, *b; /* at the model's own precision: exact in every format that may run it */
    num *gain;
} NUM(net);

typedef struct {
    size_t n_layers, rows;
    size_t first, end;   /* the rows that hold images; the others are padding */
    uint8_t *label;
    NUM(mat) x, p, loss, dx;
    NUM(mat) *u, *z, *a, *d, *back, *delta, *scaled; /* a, d, back: hidden layers only */
    NUM(mat) *dw, *db;                               /* only if weight gradients were asked for */
} NUM(tape);

/* NULL if memory runs out. Neither keeps the model. */
NUM(net) *NUM(net_new)(const ga_model *model, const ga_estimator *e, NUM(ctx) *ctx);
void NUM(net_free)(NUM(net) *net);
NUM(tape) *NUM(tape_new)(const ga_model *model, size_t rows, bool weights, NUM(ctx) *ctx);
void NUM(tape_free)(NUM(tape) *tape);

/* Sets how many rows take part, at most as many as the tape was made with, and which of them hold images. */
void NUM(tape_set_rows)(NUM(tape) *tape, size_t rows, size_t first, size_t end);

/* One layer of the forward pass; all of it; the loss and its residual, zero on padding rows. */
void NUM(pass_forward_layer)(NUM(tape) *tape, const NUM(net) *net, size_t l, NUM(ctx) *ctx);
void NUM(pass_forward)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx);
void NUM(pass_residual)(NUM(tape) *tape, NUM(ctx) *ctx);

/* After the forward pass: the network's own end. p then belongs to no loss. */
void NUM(pass_end)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx);

/* back_l; delta_l from it; scaled_l and the weight gradients of layer l; dL/dx; and all of the backward pass in that order. */
void NUM(pass_backward_sum)(NUM(tape) *tape, const NUM(net) *net, size_t l, NUM(ctx) *ctx);
void NUM(pass_backward_activation)(NUM(tape) *tape, size_t l, NUM(ctx) *ctx);
void NUM(pass_backward_layer)(NUM(tape) *tape, const NUM(net) *net, size_t l, NUM(ctx) *ctx);
void NUM(pass_backward_input)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx);
void NUM(pass_backward)(NUM(tape) *tape, const NUM(net) *net, NUM(ctx) *ctx);
