/* SPDX-License-Identifier: Apache-2.0 */
/* function_blame.c -- the functions of num/functions.def: why they are 0, and what they are at a computed argument. */
#include "blame/image.h"
#include "graph/op_graph.h"
#include "num/function.h"

static function_id
function_of(op_id op)
{
#define FUNCTION(f, ...) OP_##f,
    static const op_id ops[N_FUNCTIONS] = {
#include "num/functions.def"
    };
#undef FUNCTION
    size_t f = 0;
    while (ops[f] != op)
        f++;
    return (function_id)f;
}

static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const op_value *const value = image->net->p->value;
    mpfr_t z, c;
    mpfr_init2(z, mpfr_get_prec(r));
    mpfr_init2(c, 53);
    mpfr_vec_set_number(z, &image->computed->value[i->in[0]][at]);
    if (op_graph_of(i->op)->n_in == 2) {
        const size_t cols = value[i->in[0]].cols;
        const ga_number own = blame_tape_number(image->computed, i->in[1], at % cols / (cols / value[i->in[1]].cols));
        mpfr_vec_set_number(c, &own);
    }
    function_mpfr(r, function_of(i->op), (int)out, z, c, MPFR_RNDN);
    mpfr_clears(z, c, (mpfr_ptr)0);
    return true;
}

/* It is 0 where it is at its computed argument, or below the range, or what it is made of is. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t r;
    mpfr_init2(r, 53);
    exact(r, image, i, out, at);
    const bool own = mpfr_zero_p(r);
    mpfr_clear(r);
    return own ? ORIGIN_ARGUMENT_ERROR : ORIGIN_SIGMA_UNDERFLOW;
}

#define FUNCTION(f, ...)                                                                                                           \
    const op_blame op_blame_##f = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero,   \
                                    .exact = exact };
#include "num/functions.def"
