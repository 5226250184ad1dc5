/* SPDX-License-Identifier: Apache-2.0 */
/* crt.c -- plans a product and has it multiplied; see crt.h */
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/call.h"
#include "gemm/crt_engine.h"

static const crt_backend *
find_backend(ga_backend backend)
{
    static const crt_backend *const backends[] = {
        [GA_BACKEND_DGEMM] = &crt_dgemm, [GA_BACKEND_PLAIN] = &crt_plain, [GA_BACKEND_AVX2] = &crt_avx2,
        [GA_BACKEND_VNNI] = &crt_vnni
    };
    return backends[backend == GA_BACKEND_AUTO || !ga_backend_usable(backend) ? ga_backend_auto() : backend];
}

static void
find_primes(crt_family *f, const crt_backend *backend)
{
    uint32_t candidate = backend->below + 1;
    for (size_t i = 0; i < CRT_MOST_PRIMES; i++) {
        do
            candidate -= 2;
        while (!crt_is_prime(candidate));
        f->prime[i] = candidate;
        f->bits[i + 1] = f->bits[i] + log2(candidate);
    }
}

crt_family *
crt_family_of(crt *c, const crt_backend *backend)
{
    crt_family *f = &c->families[backend != &crt_dgemm];
    if (f->prime[0] == 0)
        find_primes(f, backend);
    return f;
}

crt *
crt_new(ga_backend backend)
{
    crt *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->backend = find_backend(backend);
    mpfr_init2(c->sum, 64);
    return c;
}

void
crt_free(void *engine)
{
    crt *const c = engine;
    if (c == NULL)
        return;
    buffer *const buffers[] = { &c->packed_a, &c->packed_w, &c->remainder, c->cut, c->lowest, c->cut + 1, c->lowest + 1 };
    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        free(buffers[i]->p);
    for (size_t i = 0; i < CRT_SCRATCHES; i++)
        free(c->scratch[i].p);
    for (size_t p = 0; p < CRT_MOST_SLICES; p++) {
        free(c->slice[p].digits.p);
        free(c->slice[p].limbs.p);
    }
    for (size_t f = 0; f < CRT_FAMILIES; f++)
        for (size_t i = 0; i <= CRT_MOST_PRIMES; i++)
            crt_basis_free(c->families[f].basis[i]);
    mpfr_clear(c->sum);
    free(c);
}

bool
crt_reserve(void **product, void (**product_free)(void *product), const context *common)
{
    if (*product == NULL && common->product != GA_LOOP) {
        *product = crt_new(common->backend);
        *product_free = crt_free;
    }
    return *product != NULL || common->product == GA_LOOP;
}

/* The cuts of vectors, A's (0) or B's: `bits` below the largest exponent, or at the lowest bit of the vector, whichever is higher.
   *width is F. */
static bool
cut_vectors(crt *c, size_t which, size_t *width, const crt_vectors *a, long bits)
{
    int64_t *cut = buffer_grow(c->cut + which, a->n + 1, sizeof *cut);
    int64_t *lowest = buffer_grow(c->lowest + which, a->n * c->k + 1, sizeof *lowest);
    if (cut == NULL || lowest == NULL)
        return false;
    *width = 1;
    for (size_t r = 0; r < a->n; r++) {
        int64_t largest = INT64_MIN, least = INT64_MAX, *low = lowest + r * c->k;
        for (size_t k = 0; k < c->k; k++) {
            mpfr_srcptr x = crt_number(a->numbers, r * a->step_n + k * a->step_k);
            low[k] = INT64_MAX;
            if (mpfr_zero_p(x))
                continue;
            if (!crt_is_ordinary(x))
                return false;
            const int64_t e = mpfr_get_exp(x);
            low[k] = crt_lowest_bit(x);
            largest = e > largest ? e : largest;
            least = low[k] < least ? low[k] : least;
        }
        cut[r] = largest == INT64_MIN ? 0 : least > largest - bits ? least : largest - bits;
        if (largest != INT64_MIN && (size_t)(largest - cut[r]) > *width)
            *width = (size_t)(largest - cut[r]);
    }
    return true;
}

static size_t
bit_length(size_t n)
{
    size_t bits = 0;
    for (; n > 0; n >>= 1)
        bits++;
    return bits;
}

