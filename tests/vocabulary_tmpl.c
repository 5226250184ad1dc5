/* SPDX-License-Identifier: Apache-2.0 */
/* vocabulary_tmpl.c -- the lines of vocabulary.def in one format; see test_vocabulary.c for the format's NUM(noise), NUM(identical)
   and NUM(set_class). */

/* a_i = the class of row i; see NUM(set_class). */
static void
NUM(classes)(NUM(mat) *a, const NUM(mat) *o, NUM(ctx) *ctx)
{
    for (size_t i = 0; i < o->rows; i++)
        NUM(set_class)(a->e + i, NUM(vec_argmax)(o, i), ctx);
}

#define ROW(function, least, outputs, inputs, ...)                                                                                 \
    static void NUM(try_##function)(NUM(mat) *const *out, const NUM(mat) *const *in, const uint32_t *label, NUM(ctx) *ctx)         \
    {                                                                                                                              \
        (void)label;                                                                                                               \
        __VA_ARGS__;                                                                                                               \
    }
#include "vocabulary.def"
#undef ROW

#define ROW(function, ...) NUM(try_##function),
static void (*const NUM(try)[])(NUM(mat) *const *, const NUM(mat) *const *, const uint32_t *, NUM(ctx) *) = {
#include "vocabulary.def"
};
#undef ROW

typedef struct {
    NUM(ctx) *ctx;
    NUM(mat) in[MATRICES], out[MATRICES], again[MATRICES];
    uint64_t random;
} NUM(state);

static NUM(state)
NUM(open)(ga_format format, long input_bits)
{
    const ga_estimator e = { .format = format, .product = GA_LOOP, .gain = 1, .logit_scale = 1 };
    NUM(state) s = { .ctx = NUM(ctx_new)(&e), .random = test_seed() };
    if (s.ctx == NULL || !NUM(gemm_reserve)(SIZE, input_bits, input_bits, s.ctx))
        exit(99);
    for (size_t i = 0; i < MATRICES; i++) {
        s.in[i] = NUM(mat_new)(SIZE, SIZE, input_bits, s.ctx);
        s.out[i] = NUM(mat_new)(SIZE, SIZE, format.bits, s.ctx);
        s.again[i] = NUM(mat_new)(SIZE, SIZE, format.bits, s.ctx);
        if (s.in[i].e == NULL || s.out[i].e == NULL || s.again[i].e == NULL)
            exit(99);
    }
    return s;
}

static void
NUM(close)(NUM(state) *s)
{
    for (size_t i = 0; i < MATRICES; i++) {
        NUM(mat_free)(s->in + i);
        NUM(mat_free)(s->out + i);
        NUM(mat_free)(s->again + i);
    }
    NUM(ctx_free)(s->ctx);
}

static void
NUM(set_shapes)(NUM(state) *s, const entry *row, size_t n)
{
    for (size_t i = 0; i < row->n_in; i++)
        shape_of(&s->in[i].rows, &s->in[i].cols, row->in[i], n);
    for (size_t i = 0; i < row->n_out; i++) {
        shape_of(&s->out[i].rows, &s->out[i].cols, row->out[i], n);
        s->again[i].rows = s->out[i].rows;
        s->again[i].cols = s->out[i].cols;
    }
}

/* One call; bit i of null: output i is NULL. same: in[0] is the second input too. */
static void
NUM(call)(NUM(mat) *result, NUM(state) *s, const entry *row, unsigned null, bool same, const uint32_t *label)
{
    NUM(mat) *out[MATRICES] = { NULL };
    const NUM(mat) *const in[MATRICES] = { s->in, same ? s->in : s->in + 1, s->in + 2 };
    for (size_t i = 0; i < row->n_out; i++) {
        for (size_t k = 0; k < result[i].rows * result[i].cols; k++)
            if (row->out[i] == 'M')
                num_set(result[i].e + k, s->in[0].e + k, s->ctx);
            else
                NUM(noise)(result[i].e + k, &s->random);
        out[i] = null >> i & 1 ? NULL : result + i;
    }
    NUM(try)[row->index](out, in, label, s->ctx);
}

static void
NUM(check_same)(const NUM(state) *s, const entry *row, unsigned null, const char *what)
{
    for (size_t i = 0; i < row->n_out; i++)
        for (size_t k = 0; k < s->out[i].rows * s->out[i].cols && !(null >> i & 1); k++)
            ASSERT(NUM(identical)(s->out[i].e + k, s->again[i].e + k), "%s: output %zu[%zu] depends on %s (NULL: %u)",
                   row->name, i, k, what, null);
}

/* The outputs depend neither on what they held nor on which of them are NULL. Leaves them in s->out. */
static void
NUM(check_outputs)(NUM(state) *s, const entry *row, const uint32_t *label)
{
    NUM(call)(s->out, s, row, 0, false, label);
    for (unsigned null = 0; null < 1u << row->n_out; null++)
        if ((null & ~row->may_be_null) == 0) {
            NUM(call)(s->again, s, row, null, false, label);
            NUM(check_same)(s, row, null, "what an output held or NULL");
        }
}

/* Nor on whether two equal matrices are the same one. The second input becomes the first. */
static void
NUM(check_inputs)(NUM(state) *s, const entry *row, const uint32_t *label)
{
    if (row->n_in < 2 || row->in[1] != 'm')
        return;
    for (size_t k = 0; k < s->in[1].rows * s->in[1].cols; k++)
        num_set(s->in[1].e + k, s->in[0].e + k, s->ctx);
    NUM(call)(s->out, s, row, 0, true, label);
    NUM(call)(s->again, s, row, 0, false, label);
    NUM(check_same)(s, row, 0, "two inputs being one");
}
