/* SPDX-License-Identifier: Apache-2.0 */
/* crt_backend.h -- how residues are multiplied; crt.c makes a product of integers of them. */
#ifndef GEMM_CRT_BACKEND_H
#define GEMM_CRT_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gemm/buffer.h"
#include "gemm/crt.h"
#include "gemm/crt_digits.h"

/* Vectors of integers: element kk of vector i is trunc(x 2^-cut), |trunc| < 2^bits, x number i step_n + kk step_k, cut that of
   vector i. */
typedef struct {
    crt_numbers numbers;        /* or, */
    const crt_weights *weights; /* if it is not NULL, those of a slice of weights */
    size_t slice;
    size_t n, k, step_n, step_k;
    const int64_t *cut;
    size_t cut_step;     /* 0: all vectors have the same */
    size_t bits;
} crt_operand;

/* Element i of a matrix of weights, in room; NULL if it is 0, or of another slice. */
mpfr_srcptr crt_slice_number(crt_room *room, const crt_weights *w, size_t slice, size_t i);

/* Number `at` of an operand, perhaps in room; NULL if it is 0, or of another slice of the weights. */
static inline mpfr_srcptr
crt_operand_number(crt_room *room, const crt_operand *x, size_t at)
{
    if (x->weights != NULL)
        return crt_slice_number(room, x->weights, x->slice, at);
    mpfr_srcptr number = crt_number(x->numbers, at);
    return mpfr_zero_p(number) ? NULL : number;
}

/* The limbs of each number of an operand. */
static inline size_t
crt_operand_limbs(const crt_operand *x)
{
    return x->weights != NULL ? 1 : (size_t)(mpfr_get_prec(x->numbers.first) + 63) / 64;
}

enum { CRT_SCRATCHES = 3, CRT_DGEMM_DIGIT = 22, CRT_INT16_DIGIT = 32 };

/* One kind of residues, and one way to multiply them. Residues are balanced: about p/2 at most. */
typedef struct {
    size_t digit;      /* bits of the digits that a result is put together from */
    uint32_t below;    /* primes are below; */
    size_t most_primes;
    size_t group;      /* primes processed at a time */
    size_t kept;       /* primes whose residues of weights are kept, */
    size_t layout;     /* at this index of its own, below CRT_LAYOUTS */

    /* Bytes of the residues of n vectors of k numbers, weights or not, modulo one prime. */
    size_t (*size)(size_t n, size_t k, bool weights);

    /* The residues of x modulo n_primes primes, in the layout of activations or weights. False: out of memory. */
    bool (*pack)(void *const *residue, const crt_operand *x, bool weights, const uint32_t *prime, size_t n_primes,
                 buffer *scratch);

    /* remainder (rows x n) = (A W^T mod p) inverse mod p of packed residues, sums of k terms. False: out of memory. */
    bool (*multiply)(int32_t *remainder, const void *a, const void *w, size_t rows, size_t n, size_t k, int32_t p,
                     int32_t inverse, buffer *scratch);

    /* The first n_digits digits of a row of n results from their remainders c_i, which are `step` apart: X = sum_i c_i M/p_i - q M
       with q the integer nearest to sum_i c_i/p_i. As |X| < M/4 and that sum is known within n 2^-52, q is right. Digit d of result
       j is digit[(j - j % lanes) n_digits + lanes d + j % lanes]. False: out of memory. */
    size_t lanes;
    bool (*assemble)(double *digit, size_t n_digits, const int32_t *remainder, size_t step, size_t n, const crt_basis *basis,
                     const uint32_t *prime, buffer *scratch);
} crt_backend;

/* dgemm; and the int16 kernel: in plain C with the layout of 512-bit vectors, with AVX2, with AVX-512 VNNI. One whose instructions
   the compiler lacks has no multiply. */
extern const crt_backend crt_dgemm, crt_plain, crt_avx2, crt_vnni;

#endif