/* How many primes: |X| < k 2^(F + w) <= M/4. False if there are too few. */
static bool
choose_primes(crt_slice_product *p, crt *c, size_t width_w, size_t width)
{
    const size_t need = width + width_w + bit_length(c->k) + 2;
    p->backend = need + 1 < (size_t)crt_family_of(c, c->backend)->bits[c->backend->most_primes] ? c->backend : &crt_dgemm;
    crt_family *f = crt_family_of(c, p->backend);
    for (p->n_primes = 1; f->bits[p->n_primes] < (double)need + 0x1p-20; p->n_primes++)
        if (p->n_primes == p->backend->most_primes)
            return false;
    p->n_digits = need / p->backend->digit + 1;
    p->made = (p->n_digits + CRT_DIGIT_GROUP - 1) / CRT_DIGIT_GROUP * CRT_DIGIT_GROUP;
    if (f->basis[p->n_primes] == NULL)
        f->basis[p->n_primes] = crt_basis_new(f->prime, p->n_primes, p->backend->digit);
    p->basis = f->basis[p->n_primes];
    return p->basis != NULL && buffer_grow(&p->limbs, p->n_digits * p->backend->digit / 64 + 2, sizeof(mp_limb_t)) != NULL;
}

/* residue[0..count-1]: room for the residues of a group of primes, in one buffer. */
static bool
room_for(void **residue, buffer *b, size_t count, size_t size)
{
    const size_t stride = (size + 63) / 64 * 64;
    char *p = buffer_grow(b, count, stride);
    for (size_t t = 0; p != NULL && t < count; t++)
        residue[t] = p + t * stride;
    return p != NULL;
}

/* The residues that are kept already, up to the first that is not. */
static size_t
kept_residues(void **residue, void *const *kept, size_t count)
{
    size_t have = 0;
    while (have < count && (residue[have] = __atomic_load_n(kept + have, __ATOMIC_ACQUIRE)) != NULL)
        have++;
    return have;
}

static bool
make_residues(void **residue, size_t count, size_t size, const crt_backend *backend, const crt_operand *x, const uint32_t *prime,
              buffer *scratch)
{
    bool ok = true;
    for (size_t t = 0; t < count; t++)
        ok = (residue[t] = aligned_alloc(64, (size + 64) / 64 * 64)) != NULL && ok;
    ok = ok && backend->pack(residue, x, true, prime, count, scratch);
    for (size_t t = 0; t < count && !ok; t++)
        free(residue[t]);
    return ok;
}

/* The residues of a slice of the weights modulo primes first to first + count - 1; the first ones are kept. */
static bool
pack_weights(void **residue, crt *c, crt_weights *w, size_t slice, bool transposed, const crt_backend *backend, size_t first,
             size_t count)
{
    crt_slice *p = w->slices + slice;
    void **kept = p->residue[backend->layout][transposed];
    const size_t size = backend->size(c->n, c->k, true);
    const crt_operand x = { { 0 }, w, slice, c->n, c->k, transposed ? w->cols : 1, transposed ? 1 : w->cols, &p->scale, 0,
                            (size_t)(p->top - p->scale) };
    const uint32_t *prime = crt_family_of(c, backend)->prime + first;
    if (first + count > backend->kept)
        return room_for(residue, &c->packed_w, count, size) && backend->pack(residue, &x, true, prime, count, c->scratch);
    size_t have = kept_residues(residue, kept + first, count);
    if (have < count)
#pragma omp critical(crt_residues)
    {
        have = kept_residues(residue, kept + first, count); /* another thread may have made them meanwhile */
        if (have < count && make_residues(residue + have, count - have, size, backend, &x, prime + have, c->scratch))
            for (; have < count; have++)
                __atomic_store_n(kept + first + have, residue[have], __ATOMIC_RELEASE);
    }
    return have == count;
}

/* The remainders of the slices that this back end multiplies: by groups of primes, the residues of A once for each. */
static bool
multiply_residues(crt *c, const crt_backend *backend, crt_numbers a, size_t width, crt_weights *w, bool transposed)
{
    void *of_a[CRT_MOST_PRIMES], *of_w[CRT_MOST_PRIMES];
    const crt_operand x = { a, NULL, 0, c->rows, c->k, c->k, 1, c->cut[0].p, 1, width };
    const uint32_t *prime = crt_family_of(c, backend)->prime;
    size_t most = 0;
    for (size_t p = 0; p < c->n_slices; p++)
        most = c->slice[p].backend == backend && c->slice[p].n_primes > most ? c->slice[p].n_primes : most;
    for (size_t first = 0; first < most; first += backend->group) {
        const size_t count = most - first < backend->group ? most - first : backend->group;
        if (!room_for(of_a, &c->packed_a, count, backend->size(c->rows, c->k, false)) ||
            !backend->pack(of_a, &x, false, prime + first, count, c->scratch))
            return false;
        for (size_t p = 0; p < c->n_slices; p++) {
            const crt_slice_product *slice = c->slice + p;
            if (slice->backend != backend || slice->n_primes <= first)
                continue;
            const size_t here = slice->n_primes - first < count ? slice->n_primes - first : count;
            if (!pack_weights(of_w, c, w, p, transposed, backend, first, here))
                return false;
            for (size_t t = 0; t < here; t++)
                if (call_ask() != GA_OK ||
                    !backend->multiply((int32_t *)c->remainder.p + (slice->first + first + t) * c->rows * c->n, of_a[t], of_w[t],
                                       c->rows, c->n, c->k, (int32_t)prime[first + t], slice->basis->inverse[first + t],
                                       c->scratch))
                    return false;
        }
    }
    return true;
}

