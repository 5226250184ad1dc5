/* SPDX-License-Identifier: Apache-2.0 */
/* test_stop.c -- a call that its caller stops ends within the piece of work it is at, and nothing of that piece comes out. */
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

#include <gradaudit/audit.h>

#include "api/api.h"
#include "core/call.h"
#include "networks.h"
#include "num/context.h"
#include "run/blocks.h"

enum { ROWS = 5, COLS = 7, LAYERS = 4, NOISE = -77 };

typedef struct {
    int limit; /* how often it is asked in vain */
    atomic_int asked;
    const trace *seen; /* or NULL */
    size_t seen_then;  /* operations of the trace when it stopped */
} stopping;

static int
stop_at_limit(void *data)
{
    stopping *const s = data;
    const int asked = atomic_fetch_add(&s->asked, 1);
    if (s->seen != NULL && asked == s->limit)
        s->seen_then = s->seen->n;
    return asked == s->limit;
}

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "stop_tmpl.c"

#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "stop_tmpl.c"

#include "num/ball.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "stop_tmpl.c"

static void
products_end(void)
{
    product_ends_mp(GA_LOOP, "mpfr:100");
    product_ends_mp(GA_DOT, "mpfr:100");
    product_ends_emu(GA_LOOP, "p=40,emin=-100,emax=100");
    product_ends_ball(GA_LOOP, "exact");
    product_ends_ball(GA_DOT, "exact");
}

static void
passes_end(void)
{
    pass_ends_mp("mpfr:100");
    pass_ends_emu("p=40,emin=-100,emax=100");
    pass_ends_ball("exact");
}

/* ---- gradients --------------------------------------------------------------------------------------------------- */

enum { IMAGES = 3, INPUTS = 4, DIGITS = 400 };

typedef struct {
    char text[IMAGES][INPUTS][DIGITS];
    int blocks;
} gradients; /* whole, of at most 200 bits */

static ga_code
print_block(void *data, const ga_block *b, ga_status *st)
{
    gradients *const g = data;
    (void)st;
    ASSERT(call_ended() == GA_OK, "a block comes out after the stop");
    g->blocks++;
    for (size_t i = 0; i < ga_block_images(b); i++)
        for (size_t k = 0; k < INPUTS; k++)
            ga_block_print(g->text[ga_block_first(b) + i][k], DIGITS, b, i, k, 0);
    return GA_OK;
}

static ga_code
compute(gradients *g, stopping *s, const ga_model *m, const ga_dataset *ds, const ga_estimator *e)
{
    const ga_run run = { .size = sizeof run, .stop = s != NULL ? stop_at_limit : NULL, .data = s };
    ga_status st = { 0 };
    api_call call;
    memset(g, 0, sizeof *g);
    const ga_code code = api_enter(&call, &run, &st);
    ASSERT(code == GA_OK, "%s", st.message);
    return api_leave(&call, ga_gradient(m, ds, (ga_range){ 0, IMAGES - 1 }, e, 1, &(ga_sink){ .parallel = print_block, .data = g },
                                        &st), &st);
}

