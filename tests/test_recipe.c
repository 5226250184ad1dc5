/* SPDX-License-Identifier: Apache-2.0 */
/* test_recipe.c -- precision recipes: their stores, number by number, against exact rationals; published facts of scaled ones;
   which instructions a program gets; and where an audit judges a gradient. */
#include <string.h>

#include "core/finding.h"
#include "exact_format.h"
#include "formats_tried.h"
#include "graph/op_graph.h"
#include "networks.h"
#include "graphs.h"
#include "num/frozen.h"
#include "pass/engine.h"
#include "pass/truth.h"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "num/mp.h"
#include "num/vec_tmpl.h"

/* ---- stores --------------------------------------------------------------------------------------------------------- */

typedef struct {
    const exact_format *x;
    ctx_f32 *f32;
    ctx_f64 *f64;
    ctx_mp *mp;
    mpfr_t t;
    int k;
    const char *what;
    size_t n;
    float *single, *want; /* of float, to be rounded once more, in vectors */
    size_t n_single;
} stores;

/* a 2^-k as it is stored with the scale 2^k, in three arithmetics; in float where that holds it. */
static void
try_store(stores *s, double a)
{
    const double x = ldexp(a, -s->k), want = ldexp(exact_rounded_d(s->x, a), -s->k);
    const float single = (float)x;
    double got = 77;
    f64_narrow(&got, &x, s->f64);
    ASSERT(exact_same(got, want), "%s: %a becomes %a, not %a", s->what, x, got, want);
    mpfr_set_d(s->t, x, MPFR_RNDN);
    mp_narrow(s->t, s->t, s->mp); /* in place */
    got = mpfr_get_d(s->t, MPFR_RNDN);
    ASSERT(exact_same(got, want), "%s in MPFR: %a becomes %a, not %a", s->what, x, got, want);
    s->n++;
    if ((double)single != x)
        return;
    float r = 77;
    f32_narrow(&r, &single, s->f32);
    ASSERT(exact_same((double)r, (double)(float)want), "%s in float: %a becomes %a, not %a", s->what, x, (double)r, want);
    s->n++;
    if (isfinite(single) && fabs(a) > FLT_MAX)
        return; /* no number that a pass scales: the product of the scale is infinite in float */
    s->single[s->n_single] = single;
    s->want[s->n_single++] = (float)want;
}

/* All numbers of float at once, and in place. */
static void
store_all(stores *s)
{
    float *const r = malloc(s->n_single * sizeof *r);
    for (size_t i = 0; i < s->n_single; i++)
        r[i] = 77;
    f32_narrow_all(r, s->single, s->n_single, s->f32);
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i < s->n_single; i++)
            if (!ASSERT(exact_same((double)r[i], (double)s->want[i]), "%s in vectors: %a, not %a", s->what, (double)r[i],
                        (double)s->want[i]))
                break;
        memcpy(r, s->single, s->n_single * sizeof *r);
        f32_narrow_all(r, r, s->n_single, s->f32);
    }
    free(r);
}

static void
try_beside(stores *s, double a)
{
    const double all[] = { a, nextafter(a, 0), nextafter(a, INFINITY), (double)nextafterf((float)a, 0),
                           (double)nextafterf((float)a, INFINITY) };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        try_store(s, all[i]);
        try_store(s, -all[i]);
    }
}

