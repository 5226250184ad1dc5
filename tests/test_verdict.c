/* SPDX-License-Identifier: Apache-2.0 */
/* test_verdict.c -- the verdict from rows: each row of its table, its edges, what counts; and how often it is wrong. */
#include "audit/verdict.h"
#include "test.h"

/* n images: which attacks succeed, and with how many of the 20 seeds the controls do. */
typedef struct {
    size_t n;
    bool naive, exact, reduced;
    unsigned random, filled;
} group;

enum { SEEDS = 20 };

static part *
make_part(size_t most, size_t seeds, bool reduced)
{
    const part_shape shape = { .n_functions = 1, .n_estimators = 2, .n_layers = 1, .n_elements = 4, .seeds = seeds, .naive = 0,
                               .stable = reduced ? 1 : 2 };
    return part_new(&shape, most);
}

static void
add_images(part *p, const group *g)
{
    for (size_t i = 0; i < g->n; i++) {
        part_row *row = part_add_row(p, p->n_rows);
        row->correct = true;
        row->estimator[0].errs = g->naive;
        row->function[0].errs = g->exact;
        row->estimator[1].errs = g->reduced;
        row->random = (UINT64_C(1) << g->random) - 1;
        row->filled = (UINT64_C(1) << g->filled) - 1;
    }
}

/* gaps: the naive gradient has zeros to fill. */
static verdict
verdict_of(const group *g, size_t n, bool gaps, bool reduced, double margin)
{
    size_t images = 0;
    verdict v;
    for (size_t i = 0; i < n; i++)
        images += g[i].n;
    part *p = make_part(images, SEEDS, reduced);
    for (size_t i = 0; i < n; i++)
        add_images(p, g + i);
    p->estimator[0].tally.matrix[0][3] = gaps;
    ASSERT(verdict_make(&v, p, margin));
    part_free(p);
    return v;
}

/* Each row of the table in verdict.h. */
static void
table(void)
{
    static const struct {
        const char *what;
        group g[3];
        bool gaps, reduced;
        verdict_kind kind;
    } row[] = {
        { "R yes, C yes", { { 60, 0, 1, 0, 5, 5 } }, true, true, VERDICT_MASKED },
        { "R yes, C not decided by the filled signs", { { 60, 0, 1, 0, 5, 20 } }, true, true, VERDICT_FEW_IMAGES },
        { "nothing to fill: that control is none", { { 60, 0, 1, 0, 5, 20 } }, false, true, VERDICT_MASKED },
        { "R yes, C not decided by random signs", { { 60, 0, 1, 0, 20, 0 } }, false, true, VERDICT_FEW_IMAGES },
        { "R yes, C no, S yes", { { 4000, 0, 1, 1, 20, 0 }, { 6000, 0, 0, 1, 0, 0 } }, false, true, VERDICT_SMOOTHING },
        { "R yes, C no, S not decided", { { 1000, 0, 1, 1, 20, 0 }, { 48, 0, 0, 1, 0, 0 } }, false, true, VERDICT_FEW_IMAGES },
        { "R yes, C no, S no", { { 4000, 0, 1, 1, 20, 0 }, { 6000, 0, 0, 0, 0, 0 } }, false, true, VERDICT_NO_EVIDENCE },
        { "R yes, C no, no S", { { 4000, 0, 1, 1, 20, 0 }, { 6000, 0, 0, 1, 0, 0 } }, false, false, VERDICT_NO_EVIDENCE },
        { "R no, S yes", { { 1000, 1, 1, 1, 5, 5 }, { 1000, 0, 0, 1, 5, 5 } }, false, true, VERDICT_SMOOTHING },
        { "R no, S not decided", { { 1000, 1, 1, 1, 5, 5 }, { 55, 0, 0, 1, 5, 5 } }, false, true, VERDICT_FEW_IMAGES },
        { "S beats the others, but not the controls", { { 5000, 1, 1, 1, 20, 0 }, { 5000, 0, 0, 1, 20, 0 } }, false, true,
          VERDICT_HARMLESS },
        { "R no, S no, within the margin", { { 1000, 1, 1, 1, 5, 5 } }, true, true, VERDICT_HARMLESS },
        { "the same without a reduced scale", { { 1000, 1, 1, 0, 5, 5 } }, true, false, VERDICT_HARMLESS },
        { "every attack breaks it, controls too", { { 1000, 1, 1, 1, 20, 20 } }, true, true, VERDICT_HARMLESS },
        { "R no, S no, across -M and wide", { { 1000, 1, 1, 1, 5, 5 }, { 55, 1, 0, 1, 5, 5 } }, true, true, VERDICT_FEW_IMAGES },
        { "R no, S no, across -M and narrow", { { 9500, 1, 1, 1, 5, 5 }, { 500, 1, 0, 1, 5, 5 } }, true, true,
          VERDICT_NO_EVIDENCE },
        { "R no, S no, below -M", { { 100, 1, 1, 1, 5, 5 }, { 100, 1, 0, 1, 5, 5 } }, true, true, VERDICT_NO_EVIDENCE },
        { "R no though it reaches across M, narrowly", { { 9500, 1, 1, 1, 5, 5 }, { 500, 0, 1, 0, 5, 5 } }, true, true,
          VERDICT_NO_EVIDENCE },
        { "R not decided", { { 1000, 1, 1, 1, 5, 5 }, { 55, 0, 1, 1, 5, 5 } }, true, true, VERDICT_FEW_IMAGES },
        { "nothing fools any image", { { 400, 0, 0, 0, 0, 0 } }, true, true, VERDICT_NO_EVIDENCE },
        { "a control fools one", { { 400, 0, 0, 0, 0, 0 }, { 1, 0, 0, 0, 1, 0 } }, true, true, VERDICT_HARMLESS },
        { "five images, all alike", { { 5, 0, 1, 0, 0, 0 } }, true, true, VERDICT_FEW_IMAGES },
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        const verdict v = verdict_of(row[i].g, 3, row[i].gaps, row[i].reduced, 0.05);
        ASSERT(v.kind == row[i].kind, "%s: %s", row[i].what, v.kind < N_VERDICTS ? verdict_names[v.kind] : "?");
        ASSERT((v.images_needed > v.correct) == (v.kind == VERDICT_FEW_IMAGES), "%s: %zu", row[i].what, v.images_needed);
    }
}

