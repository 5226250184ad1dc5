/* SPDX-License-Identifier: Apache-2.0 */
/* crt_engine.h -- what crt.c and crt_element.c share: an engine and its last product. */
#ifndef GEMM_CRT_ENGINE_H
#define GEMM_CRT_ENGINE_H

#include "gemm/crt_backend.h"
#include "gemm/crt_weights.h"

enum { CRT_MOST_PRIMES = 511, CRT_FAMILIES = 2 };

/* The largest odd primes below a limit, what the first n of them hold in bits, and the bases made of them. */
typedef struct {
    uint32_t prime[CRT_MOST_PRIMES];
    double bits[CRT_MOST_PRIMES + 1];
    crt_basis *basis[CRT_MOST_PRIMES + 1];
} crt_family;

/* One slice of the weights: how many primes, and the digits of the row put together last. */
typedef struct {
    const crt_backend *backend;
    const crt_basis *basis;
    size_t n_primes, n_digits, made, first; /* how many of its digits are made; first: of its remainders */
    buffer digits, limbs;
    __mpfr_struct element;
} crt_slice_product;

struct crt {
    const crt_backend *backend;
    crt_family families[CRT_FAMILIES];
    buffer packed_a, packed_w, remainder, scratch[CRT_SCRATCHES];
    buffer cut[2], lowest[2]; /* of A's rows; of B's vectors */
    size_t rows, k, n, row; /* of the last product, and the row put together last */
    size_t n_slices;
    const crt_weights *weights; /* NULL: B has cuts of its own */
    crt_slice_product slice[CRT_MOST_SLICES];
    mpfr_t sum;
};

/* The primes of a back end, found when they are first needed. */
crt_family *crt_family_of(crt *c, const crt_backend *backend);

#endif
