/* SPDX-License-Identifier: Apache-2.0 */
/* crt_int16.c -- residues of 16 bits, two to a lane of 32 that adds the two products: vpmaddwd and vpaddd of AVX2, vpdpwssd of
   AVX-512 VNNI, or the same in plain C. One source: it includes itself once for each.

   Residues: |r| <= 4095. Primes are below 7424, and x - p q of |x| < 2^31 with q the float x (1/p) rounded to an integer is at most
   p/2 + 3 2^-24 |x| <= 3712 + 383 (three roundings to 24 bits: of x, of 1/p, of their product). Sums: 128 products of residues and
   the reduced sum before them are at most 128 4095^2 + 4095 < 2^31.

   Layout: vectors in groups of GROUP; a group holds for each pair of k the pairs of all its vectors, one after another, the number
   of pairs padded with zeros to a multiple of 8. */
#ifndef LANES

#include <string.h>

#include "config.h"
#include "gemm/crt_backend.h"
#include "num/clones.h"

/* ROWS x 2 accumulators, two vectors of weights, one of an activation and one of products: 16 registers. */
enum { ROWS = 6, PAIRS = 64, PAIR_BITS = 30, DIGITS_UNREDUCED = 8, PANEL_STEPS = 32, DIGIT = CRT_INT16_DIGIT };

static size_t
padded_pairs(size_t k)
{
    return ((k + 1) / 2 + 7) / 8 * 8;
}

/* 15-bit digits of an integer, two to a word, the lower one in the lower half, with the sign of the integer, whose lowest bit is at
   a position of some limbs. Four digits at a time are moved apart to 16 bits each, and negated as 2^15 less each, with the highest
   bit turned over: nothing is borrowed. */
static inline void
put_pairs(int32_t *word, size_t stride, size_t n, const uint64_t *limb, size_t position, bool negative)
{
    const uint64_t high = UINT64_C(0x8000800080008000), flip = negative ? UINT64_MAX : 0;
    for (size_t q = 0; q < n; q += 2, position += 2 * PAIR_BITS) {
        uint64_t x = crt_bits(limb, position);
        x = (x & 0x3fffffff) | (x & UINT64_C(0xfffffffc0000000)) << 2;
        x = (x & UINT64_C(0x7fff00007fff)) | (x & UINT64_C(0x3fff80003fff8000)) << 1;
        x ^= (x ^ ((high - x) ^ high)) & flip;
        word[q * stride] = (int32_t)x;
        if (q + 1 < n)
            word[(q + 1) * stride] = (int32_t)(x >> 32);
    }
}

/* The digits of a panel: pairs first to first + steps - 1, even k in the even of 2 n planes, odd k in the odd. A number's limbs are
   laid between zeros: an integer's lowest bit may be below them by as many bits as integers have, and its digits end above them. */
static void
put_digits(int32_t *digit, size_t plane, size_t n, const crt_operand *x, size_t group, size_t size, size_t first, size_t steps)
{
    const size_t zeros = x->bits / 64 + 1, limbs = crt_operand_limbs(x);
    uint64_t laid[2 * zeros + limbs + 3];
    crt_room room;
    memset(laid, 0, sizeof laid);
    memset(digit, 0, 2 * n * plane * sizeof *digit);
    for (size_t v = 0; v < size && group * size + v < x->n; v++) {
        const size_t i = group * size + v;
        const int64_t cut = x->cut[i * x->cut_step];
        for (size_t k = 2 * first; k < 2 * (first + steps) && k < x->k; k++) {
            mpfr_srcptr number = crt_operand_number(&room, x, i * x->step_n + k * x->step_k);
            const int64_t lowest = number == NULL ? INT64_MAX : crt_position(number, limbs, cut);
            if (lowest >= (int64_t)(64 * limbs))
                continue;
            const mp_limb_t *const limb = mpfr_custom_get_significand(number);
            laid[zeros] = limb[0];
            for (size_t l = 1; l < limbs; l++) /* no memcpy of one limb or two */
                laid[zeros + l] = limb[l];
            put_pairs(digit + k % 2 * plane + (k / 2 - first) * size + v, 2 * plane, n, laid, 64 * zeros + (size_t)lowest,
                      mpfr_sgn(number) < 0); /* modulo 2^64 */
        }
    }
}

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define INSTANCE(name) JOIN(name, SUFFIX)

