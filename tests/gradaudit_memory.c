/* SPDX-License-Identifier: Apache-2.0 */
/* gradaudit_memory.c -- a host that goes on when memory was out: with tests/alloc_fault.c preloaded, allocations of gradients
   and of an audit fail, one or all from one on. Each call fails with GA_NO_MEMORY or gives the right bits, the next one gives
   them, and nothing is lost. Run by tests/api_memory.sh. */
#include <malloc.h>

#include <gradaudit/gradaudit.h>

#include "api/reserve.h"
#include "test.h"

unsigned long alloc_fault(unsigned long at, bool all) __attribute__((weak));

enum { IMAGES = 3, INPUTS = 4, HIDDEN = 3, CLASSES = 2, NUMBERS = IMAGES * INPUTS };

static ga_model *model;
static ga_dataset *ds;
static ga_status st;

static void
must(ga_code code)
{
    if (code == GA_OK)
        return;
    fprintf(stderr, "%s\n", st.message);
    exit(99);
}

static void
open_inputs(void)
{
    static const size_t d1[] = { HIDDEN, INPUTS }, d2[] = { CLASSES, HIDDEN }, dx[] = { IMAGES, INPUTS };
    static double w1[HIDDEN * INPUTS], w2[CLASSES * HIDDEN];
    static float x[NUMBERS];
    static const uint8_t label[IMAGES] = { 0, 1, 0 };
    uint64_t state = test_seed();
    for (size_t i = 0; i < HIDDEN * INPUTS; i++)
        w1[i] = (double)(test_random(&state) >> 40) * 0x1p-18 - 32;
    for (size_t i = 0; i < CLASSES * HIDDEN; i++)
        w2[i] = (double)(test_random(&state) >> 40) * 0x1p-18 - 32;
    for (size_t i = 0; i < NUMBERS; i++)
        x[i] = (float)(test_random(&state) >> 40) * 0x1p-24F;
    const ga_array weight[] = { { "<f8", 2, d1, w1 }, { "<f8", 2, d2, w2 } }, images = { "<f4", 2, dx, x },
                   labels = { "|u1", 1, dx, label };
    ga_model_options o = GA_MODEL_OPTIONS;
    o.activation = "sigmoid";
    must(ga_model_from_arrays(&model, weight, NULL, 2, &o, &st));
    must(ga_dataset_from_arrays(&ds, &images, &labels, NULL, &st));
}

/* What a job gives; its bytes are compared. */
typedef struct {
    double mantissa[NUMBERS];
    int64_t exponent[NUMBERS];
    uint8_t state[NUMBERS];
    char report[1 << 17];
} result;

static const struct {
    const char *name; /* of an estimator, or "audit" */
    int threads;
} jobs[] = { { "exact", 1 }, { "exact", 2 }, { "mpfr:300,naive", 1 }, { "mpfr:8000,loop", 1 }, { "audit", 1 }, { "audit", 2 } };
enum { JOBS = sizeof jobs / sizeof *jobs };

static ga_code
gradient(result *r, size_t j)
{
    ga_numbers out = GA_NUMBERS;
    ga_run run = GA_RUN;
    ga_estimator *e;
    run.threads = jobs[j].threads;
    out.mantissa = r->mantissa;
    out.exponent = r->exponent;
    out.state = r->state;
    ga_code code = ga_estimator_new(&e, jobs[j].name, model, &st);
    if (code == GA_OK)
        code = ga_gradient_compute(&out, NULL, model, ds, 0, IMAGES - 1, e, NULL, &run, &st);
    ga_estimator_free(e);
    return code;
}

static ga_code
audit(result *r, size_t j)
{
    ga_run run = GA_RUN;
    ga_audit *a;
    ga_report *report = NULL;
    run.threads = jobs[j].threads;
    ga_code code = ga_audit_new(&a, model, ds, NULL, &st);
    if (code == GA_OK)
        code = ga_audit_add(a, "double,naive", &st);
    if (code == GA_OK)
        code = ga_audit_run(&report, a, NULL, 0, &run, &st);
    if (code == GA_OK)
        ASSERT(snprintf(r->report, sizeof r->report, "%s", ga_report_json(report)) < (int)sizeof r->report, "a long report");
    ga_report_free(report);
    ga_audit_free(a);
    return code;
}

static ga_code
work(result *r, size_t j)
{
    memset(r, 0, sizeof *r);
    return strcmp(jobs[j].name, "audit") == 0 ? audit(r, j) : gradient(r, j);
}

static result right, now;

/* The job with this fault, and then without. */
static bool
survives(size_t j, unsigned long at, bool all)
{
    alloc_fault(at, all);
    ga_code code = work(&now, j);
    alloc_fault(0, false);
    bool good = ASSERT(code == GA_NO_MEMORY || (code == GA_OK && memcmp(&now, &right, sizeof now) == 0),
                       "%s on %d threads, allocation %lu%s: %d: %s", jobs[j].name, jobs[j].threads, at, all ? " and all after" : "",
                       code, st.message) &&
                ASSERT(reserve_used() == 0, "%s, allocation %lu%s: %zu bytes of the reserve are lost", jobs[j].name, at,
                       all ? " and all after" : "", reserve_used());
    code = work(&now, j);
    return ASSERT(code == GA_OK && memcmp(&now, &right, sizeof now) == 0, "%s after %lu%s: %d: %s", jobs[j].name, at,
                  all ? " and all after" : "", code, st.message) && good;
}

/* Every allocation at first, then ever fewer. */
static void
goes_on(void)
{
    for (size_t j = 0; j < JOBS; j++) {
        must(work(&right, j));
        alloc_fault(0, false);
        must(work(&now, j));
        const unsigned long n = alloc_fault(0, false), few = n < 1000 ? 20 : 6,
                            dense = getenv("GRADAUDIT_TEST_LONG") != NULL ? n : few;
        size_t tried = 0, used = 0;
        bool good = ASSERT(n > 50, "%s: %lu allocations", jobs[j].name, n);
        for (unsigned long at = 1; good && at <= n; at += 1 + at / dense) {
            good = survives(j, at, at % 2 == 0);
            if (++tried == 30)
                used = mallinfo2().uordblks;
        }
        const size_t end = mallinfo2().uordblks;
        ASSERT(tried < 60 || end < used + (64 << 10), "%s: %zu bytes after 30 failures, %zu after %zu", jobs[j].name, used, end,
               tried);
        printf("\n  %s on %d threads: %zu of %lu allocations failed", jobs[j].name, jobs[j].threads, tried, n);
    }
    printf("\n  %zu bytes of the reserve at most ", reserve_peak());
}

/* Memory that does not come back would add up. */
static void
loses_nothing(void)
{
    size_t used = 0;
    must(work(&right, 0));
    alloc_fault(0, false);
    must(work(&now, 0));
    const unsigned long n = alloc_fault(0, false);
    for (unsigned long i = 0; i < 1100; i++) {
        alloc_fault(1 + i * 7919 % n, i % 3 == 0);
        work(&now, 0);
        if (i == 100)
            used = mallinfo2().uordblks;
    }
    alloc_fault(0, false);
    ASSERT(mallinfo2().uordblks < used + (64 << 10), "%zu bytes, %zu after 1000 more failures", used, mallinfo2().uordblks);
}

static void
begins(void)
{
    must(ga_own_gmp_memory(&st));
    must(ga_own_gmp_memory(&st));
    open_inputs();
}

static void
ends(void)
{
    ga_dataset_free(ds);
    ga_model_free(model);
}

TEST_MAIN("memory that is out", TEST(begins), TEST(goes_on), TEST(loses_nothing), TEST(ends))
