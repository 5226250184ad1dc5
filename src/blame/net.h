/* SPDX-License-Identifier: Apache-2.0 */
/* net.h -- the program whose gradient is examined, and what blame asks of it: constants, who makes and who reads what. */
#ifndef BLAME_NET_H
#define BLAME_NET_H

#include "blame/op_blame.h"
#include "graph/program.h"

/* How one value reaches another: not; number i reaches only number i of the same image; all numbers of an image reach all; or some
   do, as in a convolution. */
typedef enum { REACHES_NOT, REACHES_SAME, REACHES_SOME, REACHES_ALL } blame_reach;

/* Numbers of the model, exactly: one of both. */
typedef struct {
    const float *f;
    const double *d;
} blame_constant;

typedef struct {
    const program *p;
    blame_shape shape;
    value_id leaf;            /* the gradient that is examined */
    size_t *maker;            /* [value]: its instruction, */
    uint8_t *output;          /* and which output of it; */
    bool *examined;           /* it is a number that can be wrong: what an instruction of the pass makes, */
    bool *kept;               /* or the image's or target's */
    blame_constant *constant; /* [value]: of those that are */
    size_t most_runs, most_readers;
    program *own;
    uint8_t *reach;           /* blame_reach, [from n_values + to] */
    double **once;
} blame_net;

/* The program of the model's gradient by e, to its input or, with parameter != SIZE_MAX, to one of its parameters, summed over so
   many images. The model must live as long. NULL: out of memory. */
blame_net *blame_net_new(const ga_model *model, const ga_estimator *e, size_t parameter, size_t images);
void blame_net_free(blame_net *net);

/* The same constants rounded to a format, or stored by its recipe, for a tape in it: [value], which the caller frees with
   blame_constants_free. The net's own, which that leaves alone, if the pass has the model's numbers and computes none.
   NULL: out of memory. */
const blame_constant *blame_constants(const blame_net *net, ga_format f);
void blame_constants_free(const blame_net *net, const blame_constant *constant);

/* Whether some are computed, as batch normalisation's factors are, and so differ from one format to another. */
bool blame_computes_constants(const blame_net *net);

static inline double
blame_number(const blame_constant *c, size_t i)
{
    return c->f != NULL ? (double)c->f[i] : c->d[i];
}

static inline const instruction *
blame_maker(const blame_net *net, value_id v)
{
    return net->p->code + net->maker[v];
}

static inline const op_blame *
blame_row(const blame_net *net, value_id v)
{
    return op_blame_of(blame_maker(net, v)->op);
}

static inline dependence
blame_depends(const blame_net *net, value_id v)
{
    return blame_row(net, v)->out[net->output[v]];
}

static inline blame_reach
blame_reaches(const blame_net *net, value_id from, value_id to)
{
    return (blame_reach)net->reach[from * net->p->n_values + to];
}

/* How many numbers a value has; its runs, room for most_runs. */
size_t blame_size(const blame_net *net, value_id v);
size_t blame_runs(blame_run *runs, const blame_net *net, value_id v, size_t at);

/* The numbers first, ..., first + n - 1 that are made together with number `at`. */
size_t blame_group(size_t *first, const blame_net *net, value_id v, size_t at);

/* The computed value whose gradient v is; v itself: it is the gradient of none. */
value_id blame_gradient_source(const blame_net *net, value_id v);

/* The node of the graph that a number is said to be at: of a gradient, that of the value it is the gradient of. */
size_t blame_node(const blame_net *net, value_id v);

/* What a value is called: "derivative"; as a recipe stores it, "stored derivative". */
enum { BLAME_WHAT = 64 };
const char *blame_what(char text[BLAME_WHAT], const blame_net *net, value_id v);

/* The row of images that a number belongs to; 0 for what belongs to the network. */
size_t blame_image_of(const blame_net *net, value_id v, size_t at);

#endif