/* The layout of 512-bit vectors without such vectors. */
#define LANES 16
#define SUFFIX _plain
#define LAYOUT 1
#define TARGET
#define HALF(x, shift) ((vector)((words)(x) << (shift)) >> 16)
#define MULTIPLY_ADD(sum, a, b) ((sum) + HALF(a, 16) * HALF(b, 16) + HALF(a, 0) * HALF(b, 0))
#include __FILE__

#if defined HAVE_AVX2 || defined HAVE_VNNI
#include <immintrin.h>
#endif
#ifdef HAVE_AVX2
#define LANES 8
#define SUFFIX _avx2
#define LAYOUT 2
#define TARGET __attribute__((target("avx2")))
#define MULTIPLY_ADD(sum, a, b) ((vector)_mm256_add_epi32((__m256i)(sum), _mm256_madd_epi16((__m256i)(a), (__m256i)(b))))
#include __FILE__
#else
const crt_backend crt_avx2;
#endif

#ifdef HAVE_VNNI
#define LANES 16
#define SUFFIX _vnni
#define LAYOUT 3
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vnni")))
#define MULTIPLY_ADD(sum, a, b) ((vector)_mm512_dpwssd_epi32((__m512i)(sum), (__m512i)(a), (__m512i)(b)))
#include __FILE__
#else
const crt_backend crt_vnni;
#endif

#else /* one instance: LANES of 32 bits, MULTIPLY_ADD(sum, a, b): sum + a_low b_low + a_high b_high in every lane */

#define vector INSTANCE(vector)
#define words INSTANCE(words)
#define floats INSTANCE(floats)
#define doubles INSTANCE(doubles)
#define halves INSTANCE(halves)
typedef int32_t vector __attribute__((vector_size(4 * LANES), may_alias));
typedef uint32_t words __attribute__((vector_size(4 * LANES), may_alias));
typedef float floats __attribute__((vector_size(4 * LANES), may_alias));
typedef double doubles __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t halves __attribute__((vector_size(2 * LANES), may_alias));

/* x mod p, as above. Adding 1.5 2^23 to a float below 2^22 rounds it to the integer that is then in its low bits. */
TARGET INLINE void
INSTANCE(reduce)(vector *x, int32_t p, float inverse)
{
    const float magic = 0x1.8p23F;
    const floats q = __builtin_convertvector(*x, floats) * inverse + magic;
    *x -= ((vector)q - (vector)((floats){ 0 } + magic)) * p;
}

/* residue[0..plane-1] of the digits of a panel: sums of 16 products of digits below 2^15 and coefficients of at most 3711, and the
   reduced sum before them, are below 2^31. */
TARGET static void
INSTANCE(reduce_digits)(int32_t *residue, const int32_t *digit, size_t plane, size_t n, const int32_t *coefficient, int32_t p)
{
    const float inverse = 1 / (float)p;
    for (size_t v = 0; v < plane; v += LANES) {
        vector even = { 0 }, odd = { 0 };
        for (size_t start = 0; start < n; start += DIGITS_UNREDUCED) {
            const size_t end = start + DIGITS_UNREDUCED < n ? start + DIGITS_UNREDUCED : n;
            for (size_t q = start; q < end; q++) {
                const vector c = coefficient[q] - (vector){ 0 };
                even = MULTIPLY_ADD(even, *(const vector *)(digit + 2 * q * plane + v), c);
                odd = MULTIPLY_ADD(odd, *(const vector *)(digit + (2 * q + 1) * plane + v), c);
            }
            INSTANCE(reduce)(&even, p, inverse);
            INSTANCE(reduce)(&odd, p, inverse);
        }
        *(vector *)(residue + v) = (even & 0xffff) | (vector)((words)odd << 16);
    }
}

