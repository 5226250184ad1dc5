/* SPDX-License-Identifier: Apache-2.0 */
/* test_api_process.c -- what a call of the library borrows from its host, it gives back, and no result depends on what the host had
   set; a call is stopped by its own caller only. */
#include <errno.h>
#include <fenv.h>
#include <locale.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cblas.h>
#include <mpfr.h>
#include <omp.h>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

#include "api/api.h"
#include "api/reserve.h"
#include "io/file.h"
#include "networks.h"
#include "run/deal.h"
#include "scratch.h"

/* ---- gradients of a call ---------------------------------------------------------------------------------------- */

enum { IMAGES = 130 /* several blocks, for several threads */, INPUTS = 4, LAYERS = 2, DIGITS = 400 };

typedef struct {
    ga_model *model;
    ga_dataset *ds;
} inputs;

/* Large weights: some gradients are subnormal or 0 in binary32. */
static inputs
inputs_new(void)
{
    uint64_t state = test_seed();
    const size_t sizes[LAYERS + 1] = { INPUTS, 5, 3 };
    inputs in;
    in.model = network_new(GA_F32, LAYERS, sizes, (ga_activation[]){ GA_SIGMOID }, 300, &state);
    in.ds = network_images(in.model, IMAGES, &state);
    return in;
}

static void
inputs_free(inputs *in)
{
    ga_model_free(in->model);
    free(in->ds->pixel);
    free(in->ds->label);
    free(in->ds);
}

typedef struct {
    char text[IMAGES][INPUTS][DIGITS];
} gradients;

static ga_code
print_block(void *data, const ga_block *b, ga_status *st)
{
    gradients *const g = data;
    (void)st;
    for (size_t i = 0; i < ga_block_images(b); i++)
        for (size_t k = 0; k < INPUTS; k++)
            ga_block_print(g->text[ga_block_first(b) + i][k], DIGITS, b, i, k, 0);
    return GA_OK;
}

static ga_code
compute(gradients *g, const inputs *in, const char *format, const ga_run *run, ga_status *st)
{
    const ga_product product = strncmp(format, "float", 5) == 0 || strcmp(format, "double") == 0 ? GA_BLAS : GA_LOOP;
    const ga_estimator e = network_estimator(format, strcmp(format, "exact") == 0 ? GA_REWRITE : GA_NAIVE, product);
    api_call call;
    memset(g, 0, sizeof *g);
    ga_code code = api_enter(&call, run, st);
    if (code != GA_OK)
        return code;
    code = ga_gradient(in->model, in->ds, (ga_range){ 0, IMAGES - 1 }, &e, 2, &(ga_sink){ .parallel = print_block, .data = g }, st);
    return api_leave(&call, code, st);
}

static const char *const formats[] = { "float", "double", "mpfr:200", "exact" };
enum { FORMATS = sizeof formats / sizeof *formats };

static void
compute_all(gradients g[FORMATS], const inputs *in)
{
    ga_status st = { 0 };
    for (size_t f = 0; f < FORMATS; f++)
        ASSERT(compute(g + f, in, formats[f], NULL, &st) == GA_OK, "%s: %s", formats[f], st.message);
}

/* ---- a host with settings of its own ----------------------------------------------------------------------------- */

enum { FLUSHES = 0x8040 };

static unsigned
flushing(void)
{
#ifdef __SSE__
    return _mm_getcsr() & FLUSHES;
#else
    return 0;
#endif
}

static void
set_flushing(unsigned bits)
{
#ifdef __SSE__
    _mm_setcsr((_mm_getcsr() & ~(unsigned)FLUSHES) | bits);
#else
    (void)bits;
#endif
}

static void
set_thread(void)
{
    fesetround(FE_UPWARD);
    feenableexcept(FE_DIVBYZERO);
    set_flushing(FLUSHES);
    mpfr_set_emin(-40);
    mpfr_set_emax(50);
    mpfr_clear_flags();
    mpfr_set_erangeflag();
}

