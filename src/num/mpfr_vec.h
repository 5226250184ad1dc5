/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_vec.h -- arrays of MPFR numbers in one allocation, and their reading as ga_number. */
#ifndef NUM_MPFR_VEC_H
#define NUM_MPFR_VEC_H

#include <mpfr.h>

#include "core/gradient.h"

/* n MPFR numbers equal to +0, all of the given precision, with their significands in the same block (MPFR's custom interface: never
   mpfr_clear, mpfr_set_prec or mpfr_swap one with a number from elsewhere). NULL if memory runs out. free() frees it. */
__mpfr_struct *mpfr_vec_new(size_t n, mpfr_prec_t bits);

/* The same in the caller's memory: size bytes, aligned as malloc's. */
size_t mpfr_vec_size(size_t n, mpfr_prec_t bits);
__mpfr_struct *mpfr_vec_at(void *memory, size_t n, mpfr_prec_t bits);

/* Sets the first n numbers of a vector to +0 at another precision, at most the one it was made with. */
void mpfr_vec_reuse(__mpfr_struct *v, size_t n, mpfr_prec_t made_bits, mpfr_prec_t bits);

/* Sign, class and the value truncated to 53 bits; or to GA_NUMBER_BITS. */
void mpfr_vec_number(ga_number *r, mpfr_srcptr a);
void mpfr_vec_whole_number(ga_number *r, mpfr_srcptr a);

/* r = a, rounded to nearest: exactly if r has GA_NUMBER_BITS. */
void mpfr_vec_set_number(mpfr_ptr r, const ga_number *a);

/* Gives the calling thread MPFR's widest exponent range. */
void mpfr_vec_widest_range(void);

#endif
