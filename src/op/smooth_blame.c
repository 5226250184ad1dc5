/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_blame.c -- the functions of num/smooth.def: why they are 0, and what they are at a computed argument. */
#include "blame/image.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/smooth.h"

static smooth_id
function(op_id op)
{
#define SMOOTH(f, ...) OP_##f,
    static const op_id ops[N_SMOOTH] = {
#include "num/smooth.def"
    };
#undef SMOOTH
    size_t f = 0;
    while (ops[f] != op)
        f++;
    return (smooth_id)f;
}

static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t z;
    mpfr_init2(z, mpfr_get_prec(r));
    mpfr_vec_set_number(z, &image->computed->value[i->in[0]][at]);
    smooth_mpfr(r, function(i->op), (int)out, z, MPFR_RNDN);
    mpfr_clear(z);
    return true;
}

/* It is 0 because e^-|z|, or what it is made of that, is below the range, or, though its own value is not, because formulas absorb
   or cancel. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t r;
    mpfr_init2(r, blame_bits(&image->e));
    exact(r, image, i, out, at);
    if (format_has_range(image->e.format))
        mpfr_narrow(r, r, &image->e.format, UINT32_MAX);
    const bool lost = !mpfr_zero_p(r);
    mpfr_clear(r);
    return lost ? ORIGIN_SIGMA_ABSORPTION : ORIGIN_SIGMA_UNDERFLOW;
}

#define SMOOTH(f, ...)                                                                                                             \
    const op_blame op_blame_##f = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero,   \
                                    .exact = exact };
#include "num/smooth.def"