/* Every number, every tie and what is beside them. */
static void
check_stores(const definition *base, const char *more, ga_overflow overflow, size_t rounding, int k)
{
    definition d = *base;
    d.rounding = roundings_tried[rounding].rounding;
    d.overflow = overflow;
    char words[100];
    ga_format g, of = { 0 };
    snprintf(words, sizeof words, "store:gradient=%s,rounding=%s%s", d.words, roundings_tried[rounding].word, more);
    if (!ASSERT(ga_format_parse(&of, words, NULL) == GA_OK && recipe_stored(&g, of, GA_GRADIENT), "%s", words))
        return;
    ASSERT(!recipe_stored(&g, of, GA_WEIGHT) && !recipe_operand(&g, of, GA_GRADIENT) && recipe_stored(&g, of, GA_GRADIENT));
    ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    exact_format x = exact_format_new(&d);
    stores s = { .x = &x, .k = k, .what = words, .f32 = ctx_new_f32(&e) };
    e = network_estimator("double", GA_NAIVE, GA_LOOP);
    s.f64 = ctx_new_f64(&e);
    e = network_estimator("mpfr:53", GA_NAIVE, GA_LOOP);
    s.mp = ctx_new_mp(&e);
    f32_store(g, k, s.f32);
    f64_store(g, k, s.f64);
    mp_store(g, k, s.mp);
    mpfr_init2(s.t, 53);
    s.single = malloc((20 * x.n + 100) * sizeof *s.single);
    s.want = malloc((20 * x.n + 100) * sizeof *s.want);
    try_store(&s, 0);
    try_store(&s, -0.0);
    try_store(&s, NAN);
    try_store(&s, INFINITY);
    try_store(&s, -INFINITY);
    for (size_t i = 0; i < x.n; i++) {
        try_beside(&s, x.number[i]);
        try_beside(&s, (x.number[i] + x.number[i + 1]) / 2);
    }
    try_beside(&s, x.number[x.n]);
    store_all(&s);
    free(s.single);
    free(s.want);
    ASSERT(s.n > 30 * x.n, "%s: %zu stores of %zu numbers", words, s.n, x.n);
    mpfr_clear(s.t);
    ctx_free_f32(s.f32);
    ctx_free_f64(s.f64);
    ctx_free_mp(s.mp);
    exact_format_free(&x);
}

static void
stored_numbers(void)
{
    static const char *const names[] = { "float16", "bfloat16", "e4m3", "e5m2", "e2m1", "e4m3fnuz" };
    for (size_t i = 0; i < N_NAMED; i++)
        for (size_t n = 0; n < sizeof names / sizeof *names; n++)
            for (size_t r = 0; r < 3 && strcmp(names[n], named_formats[i].words) == 0; r++) {
                const definition *const d = named_formats + i;
                const bool wide = d->p > 4; /* of 16 bits: each scale with one of the roundings */
                check_stores(d, "", d->overflow, r, 0);
                for (int k = -9; k <= 9; k += 6)
                    if (!wide || (k + 9) / 6 % 3 == (int)r)
                        check_stores(d, k < 0 ? ",saturate" : k == 3 ? ",inf" : ",nan",
                                     k < 0 ? GA_TO_LARGEST : k == 3 ? GA_TO_INFINITY : GA_TO_NAN, r, wide ? k / 3 : k);
            }
}

/* ---- scales --------------------------------------------------------------------------------------------------------- */

/* The numbers x of an image as a product takes them: it multiplies by the identity, which is a power of two in every block. */
static void
as_operand(double *r, const char *recipe, const double *x, size_t n)
{
    const ga_activation none[1] = { GA_LINEAR };
    const size_t sizes[] = { n, n };
    uint64_t state = 1;
    ga_model *const m = network_new(GA_F32, 1, sizes, none, 0, &state);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            ga_model_set(m, m->layer[0].weight, i * n + k, i == k);
    for (size_t i = 0; i < n; i++)
        ga_model_set(m, m->layer[0].bias, i, 0);
    const ga_estimator e = network_estimator(recipe, GA_NAIVE, GA_LOOP);
    const engine_ops *const ops = &engine_f32;
    void *const engine = ops->open(&(engine_key){ m, e, 1, false, true, false }, NULL);
    if (!ASSERT(engine != NULL))
        exit(99);
    ops->set_image(engine, 0, x, 0);
    ops->set_rows(engine, 1, 0, 1);
    ops->forward(engine);
    ops->values(r, engine, ops->program(engine)->logits, 0);
    ops->close(engine);
    ga_model_free(m);
}