static void
check_thread(const char *which)
{
    ASSERT(fegetround() == FE_UPWARD, "%s: rounding", which);
    ASSERT(fegetexcept() == FE_DIVBYZERO, "%s: traps", which);
#ifdef __SSE__
    ASSERT(flushing() == FLUSHES, "%s: %x", which, flushing());
#endif
    ASSERT(mpfr_get_emin() == -40 && mpfr_get_emax() == 50, "%s: MPFR's range", which);
    ASSERT(mpfr_flags_save() == MPFR_FLAGS_ERANGE, "%s: MPFR's flags are %x", which, mpfr_flags_save());
}

static void
reset_thread(void)
{
    fesetenv(FE_DFL_ENV);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    mpfr_clear_flags();
}

static void
gives_back(void)
{
    static gradients plain[FORMATS], odd[FORMATS];
    inputs in = inputs_new();
    compute_all(plain, &in);
#pragma omp parallel num_threads(2)
    set_thread();
    omp_set_dynamic(1);
    omp_set_max_active_levels(5);
    openblas_set_num_threads(2);
    errno = 77;
    compute_all(odd, &in);
    ASSERT(errno == 77, "errno is %d", errno);
    ASSERT(memcmp(plain, odd, sizeof plain) == 0, "gradients depend on the host's settings");
    ASSERT(omp_get_dynamic() == 1 && omp_get_max_active_levels() == 5, "OpenMP's settings");
    ASSERT(openblas_get_num_threads() == 2, "OpenBLAS has %d threads", openblas_get_num_threads());
    omp_set_dynamic(0);
#pragma omp parallel num_threads(2)
    {
#pragma omp critical(check)
        check_thread(omp_get_thread_num() == 0 ? "the caller's thread" : "a thread of OpenMP's pool");
        reset_thread();
    }
    inputs_free(&in);
}

/* newlocale, with LOCPATH, of which glibc never frees its copy. */
static locale_t
new_locale(const char *name)
{
#ifdef __SANITIZE_ADDRESS__
    __lsan_disable();
#endif
    const locale_t l = newlocale(LC_ALL_MASK, name, (locale_t)0);
#ifdef __SANITIZE_ADDRESS__
    __lsan_enable();
#endif
    return l;
}

/* A decimal comma and dots between thousands, made here: few systems have it. */
static bool
german(void)
{
    const char *const path = scratch_path("de_DE.UTF-8");
    char command[2000];
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s' >/dev/null 2>&1", path);
    if (system(command) != 0 && access(path, R_OK) != 0)
        return false;
    setenv("LOCPATH", scratch_directory, 1);
    return setlocale(LC_ALL, "de_DE.UTF-8") != NULL;
}

static void
remove_locale(void)
{
    char command[2000];
    snprintf(command, sizeof command, "rm -rf '%s'", scratch_path("de_DE.UTF-8"));
    ASSERT(system(command) == 0, "the locale is left");
}

static void
same_in_any_locale(void)
{
    static gradients plain[FORMATS], here[FORMATS], global[FORMATS];
    inputs in = inputs_new();
    char text[20];
    compute_all(plain, &in);
    if (!german()) {
        printf("\nskip: localedef or its de_DE is not installed (Debian package locales)\n");
        inputs_free(&in);
        return;
    }
    compute_all(global, &in);
    const locale_t own = new_locale("de_DE.UTF-8"), before = uselocale(own);
    compute_all(here, &in);
    ASSERT(uselocale((locale_t)0) == own, "the thread has another locale");
    snprintf(text, sizeof text, "%.1f", 0.5);
    ASSERT(strcmp(text, "0,5") == 0, "the host reads '%s'", text);
    ASSERT(memcmp(plain, global, sizeof plain) == 0 && memcmp(plain, here, sizeof plain) == 0, "gradients depend on the locale");
    uselocale(before);
    freelocale(own);
    setlocale(LC_ALL, "C");
    remove_locale();
    inputs_free(&in);
}