/* All images are one piece of work. Stopped wherever it asks, there is no gradient; a call after that computes it as ever. */
static void
gradients_end(void)
{
    static const char *const formats[] = { "double", "float16", "mpfr:200", "p=40,emin=-100,emax=100", "exact" };
    static gradients plain, other;
    const size_t sizes[] = { INPUTS, 5, 3 };
    uint64_t state = test_seed();
    ga_model *const m = network_new(GA_F32, 2, sizes, (ga_activation[]){ GA_SIGMOID }, 30, &state);
    ga_dataset *const ds = network_images(m, IMAGES, &state);
    for (size_t f = 0; f < sizeof formats / sizeof *formats; f++) {
        const ga_estimator e = network_estimator(formats[f], strcmp(formats[f], "exact") == 0 ? GA_REWRITE : GA_NAIVE, GA_LOOP);
        stopping counted = { .limit = INT_MAX };
        ASSERT(compute(&plain, NULL, m, ds, &e) == GA_OK && compute(&other, &counted, m, ds, &e) == GA_OK, "%s", formats[f]);
        ASSERT(plain.blocks == 1 && counted.asked > 10, "%s: %d blocks, asked %d times", formats[f], plain.blocks, counted.asked);
        ASSERT(memcmp(&plain, &other, sizeof plain) == 0, "%s: other bits with a caller who is asked", formats[f]);
        for (int limit = 0; limit < counted.asked; limit++) {
            stopping s = { .limit = limit };
            const ga_code code = compute(&other, &s, m, ds, &e);
            ASSERT(code == GA_INTERRUPTED && s.asked == limit + 1, "%s: %d, asked %d times", formats[f], code, s.asked);
            ASSERT(other.blocks == 0 || limit == counted.asked - 1, "%s: a block at %d of %d", formats[f], limit, counted.asked);
        }
        ASSERT(compute(&other, NULL, m, ds, &e) == GA_OK && memcmp(&plain, &other, sizeof plain) == 0,
               "%s: other bits after a stop", formats[f]);
    }
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* Steps that take long are run row by row, here those of the hidden units: the gradients are those of the images alone. */
static ga_code
keep_rows(void *data, const ga_block *b, ga_status *st)
{
    ga_number (*const row)[INPUTS] = data;
    (void)st;
    for (size_t i = 0; i < ga_block_images(b); i++)
        ga_block_row(row[ga_block_first(b) + i], b, i);
    return GA_OK;
}

static void
rows_are_their_own(void)
{
    ga_number all[IMAGES][INPUTS], alone[IMAGES][INPUTS];
    const size_t sizes[] = { INPUTS, 9, 3 };
    uint64_t state = test_seed();
    ga_model *const m = network_new(GA_F32, 2, sizes, (ga_activation[]){ GA_SIGMOID }, 1, &state);
    ga_dataset *const ds = network_images(m, IMAGES, &state);
    const ga_estimator e = network_estimator("mpfr:60000", GA_NAIVE, GA_LOOP);
    ga_status st = { 0 };
    ASSERT(ga_gradient(m, ds, (ga_range){ 0, IMAGES - 1 }, &e, 1, &(ga_sink){ .parallel = keep_rows, .data = all }, &st) == GA_OK);
    for (size_t i = 0; i < IMAGES; i++) {
        ASSERT(ga_gradient(m, ds, (ga_range){ i, i }, &e, 1, &(ga_sink){ .parallel = keep_rows, .data = alone }, &st) == GA_OK);
        for (size_t k = 0; k < INPUTS; k++) {
            const ga_number *const a = all[i] + k, *const b = alone[i] + k;
            ASSERT(a->mantissa == b->mantissa && a->exponent == b->exponent, "image %zu, element %zu", i, k);
        }
        ASSERT(i == 0 || all[i][0].mantissa != all[i - 1][0].mantissa, "neighbours have the same gradient");
    }
    ga_model_free(m);
    ga_dataset_free(ds);
}

static void
no_progress(void *data, double done, double all)
{
    (void)data, (void)done, (void)all;
    ASSERT(false, "a story has told its progress");
}

/* Stopped wherever it asks, a story is no text; asked in vain, it is that without a run. */
static void
stories_end(void)
{
    const size_t sizes[] = { INPUTS, 5, 3 };
    uint64_t state = test_seed();
    ga_model *const m = network_new(GA_F32, 2, sizes, (ga_activation[]){ GA_SIGMOID }, 30, &state);
    ga_dataset *const ds = network_images(m, IMAGES, &state);
    ga_status st = { 0 };
    stopping s = { .limit = INT_MAX };
    const ga_run run = { sizeof run, 7, no_progress, stop_at_limit, &s };
    char *text = NULL, *want = NULL;
    ASSERT(ga_explain(&want, m, ds, 1, 2, "float", 0, NULL, &st) == GA_OK, "%s", st.message);
    ASSERT(ga_explain(&text, m, ds, 1, 2, "float", 0, &run, &st) == GA_OK && strcmp(text, want) == 0 && s.asked > 10, "%s",
           st.message);
    ga_text_free(text);
    for (int limit = 0, all = s.asked; limit < all; limit++) {
        s = (stopping){ .limit = limit };
        text = want;
        ASSERT(ga_explain(&text, m, ds, 1, 2, "float", 0, &run, &st) == GA_INTERRUPTED && text == NULL && s.asked == limit + 1,
               "%d of %d, asked %d times: %s", limit, all, s.asked, st.message);
    }
    ga_text_free(want);
    ga_model_free(m);
    ga_dataset_free(ds);
}

TEST_MAIN("stop", TEST(products_end), TEST(passes_end), TEST(gradients_end), TEST(rows_are_their_own), TEST(stories_end))