/* The numbers behind it: of the images classified correctly alone, against the better of exact and naive. */
static void
counts(void)
{
    static const group g[] = { { 30, 0, 1, 0, 10, 20 }, { 10, 1, 0, 1, 0, 0 }, { 60, 1, 1, 1, 20, 20 } };
    part *p = make_part(110, SEEDS, true);
    verdict v;
    for (size_t i = 0; i < 3; i++)
        add_images(p, g + i);
    add_images(p, &(group){ 10, 0, 1, 0, 0, 0 });
    for (size_t i = 100; i < 110; i++)
        p->row[i].correct = false;
    p->estimator[0].tally.matrix[2][8] = 1; /* NaN has no sign either */
    ASSERT(verdict_make(&v, p, 0.05));
    const verdict_comparison *r = v.asked + ASK_ROUNDING, *c = v.asked + ASK_RANDOM, *f = v.asked + ASK_FILLED,
                             *s = v.asked + ASK_REDUCED;
    ASSERT(v.correct == 100 && r->only_attack == 30 && r->only_other == 10 && !v.naive_is_better);
    ASSERT_ULP(r->difference, 0.2, 1);
    ASSERT_ULP(c->difference, (30 * 0.5 + 60 * 0) / 100, 2);
    ASSERT_ULP(f->difference, 0.0, 1);
    ASSERT(r->threshold == 0.05 && s->threshold == 0.05 && c->threshold == 0 && v.asked[ASK_REDUCED_FILLED].asked);
    ASSERT(s->only_attack == 10 && s->only_other == 30, "against the exact one, which is better than the naive one");
    part_free(p);
    v = verdict_of((const group[]){ { 10, 1, 0, 1, 0, 0 } }, 1, false, true, 0.05);
    ASSERT(v.naive_is_better && v.asked[ASK_REDUCED].only_other == 0 && v.asked[ASK_REDUCED].only_attack == 0);
    ASSERT(!v.asked[ASK_FILLED].asked && !v.asked[ASK_REDUCED_FILLED].asked);
    static const size_t few[] = { 0, 1, VERDICT_LEAST_SEEDS - 1 };
    for (size_t i = 0; i < 3; i++) {
        p = make_part(60, few[i], true);
        add_images(p, &(group){ 60, 0, 1, 0, 0, 0 });
        ASSERT(verdict_make(&v, p, 0.05) && v.kind == VERDICT_FEW_SEEDS && v.asked[ASK_RANDOM].asked == (few[i] > 0));
        part_free(p);
    }
    p = make_part(1, SEEDS, true);
    ASSERT(verdict_make(&v, p, 0.05) && v.kind == VERDICT_FEW_IMAGES && v.images_needed == 0, "there are no images");
    part_free(p);
}