static size_t
INSTANCE(size)(size_t n, size_t k, bool weights)
{
    const size_t group = weights ? 2 * LANES : ROWS;
    return (n + group - 1) / group * group * padded_pairs(k) * sizeof(int32_t);
}

static bool
INSTANCE(pack)(void *const *residue, const crt_operand *x, bool weights, const uint32_t *prime, size_t n_primes, buffer *scratch)
{
    const size_t size = weights ? 2 * LANES : ROWS, pairs = padded_pairs(x->k), n = x->bits / PAIR_BITS + 1;
    int32_t *digit = buffer_grow(&scratch[0], 2 * n * PANEL_STEPS * size, sizeof *digit);
    int32_t *coefficient = buffer_grow(&scratch[1], n * n_primes, sizeof *coefficient);
    if (digit == NULL || coefficient == NULL)
        return false;
    for (size_t t = 0; t < n_primes; t++)
        for (size_t q = 0; q < n; q++) {
            const int32_t low = crt_power(2, PAIR_BITS * q, prime[t]), high = crt_power(2, PAIR_BITS * q + 15, prime[t]);
            coefficient[t * n + q] = (int32_t)(((uint32_t)low & 0xffff) | (uint32_t)high << 16);
        }
    for (size_t group = 0; group * size < x->n; group++)
        for (size_t first = 0; first < pairs; first += PANEL_STEPS) {
            const size_t steps = pairs - first < PANEL_STEPS ? pairs - first : PANEL_STEPS, plane = steps * size;
            put_digits(digit, plane, n, x, group, size, first, steps);
            for (size_t t = 0; t < n_primes; t++)
                INSTANCE(reduce_digits)((int32_t *)residue[t] + (group * pairs + first) * size, digit, plane, n,
                                        coefficient + t * n, (int32_t)prime[t]);
        }
    return true;
}

/* (sum of a_k w_k mod p) inverse mod p for ROWS rows and two vectors of columns. */
TARGET INLINE void
INSTANCE(tile)(vector result[2 * ROWS], const int32_t *a, const int32_t *w, size_t pairs, int32_t p, int32_t factor)
{
    const float inverse = 1 / (float)p;
    vector sum[2 * ROWS];
#pragma GCC unroll 12
    for (size_t i = 0; i < 2 * ROWS; i++)
        sum[i] = (vector){ 0 };
    for (size_t start = 0; start < pairs; start += PAIRS) {
        const size_t end = start + PAIRS < pairs ? start + PAIRS : pairs;
        for (size_t k = start; k < end; k++) {
            const vector left = *(const vector *)(w + 2 * LANES * k), right = *(const vector *)(w + 2 * LANES * k + LANES);
#pragma GCC unroll 6
            for (size_t i = 0; i < ROWS; i++) {
                const vector x = a[ROWS * k + i] - (vector){ 0 };
                sum[2 * i] = MULTIPLY_ADD(sum[2 * i], left, x);
                sum[2 * i + 1] = MULTIPLY_ADD(sum[2 * i + 1], right, x);
            }
        }
#pragma GCC unroll 12
        for (size_t i = 0; i < 2 * ROWS; i++)
            INSTANCE(reduce)(&sum[i], p, inverse);
    }
#pragma GCC unroll 12
    for (size_t i = 0; i < 2 * ROWS; i++) {
        sum[i] *= factor; /* |r factor| <= 4095 3711 < 2^24 */
        INSTANCE(reduce)(&sum[i], p, inverse);
        result[i] = sum[i];
    }
}

