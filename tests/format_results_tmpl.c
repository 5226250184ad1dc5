/* SPDX-License-Identifier: Apache-2.0 */
/* format_results_tmpl.c -- operations and functions of numbers of a format, given and returned as doubles, which hold them; after
   format_results.h. */
typedef struct {
    NUM(ctx) *ctx;
    num *v;
} NUM(worker);

static inline NUM(worker)
NUM(worker_new)(ga_format f)
{
    const ga_estimator e = { .format = f, .product = GA_LOOP, .gain = 1, .logit_scale = 1 };
    NUM(worker) w = { NUM(ctx_new)(&e), num_vec_new(3, f.bits) };
    if (w.ctx == NULL || w.v == NULL)
        exit(99);
    return w;
}

static inline void
NUM(worker_free)(NUM(worker) *w)
{
    NUM(ctx_free)(w->ctx);
    num_vec_free(w->v);
}

static inline void
NUM(pair)(double got[N_PAIR_RESULTS], double a, double b, void *worker)
{
    NUM(worker) *const w = worker;
    num *const x = w->v, *const y = x + 1, *const r = x + 2;
    num_set_d(x, a, w->ctx);
    num_set_d(y, b, w->ctx);
    num_add(r, x, y, w->ctx);
    got[0] = num_get_d(r);
    num_sub(r, x, y, w->ctx);
    got[1] = num_get_d(r);
    num_mul(r, x, y, w->ctx);
    got[2] = num_get_d(r);
    num_div(r, x, y, w->ctx);
    got[3] = num_get_d(r);
    num_muladd(y, x, y, w->ctx);
    got[4] = num_get_d(y);
}

static inline void
NUM(single)(double got[N_SINGLE_RESULTS], double a, void *worker)
{
    NUM(worker) *const w = worker;
    num *const x = w->v, *const r = x + 1;
    num_set_d(x, a, w->ctx);
    num_exp(r, x, w->ctx);
    got[0] = num_get_d(r);
    num_expm1(r, x, w->ctx);
    got[1] = num_get_d(r);
    num_log(r, x, w->ctx);
    got[2] = num_get_d(r);
    num_log1p(r, x, w->ctx);
    got[3] = num_get_d(r);
    num_tanh(r, x, w->ctx);
    got[4] = num_get_d(r);
    num_erf(r, x, w->ctx);
    got[5] = num_get_d(r);
    num_one_plus_exp_neg(r, x, 1, w->ctx);
    got[6] = num_get_d(r);
    num_neg(r, x, w->ctx);
    got[7] = num_get_d(r);
    num_abs(r, x, w->ctx);
    got[8] = num_get_d(r);
}

/* The class of a number, and what its digits read back to. */
static inline ga_class
NUM(class_of)(double *again, double a, void *worker)
{
    NUM(worker) *const w = worker;
    ga_number n;
    char text[60];
    num_set_d(w->v, a, w->ctx);
    num_get_number(&n, w->v, w->ctx);
    num_print(text, sizeof text, w->v, 0, w->ctx);
    num_set_d(w->v, strtod(text, NULL), w->ctx);
    *again = num_get_d(w->v);
    return n.klass;
}