/* How many images would do, if the differences stay as they are, of the questions that matter then: with 20 images on which both
   attacks work and the controls often, only R is open, +-3.84/(n + 3.84), and 5 points are wanted: 73 images. What the controls do
   matters where R says yes. No guess from fewer than 20 images, and none below 50. */
static void
needed(void)
{
    verdict v = verdict_of((const group[]){ { 20, 1, 1, 1, 19, 19 } }, 1, true, true, 0.05);
    ASSERT(v.kind == VERDICT_FEW_IMAGES && v.images_needed >= 73 && v.images_needed <= 76, "%zu", v.images_needed);
    v = verdict_of((const group[]){ { 60, 0, 1, 1, 18, 20 } }, 1, true, false, 0.05); /* C: 0 against the filled, a point wanted */
    ASSERT(v.kind == VERDICT_FEW_IMAGES && v.images_needed > 500, "%zu", v.images_needed);
    v = verdict_of((const group[]){ { 60, 0, 1, 1, 18, 18 } }, 1, true, false, 0.05); /* C: 10 points */
    ASSERT(v.kind == VERDICT_MASKED || v.images_needed < 300, "%zu", v.images_needed);
    v = verdict_of((const group[]){ { 19, 1, 1, 1, 19, 19 } }, 1, true, true, 0.05);
    ASSERT(v.kind == VERDICT_FEW_IMAGES && v.images_needed == 50, "%zu", v.images_needed);
    v = verdict_of((const group[]){ { 20, 1, 1, 1, 19, 19 } }, 1, true, true, 0.13); /* 26 images */
    ASSERT(v.kind == VERDICT_FEW_IMAGES && v.images_needed == 50, "%zu", v.images_needed);
}

static void
facts(void)
{
    static const struct {
        bool correct, naive, exact, reduced;
        const char *name;
    } all[] = {
        { 0, 1, 1, 1, "misclassified" }, { 1, 1, 1, 0, "naive-and-exact-work" }, { 1, 1, 0, 1, "naive-works-exact-fails" },
        { 1, 0, 1, 1, "naive-fails-exact-works" }, { 1, 0, 0, 1, "only-reduced-works" }, { 1, 0, 0, 0, "none-works" },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        part *p = make_part(1, SEEDS, true);
        add_images(p, &(group){ 1, all[i].naive, all[i].exact, all[i].reduced, 0, 0 });
        p->row[0].correct = all[i].correct;
        const char *name = image_fact_names[image_fact_of(p->row, &p->shape)];
        ASSERT(strcmp(name, all[i].name) == 0, "%s, not %s", name, all[i].name);
        part_free(p);
    }
}

/* ---- how often a verdict is wrong ------------------------------------------------------------------------------- */

/* Where images come from: how often each attack succeeds, on the same images as far as that goes (nested) or on others. easy: the
   share of images that a control fools with 9 seeds of 10; the others it fools with one of 10. The true R, C and S follow. */
typedef struct {
    const char *name;
    double naive, exact, reduced, easy;
    bool nested;
} population;

static double
uniform(uint64_t *seed)
{
    return (double)(test_random(seed) >> 11) * 0x1p-53;
}