/* The largest number decides what the others become. */
static void
published_scales(void)
{
    static const struct {
        const char *recipe;
        double largest, becomes, other, other_becomes;
    } known[] = {
        { "mxfp8", 957, 896, 104, 104 },                        /* OCP MX v1.0: 957 / 2 saturates at 448 */
        { "mxfp8", 896, 896, 1, 1 }, { "mxfp8", 1023.9375, 896, 0.0078125, 0.0078125 }, { "mxfp8", 1024, 1024, 0.01, 0.0078125 },
        { "mxfp8,scale=ceil", 957, 960, 100, 96 }, { "mxfp8,scale=ceil", 1024, 1024, 0.01, 0.0078125 },
        { "mxfp8,scale=ceil", 1024.5, 1024, 0.01, 0.015625 },   /* 2^11 / 2^8 is the scale */
        { "mxfp8,scale=nearest", 957, 896, 1, 1 },              /* 960 in 4 bits */
        { "mxfp8,scale=nearest", 991.9375, 896, 0.002, 0.00390625 }, { "mxfp8,scale=nearest", 992, 1024, 0.005, 0.0078125 },
        { "fp8-hybrid", 448, 448, 0.001, 0.001953125 }, { "fp8-hybrid", 449, 448, 0.003, 0.00390625 },
        { "fp8-hybrid", 465, 480, 1, 1 }, { "fp8-hybrid", 464, 448, 1, 1 }, /* halved: 232 is a tie of 224 and 240 */
        { "fp8-hybrid", 1.75, 1.75, 0.001, 0.0009765625 }, { "fp8-hybrid", 1.7500001, 1.75, 0x1p-17, 0 },
        { "fp8-hybrid", 1.7500001, 1.75, 0x1.8p-17, 0x1p-16 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        double r[34], x[34] = { known[i].other, known[i].largest };
        const bool blocks = strncmp(known[i].recipe, "mxfp8", 5) == 0;
        x[33] = x[32] = blocks ? 0x1p40 : 0; /* another block */
        for (int sign = -1; sign <= 1; sign += 2) {
            x[1] = sign * known[i].largest;
            as_operand(r, known[i].recipe, x, 34);
            ASSERT(r[1] == sign * known[i].becomes && r[0] == known[i].other_becomes, "%s: %g becomes %g, %g becomes %g",
                   known[i].recipe, x[1], r[1], x[0], r[0]);
            ASSERT(r[32] == x[32] && r[33] == x[33] && r[2] == 0);
        }
    }
}

/* What is 0, infinite or NaN does not scale; a scale has an end. */
static void
scales_of_others(void)
{
    double r[2];
    as_operand(r, "fp8-hybrid", (const double[]){ 0, 0 }, 2);
    ASSERT(r[0] == 0 && r[1] == 0);
    as_operand(r, "fp8-hybrid", (const double[]){ 0x1p-140, 0 }, 2); /* 2^126 times that is 2^-14: no number of E4M3 */
    ASSERT(r[0] == 0 && r[1] == 0);
    as_operand(r, "fp8-hybrid", (const double[]){ 0x1p-135, 0x1p-136 }, 2); /* the least, 2^-9; and a tie */
    ASSERT(r[0] == 0x1p-135 && r[1] == 0);
    as_operand(r, "fp8-hybrid", (const double[]){ 0x1p-118, 0x1p-127 }, 2); /* 2^126 keeps both */
    ASSERT(r[0] == 0x1p-118 && r[1] == 0x1p-127);
    as_operand(r, "fp8-hybrid", (const double[]){ 0x1.cp127, 0x1p109 }, 2); /* 2^-119, and a tie */
    ASSERT(r[0] == 0x1.cp127 && r[1] == 0);
    as_operand(r, "fp8-hybrid", (const double[]){ 0x1.cp127, 0x1p110 }, 2);
    ASSERT(r[0] == 0x1.cp127 && r[1] == 0x1p110);
}

/* ---- programs ------------------------------------------------------------------------------------------------------- */

/* The instructions, a line for each part of the program: "affine:0'"; "float16/sum:3" for a store, "e4m3,saturate*^/parameter:0"
   for one with scales (*), of windows laid out (#), along rows (^). Behind ":" the binary logarithm of the value's scale; "'" where
   the recipe does not store it. */
static void
print_program(char *text, size_t size, const program *p)
{
    size_t n = 0;
    for (size_t k = 0; k < p->n && n < size; k++) {
        const instruction *const i = p->code + k;
        const op_value *const out = p->value + i->out[0];
        char of[FORMAT_NAME] = "";
        const char *const scaled = i->op == OP_store_scaled ? "*" : i->op == OP_store_columns ? "#" : "";
        if (i->op == OP_store || *scaled != '\0')
            format_name(of, sizeof of, i->a.format);
        n += (size_t)snprintf(text + n, size - n, "%s%s%s%s%s%s:%d%s", k == 0 ? "" : k == p->n_once || k == p->n_forward ||
                              k == p->n_loss || k == p->n_backward ? "\n" : " ",
                              *of != '\0' ? of : op_graph_of(i->op)->name, scaled,
                              i->a.along_rows ? "^" : "", *of != '\0' ? "/" : "", *of != '\0' ? out->what : "", out->scaled,
                              out->stored ? "" : "'");
    }
}

static void
check_program(const char *recipe, ga_activation function, ga_formulas formulas, const char *want)
{
    static const size_t sizes[] = { 3, 4, 2 };
    uint64_t state = 1;
    char text[4000];
    ga_model *const m = network_new(GA_F32, 2, sizes, &function, 1, &state);
    const ga_estimator e = network_estimator(recipe, formulas, GA_LOOP);
    program *const plain = program_new(m->graph, &(program_options){ .gain = 1, .logit_scale = 1, .input = true });
    program *const p = program_stored(plain, e.format, formulas, NULL);
    if (ASSERT(plain != NULL && p != NULL)) {
        print_program(text, sizeof text, p);
        ASSERT(strcmp(text, want) == 0, "%s:\n%s\nand not\n%s", recipe, text, want);
        ASSERT(p->stored && !plain->stored && p->input == plain->input && p->parameter == plain->parameter);
        const value_id g = p->gradient_of[p->input];
        ASSERT(p->value[g].scaled == 0 && p->value[g].plain == plain->gradient_of[plain->input] && p->value[g].of == p->input);
    }
    program_free(p);
    program_free(plain);
    ga_model_free(m);
}

/* Of a convolution and a layer behind it; to their weights. */
static void
check_program_of_sums(const char *recipe, const char *want)
{
    const op_attributes conv = { .kernel = { 2, 2 }, .stride = { 1, 1 }, .pad = { 1, 0, 0, 0 } };
    uint64_t state = 1;
    char text[4000];
    ga_graph *const g = graph_new(GA_F32, &(op_shape){ 3, { 2, 3, 3 } });
    graph_affine(g, graph_unary(g, OP_tanh, graph_conv2d(g, graph_input, 2, 5, &conv, &state)), 30, 4, &state);
    ASSERT(graph_infer(g) == NULL);
    const ga_estimator e = network_estimator(recipe, GA_NAIVE, GA_LOOP);
    program *const plain = program_new(g, &(program_options){ .gain = 1, .logit_scale = 1, .input = true, .parameters = true });
    program *const p = plain != NULL ? program_stored(plain, e.format, GA_NAIVE, NULL) : NULL;
    if (ASSERT(p != NULL)) {
        print_program(text, sizeof text, p);
        ASSERT(strcmp(text, want) == 0, "%s:\n%s\nand not\n%s", recipe, text, want);
    }
    program_free(p);
    program_free(plain);
    graph_free(g);
}

static void
programs(void)
{
    check_program("amp-float16,loss-scale=8", GA_SIGMOID, GA_NAIVE,
                  "float16/parameter:0 float16/parameter:0 float16/parameter:0 float16/parameter:0\n"
                  "float16/input:0 affine:0' float16/sum:0 sigmoid:0' float16/activation:0 sigmoid slope:0 affine:0' "
                  "float16/sum:0\n"
                  "cross-entropy:0' scale:3 float16/scaled residual:3\n"
                  "affine input:3' float16/back-sum:3 mul:3' float16/product:3 affine input:3' float16/back-sum:3 scale:0");
    check_program("amp-float16", GA_RELU, GA_NAIVE, /* what ReLU makes is stored already */
                  "float16/parameter:0 float16/parameter:0 float16/parameter:0 float16/parameter:0\n"
                  "float16/input:0 affine:0' float16/sum:0 relu:0' affine:0' float16/sum:0\n"
                  "cross-entropy:0' float16/residual:0\n"
                  "affine input:0' float16/back-sum:0 mul:0' float16/product:0 affine input:0' float16/back-sum:0");
    check_program("amp-float16,weight=float", GA_TANH, GA_REWRITE, /* the derivative is of the argument */
                  "float16/input:0 affine:0' float16/sum:0 tanh:0' float16/activation:0 affine:0' float16/sum:0\n"
                  "cross-entropy:0' float16/residual:0\n"
                  "affine input:0' float16/back-sum:0 mul:0' float16/product:0 affine input:0' float16/back-sum:0");
    check_program("amp-float16,elementwise=each,loss-scale=8", GA_SIGMOID, GA_NAIVE, /* (g (1 - a)) a */
                  "float16/parameter:0 float16/parameter:0 float16/parameter:0 float16/parameter:0\n"
                  "float16/input:0 affine:0' float16/sum:0 sigmoid:0' float16/activation:0 complement:0' float16/complement:0 "
                  "affine:0' float16/sum:0\n"
                  "cross-entropy:0' scale:3 float16/scaled residual:3\n"
                  "affine input:3' float16/back-sum:3 mul:3' float16/partial product:3 mul:3' float16/product:3 affine input:3' "
                  "float16/back-sum:3 scale:0");
    check_program("store:activation=bfloat16,gradient=e5m2,elementwise=each", GA_TANH, GA_NAIVE, /* g (1 - a a) */
                  "bfloat16/input:0 affine:0' bfloat16/sum:0 tanh:0' bfloat16/activation:0 mul:0' bfloat16/square:0 "
                  "complement:0' bfloat16/complement:0 affine:0' bfloat16/sum:0\n"
                  "cross-entropy:0' e5m2/residual:0\n"
                  "affine input:0' e5m2/back-sum:0 mul:0' e5m2/product:0 affine input:0' e5m2/back-sum:0");
    check_program("store:gradient=float16,elementwise=each", GA_SIGMOID, GA_REWRITE, /* of the argument, which is one product */
                  "affine:0' sigmoid:0' affine:0'\n"
                  "cross-entropy:0' float16/residual:0\n"
                  "affine input:0' float16/back-sum:0 mul:0' float16/product:0 affine input:0' float16/back-sum:0");
    check_program("mxfp8", GA_TANH, GA_NAIVE, /* weights twice: along what is summed forward, and backward */
                  "e4m3,saturate*/parameter:0 e4m3,saturate*/parameter:0 e4m3,saturate*^/parameter:0 e4m3,saturate*^/parameter:0\n"
                  "e4m3,saturate*/input:0 affine:0' tanh:0' e4m3,saturate*/activation:0 affine:0'\n"
                  "cross-entropy:0'\n"
                  "e4m3,saturate*/residual:0 affine input:0' mul:0' e4m3,saturate*/product:0 affine input:0'");
    check_program_of_sums("mxfp8", /* of an image a convolution takes windows; sums over images go along rows */
                          "conv2d turn:0' e4m3,saturate*/parameter:0 e4m3,saturate*/parameter:0 e4m3,saturate*^/parameter:0 "
                          "e4m3,saturate*/turned weights:0\n"
                          "e4m3,saturate#/input:0 conv2d of columns:0' tanh:0' e4m3,saturate*/activation:0 affine:0'\n"
                          "cross-entropy:0'\n"
                          "e4m3,saturate*^/residual:0 e4m3,saturate*^/activation:0 affine weight:0' affine bias:0' "
                          "e4m3,saturate*/residual:0 affine input:0' mul:0' e4m3,saturate#^/product:0 e4m3,saturate#^/input:0 "
                          "conv2d weight of columns:0' conv2d bias:0' e4m3,saturate#/product:0 conv2d input of columns:0'");
    check_program_of_sums("amp-tf32",
                          "conv2d turn:0' tf32,rounding=toward-zero/parameter:0 tf32,rounding=toward-zero/parameter:0 "
                          "tf32,rounding=toward-zero/turned weights:0\n"
                          "tf32,rounding=toward-zero/input:0 conv2d:0' tanh:0' tf32,rounding=toward-zero/activation:0 affine:0'\n"
                          "cross-entropy:0'\n"
                          "tf32,rounding=toward-zero/residual:0 tf32,rounding=toward-zero/activation:0 affine weight:0' "
                          "affine bias:0' tf32,rounding=toward-zero/residual:0 affine input:0' mul:0' "
                          "tf32,rounding=toward-zero/product:0 tf32,rounding=toward-zero/input:0 conv2d weight:0' conv2d bias:0' "
                          "tf32,rounding=toward-zero/product:0 conv2d input:0'");
    check_program("fp8-hybrid,activation=float16,inf", GA_TANH, GA_NAIVE,
                  "e4m3,inf*/parameter:0 e4m3,inf*/parameter:0\n"
                  "float16/input:0 e4m3,inf*/input:0 affine:0' float16/sum:0 tanh:0' float16/activation:0 tanh slope:0 "
                  "e4m3,inf*/activation:0 affine:0' float16/sum:0\n"
                  "cross-entropy:0'\n"
                  "e5m2*/residual:0 affine input:0' mul:0' e5m2*/product:0 affine input:0'");
}

/* ---- scales of a file --------------------------------------------------------------------------------------------- */

/* The gradient of the margin of two linear outputs is the difference of their weights as they are stored; that of the residuals 1
   and -1, as it is stored, times that. */
static ga_code
take_gradient(void *data, const ga_block *b, ga_status *st)
{
    (void)st;
    ga_block_row(data, b, 0);
    return GA_OK;
}

static void
frozen_scales(void)
{
    static const size_t sizes[] = { 8, 2 };
    static const struct {
        double weight, stored; /* in e4m3 with the scale 2^8: up to 448/256, the least is 2^-17 */
    } known[] = {
        { 1, 1 }, { 1.75, 1.75 }, { 3, 1.75 }, { -0x1p100, -1.75 }, { 0x1p-17, 0x1p-17 }, { 0x1p-18, 0 }, { 0x1.8p-18, 0x1p-17 },
        { 0x1.1p0, 1 },
    };
    frozen_scale scale[] = { { (char *)(uintptr_t)"input", -3 }, { (char *)(uintptr_t)"fc1.weight", 8 },
                             { (char *)(uintptr_t)"gradient of fc1: residual", 16 }, { (char *)(uintptr_t)"fc2.weight", 0 } };
    ga_frozen f = { .path = (char *)(uintptr_t)"scales.json", .sha256 = "0123456789", .n = 3, .scale = scale };
    uint64_t state = 1;
    ga_model *const m = network_new(GA_F32, 1, sizes, NULL, 1, &state);
    ga_dataset *const ds = network_images(m, 1, &state);
    ga_estimator e = network_estimator("fp8-hybrid,scale=file", GA_NAIVE, GA_LOOP);
    ga_number g[8];
    ga_status st = { 0 };
    const ga_sink sink = { .parallel = take_gradient, .data = g };
    e.loss = GA_MARGIN;
    for (size_t i = 0; i < 8; i++) {
        ga_model_set(m, m->layer[0].weight, i, 0);
        ga_model_set(m, m->layer[0].weight, 8 + i, known[i].weight);
    }
    ASSERT(ga_gradient(m, ds, (ga_range){ 0, 0 }, &e, 1, &sink, &st) == GA_USAGE && strstr(st.message, "names no file") != NULL);
    e.format.recipe.frozen = &f;
    ASSERT(frozen_sort(&f) == NULL && frozen_find(&f, "input")->exponent == -3 && frozen_find(&f, "inpu") == NULL);
    st = (ga_status){ 0 };
    if (ASSERT(ga_gradient(m, ds, (ga_range){ 0, 0 }, &e, 1, &sink, &st) == GA_OK, "%s", st.message))
        for (size_t i = 0; i < 8; i++) {
            const double residual = 57344.0 / 65536, sign = ds->label[0] == 0 ? 1 : -1; /* 1 saturates */
            ASSERT(engine_double(g + i) == sign * residual * known[i].stored, "%zu: %a", i, engine_double(g + i));
        }
    char name[FORMAT_NAME];
    format_name(name, sizeof name, e.format);
    ASSERT(strcmp(name, "fp8-hybrid,scale=01234567") == 0, "%s", name);
    ga_format other = e.format;
    ASSERT(format_equal(other, e.format));
    other.recipe.frozen = &(ga_frozen){ .sha256 = "0123456788" };
    ASSERT(!format_equal(other, e.format) && engine_rows_independent(&e));
    f.n = 2;
    ASSERT(ga_estimator_check(&e, m, &st) == GA_BAD_FILE && strstr(st.message, "scales.json: it has no scale for 'input'") != NULL);
    f.n = 4;
    ASSERT(frozen_sort(&f) == NULL && ga_estimator_check(&e, m, &st) == GA_BAD_FILE && strstr(st.message, "'fc2.weight'") != NULL);
    scale[0].tensor = scale[1].tensor;
    ASSERT(frozen_sort(&f) != NULL);
    ga_dataset_free(ds);
    ga_model_free(m);
}

/* ---- audits --------------------------------------------------------------------------------------------------------- */

static void
last_stores(void)
{
    static const struct {
        const char *recipe, *name;
        int scale;
    } known[] = {
        { "amp-float16", "float16", 0 }, { "amp-float16,loss-scale=1024", "float16 (loss scale 1024)", 10 },
        { "amp-float16,loss-scale=1/8", "float16 (loss scale 0.125)", -3 },
        { "amp-bfloat16,loss-scale=65536", "bfloat16 (loss scale 65536)", 16 }, { "amp-bfloat16,loss-scale=131072", "float", 0 },
        { "amp-bfloat16,loss-scale=0.5", "float", 0 },         /* the largest would overflow */
        { "amp-bfloat16,sum=double,loss-scale=0.5", "bfloat16 (loss scale 0.5)", -1 },
        { "amp-float16,loss-scale=0x1p-100", "float16 (loss scale 0x1p-100)", -100 },
        { "amp-float16,loss-scale=0x1p100", "float16 (loss scale 0x1p100)", 100 },
        { "store:gradient=float16,sum=double,loss-scale=0x1p-100", "float16 (loss scale 0x1p-100)", -100 },
        { "amp-tf32,loss-scale=4", "float", 0 }, { "fp8-hybrid", "float", 0 }, { "mxfp8", "float", 0 },
        { "store:weight=e4m3", "float", 0 }, { "store:activation=e4m3,sum=double", "double", 0 },
        { "store:gradient=e4m3,saturate,loss-scale=4", "e4m3,saturate (loss scale 4)", 2 }, { "float16", "float16", 0 },
        { "fp8-hybrid,scale=file", "float", 0 }, { "fp8-hybrid,scale=file,gradient=float16", "float16", 0 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char name[FORMAT_NAME + 60];
        int scale = 77;
        const ga_estimator e = network_estimator(known[i].recipe, GA_NAIVE, GA_LOOP);
        recipe_last(&scale, e.format);
        recipe_last_name(name, sizeof name, e.format);
        ASSERT(scale == known[i].scale && strcmp(name, known[i].name) == 0, "%s: %s, %d", known[i].recipe, name, scale);
        format_name(name, sizeof name, e.format);
        ga_format again = { 0 };
        ASSERT(ga_format_parse(&again, name, NULL) == GA_OK && format_equal(again, e.format), "%s", name);
    }
}

static ga_number
number(float x)
{
    ga_number n;
    f32_get_number(&n, &x, NULL);
    return n;
}

static ga_truth
truth(double m, int64_t e, double tail)
{
    return (ga_truth){ .state = GA_TRUE_NONZERO, .sign = m < 0 ? -1 : 1, .mantissa = m, .tail = { tail, e }, .exponent = e };
}

/* At the last store, where both are multiplied by the loss scale. */
static void
cells_of_recipes(void)
{
    static const struct {
        const char *recipe;
        float computed;
        double m;
        int64_t e;
        double tail;
        ga_cell cell;
        double ulp;
    } known[] = {
        { "amp-float16", 0, 1, -25, 0, GA_CELL_BELOW_RANGE, -0.5 }, { "amp-float16", 0, 1, -25, 0x1p-80, GA_CELL_LOST, -0.5 },
        { "amp-float16,loss-scale=1024", 0, 1, -35, 0, GA_CELL_BELOW_RANGE, -0.5 },
        { "amp-float16,loss-scale=1024", 0, 1, -34, 0, GA_CELL_LOST, -1 },
        { "amp-float16,loss-scale=1/1024", 0, 1, -15, 0, GA_CELL_BELOW_RANGE, -0.5 },
        { "amp-float16,loss-scale=1/1024", 0, 1, -14, 0, GA_CELL_LOST, -1 },
        { "amp-float16,loss-scale=1024", INFINITY, 1, 6, 0, GA_CELL_ABOVE_RANGE, NAN },
        { "amp-float16,loss-scale=1024", INFINITY, 1, 5, 0, GA_CELL_NONFINITE, NAN },
        { "amp-float16,loss-scale=1024", -INFINITY, 1, 6, 0, GA_CELL_NONFINITE, NAN },
        { "amp-float16", INFINITY, 1, 15, 0, GA_CELL_NONFINITE, NAN },
        { "amp-float16,loss-scale=1024", 0x1p-33f, 1.5, -34, 0, GA_CELL_RIGHT, 0.5 }, /* an ulp is 2^-24 at 2^-24 */
        { "amp-float16,loss-scale=1024", 0x1p-32f, 1.5, -34, 0, GA_CELL_INACCURATE, 2.5 },
        { "amp-float16,loss-scale=1024", 0x1.1p-10f, 1, -10, 0, GA_CELL_INACCURATE, 64 },
        { "amp-float16,loss-scale=1024", -0x1p-10f, 1, -10, 0, GA_CELL_WRONG_SIGN, -2048 },
        { "amp-bfloat16,loss-scale=131072", 0, 1, -149, 0, GA_CELL_LOST, -1 }, /* float's */
        { "amp-bfloat16,loss-scale=65536", 0, 1, -150, 0, GA_CELL_BELOW_RANGE, -0.5 },
        { "amp-bfloat16", 0, 1, -134, 0, GA_CELL_BELOW_RANGE, -0.5 },
        { "store:gradient=e4m3,saturate,loss-scale=4", 112, 1.875, 6, 0, GA_CELL_ABOVE_RANGE, -1 },
        { "store:gradient=e4m3,saturate,loss-scale=4", 112, 1.8125, 6, 0, GA_CELL_RIGHT, -0.5 }, /* 464: a tie */
        { "store:gradient=e4m3,saturate,loss-scale=4", 112, 1.8125, 6, 0x1p-60, GA_CELL_ABOVE_RANGE, -0.5 },
        { "store:gradient=e4m3,saturate", 112, 1.8125, 6, 0, GA_CELL_RIGHT, -0.5 },
        { "store:gradient=e4m3,saturate", 448, 1.875, 8, 0, GA_CELL_ABOVE_RANGE, -1 },
        { "fp8-hybrid", 0, 1, -149, 0, GA_CELL_LOST, -1 }, { "mxfp8", 0, 1, -150, 0, GA_CELL_BELOW_RANGE, -0.5 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const ga_format f = network_estimator(known[i].recipe, GA_NAIVE, GA_LOOP).format;
        const ga_number c = number(known[i].computed);
        const ga_truth t = truth(known[i].m, known[i].e, known[i].tail);
        const ga_finding found = ga_find(&c, &t, f, 0.01);
        ASSERT(found.cell == known[i].cell, "%s, %zu: %s", known[i].recipe, i, ga_cell_names[found.cell]);
        ASSERT(isnan(known[i].ulp) ? isnan(found.ulp) : fabs(found.ulp - known[i].ulp) < 1e-12, "%s, %zu: %g ulp", known[i].recipe,
               i, found.ulp);
    }
    const ga_truth open = { .state = GA_UNDECIDED_ELEMENT, .bound = -40 }, zero = { .state = GA_TRUE_ZERO };
    const ga_number nothing = number(0), some = number(1);
    const ga_format f = network_estimator("amp-float16,loss-scale=1024", GA_NAIVE, GA_LOOP).format;
    ASSERT(truth_scaled(&open, 10).bound == -30 && truth_scaled(&zero, 10).state == GA_TRUE_ZERO);
    ASSERT(truth_scaled(&(ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = INT64_MAX }, 10).bound == INT64_MAX);
    ASSERT(ga_find(&nothing, &open, f, 0.01).cell == GA_CELL_UNDECIDED && ga_find(&nothing, &zero, f, 0.01).cell == GA_CELL_ZERO &&
           ga_find(&some, &zero, f, 0.01).cell == GA_CELL_SPURIOUS);
    const ga_truth about = { .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = 1, .exponent = 0, .tail = { 0x1p-60, 3 },
                             .rest = { 0x1p-70, 5 }, .radius = { 0x1p-80, 7 }, .decade = 1 };
    const ga_truth scaled = truth_scaled(&about, -20);
    ASSERT(scaled.exponent == -20 && scaled.tail.e == -17 && scaled.rest.e == -15 && scaled.radius.e == -13 &&
           scaled.decade == GA_NO_DECADE && truth_scaled(&about, 0).decade == 1);
}

/* The fewest bits of what is stored, taken or computed; and by words what there is of each. */
static void
bits(void)
{
    static const struct {
        const char *recipe;
        long bits;
    } known[] = { { "amp-float16", 11 }, { "amp-bfloat16", 8 }, { "amp-tf32", 11 }, { "fp8-hybrid", 3 }, { "mxfp8", 4 },
                  { "store:", 24 }, { "store:sum=double", 53 }, { "store:weight=e2m1", 2 }, { "mxfp8,activation=e5m2", 3 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const ga_format f = network_estimator(known[i].recipe, GA_NAIVE, GA_LOOP).format;
        ASSERT(recipe_least_bits(f) == known[i].bits && recipe_is(f) && !recipe_is(recipe_computed(f)), "%s", known[i].recipe);
    }
}

TEST_MAIN("recipe", TEST(published_scales), TEST(scales_of_others), TEST(programs), TEST(frozen_scales), TEST(last_stores),
          TEST(cells_of_recipes), TEST(bits), TEST(stored_numbers))
