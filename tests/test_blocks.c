/* SPDX-License-Identifier: Apache-2.0 */
/* test_blocks.c -- a gradient's bits depend on the image, the model, the estimator and the back end: not on the range it is
   computed in, nor on threads. Prints a digest of each estimator's gradients, for tests/openblas_cores.sh. */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "gemm/blas.h"
#include "networks.h"
#include "graphs.h"
#include "model/model.h"
#include "run/blocks.h"

enum { IMAGES = 601 };

/* FNV-1a over what a number consists of. */
static uint64_t
mix(uint64_t hash, const void *data, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ ((const unsigned char *)data)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t
mix_number(uint64_t hash, const ga_number *g)
{
    const int klass = (int)g->klass;
    uint64_t bits;
    memcpy(&bits, &g->mantissa, sizeof bits);
    hash = (hash ^ (uint64_t)klass ^ (uint64_t)g->exponent << 8) * UINT64_C(0x100000001b3);
    return (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15) ^ (hash >> 29);
}

typedef struct {
    uint64_t image[IMAGES];
    size_t times[IMAGES];
    int blas_threads; /* while blocks are computed */
} digests;

static ga_code
digest_block(void *data, const ga_block *b, ga_status *st)
{
    digests *d = data;
    (void)st;
    __atomic_store_n(&d->blas_threads, openblas_get_num_threads(), __ATOMIC_RELAXED);
    const size_t n = ga_block_elements(b);
    ga_number *g = malloc(n * sizeof *g);
    char text[512];
    for (size_t i = 0; i < ga_block_images(b); i++) {
        const size_t image = ga_block_first(b) + i;
        uint64_t hash = UINT64_C(0xcbf29ce484222325);
        ga_block_row(g, b, i);
        for (size_t k = 0; k < n; k++)
            hash = mix_number(hash, g + k);
        for (size_t k = 0; k < n; k += 97) { /* all digits of some, for what a ga_number cuts */
            const int length = ga_block_print(text, sizeof text, b, i, k, 0);
            hash = mix(hash, text, (size_t)length);
        }
        d->image[image] = mix(hash, &(bool){ ga_block_correct(b, i) }, sizeof(bool));
        d->times[image]++;
    }
    free(g);
    return GA_OK;
}

static void
run(digests *d, const ga_model *m, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads)
{
    ga_status st = { 0 };
    memset(d, 0, sizeof *d);
    const ga_code code = ga_gradient(m, ds, range, e, threads, &(ga_sink){ .parallel = digest_block, .data = d }, &st);
    ASSERT(code == GA_OK, "%s", st.message);
    ASSERT(d->blas_threads == 1, "%d threads inside OpenBLAS", d->blas_threads);
}

static void
compare(const digests *all, const digests *part, ga_range whole, ga_range range, int threads, const char *name)
{
    for (size_t i = whole.first; i <= whole.last; i++) {
        const bool inside = i >= range.first && i <= range.last;
        if (!ASSERT(part->times[i] == inside, "%s: image %zu came %zu times", name, i, part->times[i]) ||
            (inside && !ASSERT(part->image[i] == all->image[i], "%s: image %zu of %zu-%zu on %d threads has other bits", name, i,
                               range.first, range.last, threads)))
            return;
    }
}

static void
independent_of_range(const ga_model *m, const char *format, ga_product product, ga_range whole, const ga_range *ranges, size_t n)
{
    static digests all, part;
    char name[64];
    uint64_t state = test_seed() + 1, digest = 0;
    ga_dataset *ds = network_images(m, IMAGES, &state);
    const ga_estimator e = network_estimator(format, GA_NAIVE, product);
    snprintf(name, sizeof name, "%s %s", format, ga_product_name(&e));
    run(&all, m, ds, whole, &e, 1);
    compare(&all, &all, whole, whole, 1, name);
    for (size_t i = whole.first; i <= whole.last; i++) {
        digest = mix(digest, &all.image[i], sizeof all.image[i]);
        ASSERT(i == whole.first || all.image[i] != all.image[i - 1], "neighbours have the same gradient");
    }
    printf("\ndigest %s: %016llx", name, (unsigned long long)digest);
    for (int threads = 2; threads <= 4; threads++) {
        run(&part, m, ds, whole, &e, threads);
        compare(&all, &part, whole, whole, threads, name);
    }
    for (size_t r = 0; r < n; r++) {
        const int threads = 1 + (int)r % 4;
        run(&part, m, ds, ranges[r], &e, threads);
        compare(&all, &part, whole, ranges[r], threads, name);
    }
    ga_dataset_free(ds);
}

static const ga_range everything = { 0, IMAGES - 1 };
static const ga_range some[] = { { 0, 0 },     { 0, 9 },     { 1, 1 },     { 200, 300 }, { 255, 255 }, { 255, 256 },
                                 { 256, 256 }, { 256, 511 }, { 510, 513 }, { 600, 600 }, { 3, 598 } };
enum { N_SOME = sizeof some / sizeof *some };

static ga_model *
wide_network(ga_dtype dtype)
{
    static const size_t sizes[] = { 784, 128, 64, 10 };
    static const ga_activation hidden[] = { GA_SIGMOID, GA_TANH };
    uint64_t state = test_seed();
    return network_new(dtype, 3, sizes, hidden, 3, &state);
}

static void
float_and_double(void)
{
    ga_model *m = wide_network(GA_F32);
    independent_of_range(m, "float", GA_BLAS, everything, some, N_SOME);
    independent_of_range(m, "double", GA_BLAS, everything, some, N_SOME);
    ga_model_free(m);
    m = wide_network(GA_F64);
    independent_of_range(m, "double", GA_BLAS, everything, some, N_SOME);
    ga_model_free(m);
}

static void
loop_and_mpfr(void)
{
    static const size_t sizes[] = { 300, 16, 10 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    static const ga_range near[] = { { 250, 250 }, { 251, 262 }, { 255, 256 }, { 262, 270 } };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 3, &state);
    independent_of_range(m, "float", GA_LOOP, everything, some, N_SOME);
    independent_of_range(m, "double", GA_LOOP, everything, some, N_SOME);
    independent_of_range(m, "mpfr:113", GA_DOT, (ga_range){ 250, 271 }, near, 4);
    independent_of_range(m, "mpfr:53", GA_LOOP, (ga_range){ 250, 271 }, near, 4);
    ga_model_free(m);
}

/* A network of 37576 numbers an image has blocks of 32; its bits depend on the range as little. */
static void
large_network(void)
{
    static const size_t sizes[] = { 30, 7500, 5 }, limit[] = { 30, 1623, 5 }, beyond[] = { 30, 1624, 5 };
    static const ga_activation hidden[] = { GA_TANH };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 1, &state);
    ASSERT(blocks_size(m) == 32, "%zu", blocks_size(m));
    independent_of_range(m, "float", GA_BLAS, (ga_range){ 200, 300 }, (ga_range[]){ { 200, 240 }, { 223, 225 }, { 256, 300 } }, 3);
    ga_model_free(m);
    m = network_new(GA_F64, 2, limit, hidden, 1, &state);
    ASSERT(blocks_size(m) == GA_BLOCK, "blocks of %zu", blocks_size(m));
    ga_model_free(m);
    m = network_new(GA_F64, 2, beyond, hidden, 1, &state);
    ASSERT(blocks_size(m) == GA_BLOCK / 2, "blocks of %zu", blocks_size(m));
    ga_model_free(m);
}