TARGET static bool
INSTANCE(multiply)(int32_t *remainder, const void *a, const void *w, size_t rows, size_t n, size_t k, int32_t p, int32_t inverse,
                   buffer *scratch)
{
    const size_t pairs = padded_pairs(k);
    vector tile[2 * ROWS];
    (void)scratch;
    for (size_t j = 0; j < n; j += 2 * LANES)
        for (size_t i = 0; i < rows; i += ROWS) {
            const size_t columns = n - j < 2 * LANES ? n - j : 2 * LANES;
            INSTANCE(tile)(tile, (const int32_t *)a + i * pairs, (const int32_t *)w + j * pairs, pairs, p, inverse);
            for (size_t r = 0; r < ROWS && i + r < rows; r++)
                memcpy(remainder + (i + r) * n + j, tile + 2 * r, columns * sizeof *remainder);
        }
    return true;
}

/* CRT_DIGIT_GROUP digits of LANES results, from `first` on: digits are below 2^32 and |c_i| at most 3714, |q| <= n/2 + 1, so that
   sums of 512 of their products are integers below 2^53. */
TARGET INLINE void
INSTANCE(digit_group)(double *digit, const doubles *c, const doubles quotient[2], const crt_basis *basis, size_t first)
{
    doubles sum[2 * CRT_DIGIT_GROUP];
#pragma GCC unroll 10
    for (size_t d = 0; d < 2 * CRT_DIGIT_GROUP; d++)
        sum[d] = (doubles){ 0 };
    for (size_t t = 0; t <= basis->n; t++) {
        const double *m = basis->digit + t * basis->n_digits + first;
        const doubles left = t < basis->n ? c[2 * t] : -quotient[0], right = t < basis->n ? c[2 * t + 1] : -quotient[1];
#pragma GCC unroll 5
        for (size_t d = 0; d < CRT_DIGIT_GROUP; d++) {
            const doubles x = m[d] - (doubles){ 0 };
            sum[2 * d] += left * x;
            sum[2 * d + 1] += right * x;
        }
    }
#pragma GCC unroll 10
    for (size_t d = 0; d < 2 * CRT_DIGIT_GROUP; d++)
        *(doubles *)(digit + (first * 2 + d) * (LANES / 2)) = sum[d];
}

TARGET static bool
INSTANCE(assemble)(double *digit, size_t n_digits, const int32_t *remainder, size_t step, size_t n, const crt_basis *basis,
                   const uint32_t *prime, buffer *scratch)
{
    const double magic = 0x1.8p52;
    doubles *c = buffer_grow(&scratch[0], 2 * basis->n, sizeof *c);
    if (c == NULL)
        return false;
    for (size_t j = 0; j < n; j += LANES, digit += n_digits * LANES) {
        doubles quotient[2] = { { 0 }, { 0 } };
        for (size_t t = 0; t < basis->n; t++) {
            int32_t last[LANES] __attribute__((aligned(64))) = { 0 };
            const int32_t *from = remainder + t * step + j;
            if (n - j < LANES)
                from = memcpy(last, from, (n - j) * sizeof *last);
            for (size_t h = 0; h < 2; h++) {
                halves x;
                memcpy(&x, from + h * (LANES / 2), sizeof x);
                c[2 * t + h] = __builtin_convertvector(x, doubles);
                quotient[h] += c[2 * t + h] * (1.0 / prime[t]);
            }
        }
        for (size_t h = 0; h < 2; h++)
            quotient[h] = (quotient[h] + magic) - magic;
        for (size_t d = 0; d < n_digits; d += CRT_DIGIT_GROUP)
            INSTANCE(digit_group)(digit, c, quotient, basis, d);
    }
    return true;
}

const crt_backend INSTANCE(crt) = {
    .digit = DIGIT, .below = 7424, .most_primes = 511, .group = 64, .kept = 64, .layout = LAYOUT, .lanes = LANES,
    .size = INSTANCE(size), .pack = INSTANCE(pack), .multiply = INSTANCE(multiply), .assemble = INSTANCE(assemble)
};

#undef vector
#undef words
#undef floats
#undef doubles
#undef halves
#undef LANES
#undef SUFFIX
#undef LAYOUT
#undef TARGET
#undef HALF
#undef MULTIPLY_ADD
#endif