/* A file that the program would map; shortening it would be SIGBUS. */
static void
outlives_short_files(void)
{
    enum { SIZE = 1 << 16 };
    const file_limits limits = { .cap = SIZE, .packing = FILE_PLAIN };
    const char *const path = scratch_path("file");
    FILE *const f = fopen(path, "wb");
    file_view view;
    api_call call;
    ga_status st = { 0 };
    if (!ASSERT(f != NULL && ftruncate(fileno(f), SIZE) == 0 && fclose(f) == 0, "no file"))
        return;
    if (!ASSERT(api_enter(&call, NULL, &st) == GA_OK, "%s", st.message))
        return;
    if (ASSERT(file_map(&view, path, &limits, &st) == GA_OK, "%s", st.message)) {
        ASSERT(truncate(path, 0) == 0, "not shortened");
        ASSERT(view.bytes.size == SIZE && view.bytes.data[SIZE - 1] == 0, "not the file's bytes");
        file_unmap(&view);
    }
    ASSERT(api_leave(&call, GA_OK, &st) == GA_OK, "%s", st.message);
}

/* ---- stopping ---------------------------------------------------------------------------------------------------- */

enum { PIECES = 2000, NEVER = PIECES * 10 };

typedef struct {
    int limit;
    atomic_int asked, made;
    ga_code code;
    ga_status st;
} stopped_run;

static int
stop_at_limit(void *data)
{
    stopped_run *const r = data;
    return atomic_fetch_add(&r->asked, 1) == r->limit; /* once: the library remembers */
}

static ga_code
make_nested(void *data, void **made, size_t piece, int threads, ga_status *st)
{
    stopped_run *const r = data;
    (void)piece, (void)threads, (void)st;
    *made = NULL;
    atomic_fetch_add(&r->made, 1);
    return GA_OK;
}

static ga_code
make_outer(void *data, void **made, size_t piece, int threads, ga_status *st);

static ga_code
finish_nothing(void *data, void *made, size_t piece, ga_status *st)
{
    (void)data, (void)made, (void)piece, (void)st;
    return GA_OK;
}

static void
drop_nothing(void *data, void *made)
{
    (void)data, (void)made;
}

static ga_code
deal_pieces(stopped_run *r, bool outer, size_t n, int threads, ga_status *st)
{
    const deal_work work = { .n = n, .data = r, .make = outer ? make_outer : make_nested, .finish = finish_nothing,
                             .drop = drop_nothing };
    return deal_run(&(deal){ .work = &work, .n = 1, .threads = threads }, st);
}

static ga_code
make_outer(void *data, void **made, size_t piece, int threads, ga_status *st)
{
    (void)piece, (void)threads;
    *made = NULL;
    return deal_pieces(data, false, PIECES / 2, 2, st);
}

static void *
run_until_stopped(void *data)
{
    stopped_run *const r = data;
    const ga_run run = { .size = sizeof run, .stop = stop_at_limit, .data = r };
    api_call call;
    if ((r->code = api_enter(&call, &run, &r->st)) == GA_OK)
        r->code = api_leave(&call, deal_pieces(r, true, 2, 1 + r->limit % 2, &r->st), &r->st);
    return NULL;
}

static void
stops_its_own_call(void)
{
    stopped_run r[] = { { .limit = NEVER }, { .limit = 100 }, { .limit = NEVER + 1 }, { .limit = 101 }, { .limit = 0 } };
    enum { RUNS = sizeof r / sizeof *r };
    pthread_t thread[RUNS];
    for (size_t i = 0; i < RUNS; i++)
        pthread_create(thread + i, NULL, run_until_stopped, r + i);
    for (size_t i = 0; i < RUNS; i++) {
        pthread_join(thread[i], NULL);
        const bool stops = r[i].limit < PIECES;
        ASSERT(r[i].code == (stops ? GA_INTERRUPTED : GA_OK), "run %zu: %d, %s", i, r[i].code, r[i].st.message);
        ASSERT(stops ? r[i].made <= r[i].limit : r[i].made == PIECES, "run %zu: %d pieces", i, r[i].made);
        ASSERT(!stops || strcmp(r[i].st.message, "stopped by the caller") == 0, "'%s'", r[i].st.message);
    }
    ASSERT(ga_stop_requested == 0 && call_current() == NULL, "the process is stopped");
}

static int
stop_at_once(void *data)
{
    (void)data;
    return 1;
}