/* What is rounded in blocks has larger tapes, and so fewer images at once; a block along a sum over images is not cut. */
static void
large_tapes(void)
{
    static const size_t sizes[] = { 30, 10000, 5 };
    static const ga_activation hidden[] = { GA_TANH };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 1, &state);
    const ga_estimator e = network_estimator("mxfp8", GA_NAIVE, GA_BLAS);
    const blocks_job job = { .model = m, .estimator = e, .range = { 0, 299 } },
                     sums = { .model = m, .estimator = e, .weights = true };
    ASSERT(blocks_size(m) == 32 && blocks_images(&job) == 16, "%zu, %zu", blocks_size(m), blocks_images(&job));
    ASSERT(blocks_size_for(m, &e, true) < 32 && blocks_images(&sums) == 32, "%zu", blocks_images(&sums));
    independent_of_range(m, "mxfp8", GA_BLAS, (ga_range){ 200, 300 }, (ga_range[]){ { 200, 240 }, { 223, 225 }, { 256, 300 } }, 3);
    ga_model_free(m);
}

/* ---- weights ---------------------------------------------------------------------------------------------------- */

static ga_code
digest_weight(void *data, const char *tensor, size_t element, const ga_number *number, const char *text)
{
    uint64_t *hash = data;
    ASSERT((float)engine_double(number) == strtof(text, NULL), "%s %zu", tensor, element);
    *hash = mix(*hash, tensor, strlen(tensor));
    *hash = mix(*hash, &element, sizeof element);
    *hash = mix(*hash, text, strlen(text));
    return GA_OK;
}