bool
crt_multiply(crt *c, crt_numbers a, size_t rows, size_t k, crt_weights *w, bool transposed, long bits)
{
    size_t width, remainders = 0;
    c->rows = rows;
    c->k = k;
    c->n = transposed ? w->rows : w->cols;
    c->row = SIZE_MAX;
    c->weights = w;
    c->n_slices = w->n_slices;
    assert(k == (transposed ? w->cols : w->rows));
    if (rows * k > INT_MAX || rows * c->n > INT_MAX || !cut_vectors(c, 0, &width, &(crt_vectors){ a, rows, k, 1 }, bits))
        return false;
    for (size_t p = 0; p < c->n_slices; p++) {
        if (!choose_primes(c->slice + p, c, (size_t)(w->slices[p].top - w->slices[p].scale), width))
            return false;
        c->slice[p].first = remainders;
        remainders += c->slice[p].n_primes;
    }
    const int64_t span = w->slices[0].top - w->slices[c->n_slices - 1].scale;
    if (c->n_slices > 1) /* |sum| < 2 k 2^(F + span) in units of the last slice */
        mpfr_set_prec(c->sum, (mpfr_prec_t)(width + (size_t)span + bit_length(k) + 1));
    if (buffer_grow(&c->remainder, remainders * rows * c->n, sizeof(int32_t)) == NULL)
        return false;
    return multiply_residues(c, c->backend, a, width, w, transposed) &&
           (c->backend == &crt_dgemm || multiply_residues(c, &crt_dgemm, a, width, w, transposed));
}

/* By groups of primes. */
static bool
multiply_operands(crt *c, const crt_operand *a, const crt_operand *b)
{
    const crt_slice_product *const p = c->slice;
    const crt_backend *const backend = p->backend;
    const uint32_t *const prime = crt_family_of(c, backend)->prime;
    void *of_a[CRT_MOST_PRIMES], *of_b[CRT_MOST_PRIMES];
    for (size_t first = 0; first < p->n_primes; first += backend->group) {
        const size_t count = p->n_primes - first < backend->group ? p->n_primes - first : backend->group;
        if (!room_for(of_a, &c->packed_a, count, backend->size(c->rows, c->k, false)) ||
            !backend->pack(of_a, a, false, prime + first, count, c->scratch) ||
            !room_for(of_b, &c->packed_w, count, backend->size(c->n, c->k, true)) ||
            !backend->pack(of_b, b, true, prime + first, count, c->scratch))
            return false;
        for (size_t t = 0; t < count; t++)
            if (call_ask() != GA_OK ||
                !backend->multiply((int32_t *)c->remainder.p + (first + t) * c->rows * c->n, of_a[t], of_b[t], c->rows, c->n, c->k,
                                   (int32_t)prime[first + t], p->basis->inverse[first + t], c->scratch))
                return false;
    }
    return true;
}

bool
crt_multiply_vectors(crt *c, const crt_vectors *a, const crt_vectors *b, size_t k, long bits)
{
    size_t width_a, width_b;
    c->rows = a->n;
    c->k = k;
    c->n = b->n;
    c->row = SIZE_MAX;
    c->weights = NULL;
    c->n_slices = 1;
    c->slice[0].first = 0;
    if (c->rows * k > INT_MAX || c->n * k > INT_MAX || c->rows * c->n > INT_MAX || !cut_vectors(c, 0, &width_a, a, bits) ||
        !cut_vectors(c, 1, &width_b, b, bits) || !choose_primes(c->slice, c, width_b, width_a) ||
        buffer_grow(&c->remainder, c->slice[0].n_primes * c->rows * c->n, sizeof(int32_t)) == NULL)
        return false;
    const crt_operand of_a = { a->numbers, NULL, 0, a->n, k, a->step_n, a->step_k, c->cut[0].p, 1, width_a };
    const crt_operand of_b = { b->numbers, NULL, 0, b->n, k, b->step_n, b->step_k, c->cut[1].p, 1, width_b };
    return multiply_operands(c, &of_a, &of_b);
}

int64_t
crt_cut(const crt *c, size_t row)
{
    return ((const int64_t *)c->cut[0].p)[row];
}

const int64_t *
crt_lowest(const crt *c, size_t row)
{
    return (const int64_t *)c->lowest[0].p + row * c->k;
}

int64_t
crt_second_cut(const crt *c, size_t col)
{
    return ((const int64_t *)c->cut[1].p)[col];
}

const int64_t *
crt_second_lowest(const crt *c, size_t col)
{
    return (const int64_t *)c->lowest[1].p + col * c->k;
}