static void
draw(part *p, const population *from, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        part_row *row = part_add_row(p, i);
        const double u = uniform(seed), share = uniform(seed) < from->easy ? 0.9 : 0.1;
        row->correct = true;
        row->estimator[0].errs = (from->nested ? u : uniform(seed)) < from->naive;
        row->function[0].errs = u < from->exact;
        row->estimator[1].errs = (from->nested ? u : uniform(seed)) < from->reduced;
        for (unsigned s = 0; s < SEEDS; s++)
            row->random |= (uint64_t)(uniform(seed) < share) << s;
    }
}

/* A verdict says what is false, or says no where the true difference is above the threshold by 2 points and more. */
static bool
is_wrong(verdict_kind kind, const population *from)
{
    const double control = 0.9 * from->easy + 0.1 * (1 - from->easy), slack = VERDICT_WIDTH - 1e-12;
    const double r = from->exact - from->naive - 0.05, c = from->exact - control, tiny = 1e-12;
    const double s = fmin(from->reduced - fmax(from->exact, from->naive) - 0.05, from->reduced - control);
    switch (kind) {
    case VERDICT_MASKED:
        return r <= tiny || c <= tiny;
    case VERDICT_SMOOTHING:
        return s <= tiny || (r > slack && c > slack);
    case VERDICT_HARMLESS:
        return fabs(from->exact - from->naive) > 0.05 + tiny || s > slack;
    case VERDICT_NO_EVIDENCE:
        return (r > slack && c > slack) || s > slack;
    default:
        return false;
    }
}

/* GRADAUDIT_TEST_LONG=1 prints the table of reports/verdict. */
static void
simulation(void)
{
    static const population all[] = {
        { "rounding hides all (R 60, C 13)", 0.02, 0.62, 0.65, 0.48, true },
        { "rounding hides some (R 8, C 40)", 0.60, 0.68, 0.68, 0.22, false },
        { "at the edge (R 5 = M, C 40)", 0.60, 0.65, 0.65, 0.18, false },
        { "as good as chance (R 48, C 0)", 0.02, 0.50, 0.50, 0.50, false },
        { "harmless (R 1.5)", 0.97, 0.985, 0.985, 0.30, true },
        { "hardly harmless (R 5 = M, nested)", 0.93, 0.98, 0.98, 0.30, true },
        { "the naive one better (R -7)", 0.72, 0.65, 0.70, 0.20, false },
        { "smoothing works (R 0, S 40)", 0.50, 0.50, 0.95, 0.30, true },
        { "smoothing at the edge (R 0, S 5 = M)", 0.50, 0.50, 0.55, 0.30, true },
        { "smoothing as good as chance (R 0, SC 0)", 0.30, 0.30, 0.50, 0.50, false },
    };
    static const size_t sizes[] = { 50, 200, 1000, 10000 };
    const size_t runs = getenv("GRADAUDIT_TEST_LONG") != NULL ? 1000 : TEST_SANITIZED ? 5 : 40;
    uint64_t seed = test_seed();
    printf("\n| images come from | images |");
    for (size_t k = 0; k < VERDICT_FEW_SEEDS; k++)
        printf(" %s |", verdict_names[k]);
    printf(" wrong |\n");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (size_t n = 0; n < sizeof sizes / sizeof *sizes; n++) {
            size_t count[N_VERDICTS] = { 0 }, wrong = 0;
            for (size_t r = 0; r < runs; r++) {
                part *p = make_part(sizes[n], SEEDS, true);
                verdict v;
                draw(p, all + i, sizes[n], &seed);
                ASSERT(verdict_make(&v, p, 0.05) && v.kind < VERDICT_FEW_SEEDS);
                count[v.kind]++;
                wrong += is_wrong(v.kind, all + i);
                part_free(p);
            }
            printf("| %s | %zu |", all[i].name, sizes[n]);
            for (size_t k = 0; k < VERDICT_FEW_SEEDS; k++)
                printf(" %.1f |", 100 * (double)count[k] / (double)runs);
            printf(" %.1f |\n", 100 * (double)wrong / (double)runs);
            ASSERT((double)wrong <= 0.05 * (double)runs + 3 * sqrt(0.05 * (double)runs), "%s, %zu images: %zu of %zu wrong",
                   all[i].name, sizes[n], wrong, runs);
        }
}

TEST_MAIN("verdict", TEST(table), TEST(counts), TEST(needed), TEST(facts), TEST(simulation))