static void
independent_of_threads(const ga_model *m, const char *format, ga_product product, uint64_t *state)
{
    ga_dataset *ds = network_images(m, IMAGES, state);
    const ga_estimator e = network_estimator(format, GA_REWRITE, product);
    uint64_t want = 0, other = 0;
    for (int threads = 1; threads <= 4; threads++) {
        uint64_t hash = 0;
        ASSERT(ga_weight_gradient(m, ds, (ga_range){ 17, IMAGES - 1 }, &e, threads, 0, digest_weight, &hash, NULL) == GA_OK);
        want = threads == 1 ? hash : want;
        ASSERT(hash == want && hash != 0, "%s on %d threads", format, threads);
    }
    ASSERT(ga_weight_gradient(m, ds, (ga_range){ 18, IMAGES - 1 }, &e, 2, 0, digest_weight, &other, NULL) == GA_OK);
    ASSERT(other != want, "without image 17 the sum is the same");
    printf("\ndigest weights %s %s: %016llx", format, ga_product_name(&e), (unsigned long long)want);
    ga_dataset_free(ds);
}

static void
weights_independent_of_threads(void)
{
    static const size_t sizes[] = { 60, 12, 10 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    static const struct { const char *format; ga_product product; } kinds[] = {
        { "float", GA_BLAS }, { "float", GA_LOOP }, { "double", GA_BLAS }, { "double", GA_LOOP }, { "mpfr:60", GA_DOT },
        { "mxfp8", GA_BLAS }, { "mxfp8", GA_LOOP }, { "fp8-hybrid", GA_LOOP }, { "fp8-hybrid,batch=16", GA_BLAS }
    };
    uint64_t state = test_seed();
    ga_model *const layers = network_new(GA_F32, 2, sizes, hidden, 3, &state),
             *const convolutions = model_of_graph(graph_convolutions(GA_F32, &state), NULL);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        independent_of_threads(layers, kinds[k].format, kinds[k].product, &state);
    independent_of_threads(convolutions, "float", GA_BLAS, &state);
    independent_of_threads(convolutions, "mxfp8", GA_LOOP, &state);
    ga_model_free(layers);
    ga_model_free(convolutions);
}

enum { MAX_WEIGHTS = 2048 };

typedef struct {
    float value[MAX_WEIGHTS];
    size_t n;
} weights;

static ga_code
keep_weight(void *data, const char *tensor, size_t element, const ga_number *number, const char *text)
{
    weights *w = data;
    (void)tensor, (void)element, (void)number;
    if (w->n < MAX_WEIGHTS)
        w->value[w->n++] = strtof(text, NULL);
    return GA_OK;
}

/* The sums of the blocks, each asked for alone, added here in their order; and not in another, which has other bits. */
static void
weights_are_sums_of_blocks(void)
{
    static const size_t sizes[] = { 60, 12, 10 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    static const ga_range blocks[] = { { 5, 255 }, { 256, 511 }, { 512, 590 } };
    static weights all, part[3];
    const ga_estimator e = network_estimator("float", GA_REWRITE, GA_BLAS);
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F32, 2, sizes, hidden, 3, &state);
    ga_dataset *ds = network_images(m, IMAGES, &state);
    size_t differ = 0;
    ASSERT(ga_weight_gradient(m, ds, (ga_range){ 5, 590 }, &e, 4, 0, keep_weight, &all, NULL) == GA_OK);
    for (size_t b = 0; b < 3; b++)
        ASSERT(ga_weight_gradient(m, ds, blocks[b], &e, 1, 0, keep_weight, &part[b], NULL) == GA_OK && part[b].n == all.n);
    ASSERT(all.n == ga_model_parameters(m));
    for (size_t i = 0; i < all.n; i++) {
        const float two = part[0].value[i] + part[1].value[i], late = part[1].value[i] + part[2].value[i];
        ASSERT(all.value[i] == two + part[2].value[i], "parameter %zu: %a", i, (double)all.value[i]);
        differ += all.value[i] != late + part[0].value[i];
    }
    ASSERT(differ > 10, "%zu", differ);
    ga_model_free(m);
    ga_dataset_free(ds);
}

/* By other gains and logit scales in one run, and by each alone: the same bits. */
typedef struct {
    size_t n_elements;
    ga_number *g; /* which x images x elements */
} several;

enum { SEVERAL = 4, FEW = 300 };

static ga_code
keep_rows(void *data, const ga_block *b, ga_status *st)
{
    several *s = data;
    (void)st;
    for (size_t i = 0; i < ga_block_images(b); i++)
        ga_block_row(s->g + (b->which * FEW + ga_block_first(b) + i) * s->n_elements, b, i);
    return GA_OK;
}

static void
compare_several(const ga_model *m, const ga_dataset *ds, const ga_estimator *e, int threads)
{
    ga_status st = { 0 };
    const size_t n = ga_model_inputs(m), all = SEVERAL * FEW * n;
    several together = { n, calloc(all, sizeof *together.g) }, alone = { n, calloc(FEW * n, sizeof *alone.g) };
    const ga_range range = { 0, FEW - 1 };
    const ga_code code = blocks_check_and_run(&(blocks_job){ .model = m, .ds = ds, .range = range, .estimator = e[0],
                                                             .threads = threads, .other = e + 1, .n_others = SEVERAL - 1,
                                                             .sink = { .parallel = keep_rows, .data = &together } }, &st);
    ASSERT(code == GA_OK, "%s", st.message);
    for (size_t k = 0; k < SEVERAL; k++) {
        ASSERT(blocks_check_and_run(&(blocks_job){ .model = m, .ds = ds, .range = range, .estimator = e[k], .threads = 2,
                                                   .sink = { .parallel = keep_rows, .data = &alone } }, &st) == GA_OK);
        size_t other = 0;
        for (size_t i = 0; i < FEW * n; i++) {
            const ga_number *a = alone.g + i, *b = together.g + k * FEW * n + i;
            other += a->klass != b->klass || a->sign != b->sign || memcmp(&a->mantissa, &b->mantissa, sizeof a->mantissa) != 0 ||
                     a->exponent != b->exponent;
        }
        ASSERT(other == 0, "gain %g, logit scale %g: %zu elements have other bits", e[k].gain, e[k].logit_scale, other);
    }
    free(together.g);
    free(alone.g);
}

static void
several_factors(void)
{
    static const size_t sizes[] = { 30, 16, 12, 10 };
    static const ga_activation hidden[][2] = { { GA_SIGMOID, GA_TANH }, { GA_RELU, GA_RELU }, { GA_RELU, GA_SIGMOID } };
    static const char *const formats[] = { "float", "double", "float16", "mpfr:60" };
    uint64_t state = test_seed();
    for (size_t h = 0; h < 3; h++) {
        ga_model *m = network_new(GA_F32, 3, sizes, hidden[h], 3, &state);
        ga_dataset *ds = network_images(m, FEW, &state);
        for (size_t f = 0; f < 4; f++)
            for (int scale = 0; scale < 2; scale++) {
                ga_estimator e[SEVERAL];
                ga_status st = { 0 };
                for (size_t k = 0; k < SEVERAL; k++) {
                    e[k] = network_estimator(formats[f], f % 2 == 0 ? GA_NAIVE : GA_REWRITE, GA_PRODUCT_DEFAULT);
                    *(scale ? &e[k].logit_scale : &e[k].gain) = ldexp(0.75, (int)k - 2);
                }
                compare_several(m, ds, e, 1 + (int)f % 3);
                *(scale ? &e[2].logit_scale : &e[2].gain) = 1; /* without a factor it is another program */
                const bool takes = scale || h != 1;
                const blocks_job mixed = { .model = m, .ds = ds, .range = { 0, 3 }, .estimator = e[0], .other = e + 1,
                                           .n_others = SEVERAL - 1 };
                ASSERT((blocks_check_and_run(&mixed, &st) == GA_USAGE) == takes);
            }
        ga_dataset_free(ds);
        ga_model_free(m);
    }
}

static void
core(void)
{
    printf("\nOpenBLAS core %s", blas_core());
    ASSERT(blas_core() != NULL && *blas_core() != '\0');
}

TEST_MAIN("blocks", TEST(core), TEST(several_factors), TEST(float_and_double), TEST(loop_and_mpfr), TEST(large_network),
          TEST(large_tapes), TEST(weights_independent_of_threads), TEST(weights_are_sums_of_blocks))