static void
stops_reading(void)
{
    const ga_run run = { .size = sizeof run, .stop = stop_at_once };
    FILE *const f = fopen(scratch_path("read"), "wb");
    file_bytes bytes;
    api_call call;
    ga_status st = { 0 };
    if (!ASSERT(f != NULL && fputs("bytes", f) >= 0 && fclose(f) == 0, "no file"))
        return;
    if (!ASSERT(api_enter(&call, &run, &st) == GA_OK, "%s", st.message))
        return;
    const ga_code code = file_read(&bytes, scratch_path("read"), 100, FILE_PLAIN, &st);
    ASSERT(api_leave(&call, code, &st) == GA_INTERRUPTED, "%d", code);
    ASSERT(strstr(st.message, "stopped by the caller") != NULL, "'%s'", st.message);
}

static void
nests(void)
{
    const ga_run run = { .size = sizeof run, .stop = stop_at_once };
    api_call outer, inner;
    ga_status st = { 0 };
    ASSERT(api_enter(&outer, NULL, &st) == GA_OK && api_enter(&inner, &run, &st) == GA_OK, "%s", st.message);
    ASSERT(call_current() == &outer.work && call_ask() == GA_OK, "an inner call stops");
    ASSERT(api_leave(&inner, GA_OK, &st) == GA_OK && call_current() == &outer.work, "the outer call is gone");
    ASSERT(api_leave(&outer, GA_OK, &st) == GA_OK && call_current() == NULL, "a call is left");
    ASSERT(api_enter(&outer, &(ga_run){ .size = 1 }, &st) == GA_USAGE && call_current() == NULL, "a size of 1 is taken");
}

/* A child of a process that has used the library with several threads does so too. */
static void
forks(void)
{
    inputs in = inputs_new();
    gradients *const g = malloc(2 * sizeof *g);
    ga_status st = { 0 };
    ASSERT(compute(g, &in, "double", NULL, &st) == GA_OK, "%s", st.message);
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        const bool same = compute(g + 1, &in, "double", NULL, &st) == GA_OK && memcmp(g, g + 1, sizeof *g) == 0;
        _exit(same && call_current() == NULL ? 0 : 1);
    }
    int status = -1;
    ASSERT(child > 0 && waitpid(child, &status, 0) == child && status == 0, "the child ends with %x", (unsigned)status);
    free(g);
    inputs_free(&in);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* Blocks of all sizes come and go: none overlaps another, and in the end there is room for a block of all. */
static void
reserves(void)
{
    enum { BLOCKS = 100, TIMES = 20000 };
    unsigned char *block[BLOCKS] = { NULL };
    size_t size[BLOCKS] = { 0 };
    uint64_t state = test_seed();
    void *const all = reserve_take((size_t)16 << 20);
    ASSERT(all == NULL, "16 MiB with a head");
    for (size_t t = 0; t < TIMES; t++) {
        const size_t i = test_random(&state) % BLOCKS;
        if (block[i] != NULL) {
            bool own = true;
            for (size_t k = 0; k < size[i]; k++)
                own = own && block[i][k] == i;
            ASSERT(own, "block %zu of %zu bytes holds another's", i, size[i]);
            reserve_give(block[i]);
            block[i] = NULL;
        } else {
            size[i] = (size_t)1 << test_random(&state) % 19;
            if ((block[i] = reserve_take(size[i])) != NULL)
                memset(block[i], (int)i, size[i]);
        }
        ASSERT(block[i] == NULL || ((uintptr_t)block[i] % 16 == 0 && reserve_has(block[i])), "block %zu", i);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        if (block[i] != NULL)
            reserve_give(block[i]);
    ASSERT(reserve_used() == 0 && !reserve_has(&state), "%zu bytes are left", reserve_used());
    void *const most = reserve_take(((size_t)16 << 20) - 64);
    ASSERT(most != NULL, "free blocks are not joined");
    reserve_give(most);
}

TEST_MAIN("the process", TEST(gives_back), TEST(same_in_any_locale), TEST(outlives_short_files), TEST(stops_its_own_call),
          TEST(stops_reading), TEST(nests), TEST(forks), TEST(reserves))
