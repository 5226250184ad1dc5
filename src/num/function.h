/* SPDX-License-Identifier: Apache-2.0 */
/* function.h -- the functions of functions.def, and their derivatives to x, each as one function; x where they are defined, or not:
   then they are NaN or infinite, as IEEE 754 has it.

   Order 0 is f(x), 1 is f'(x); c is the constant of those that have one. */
#ifndef NUM_FUNCTION_H
#define NUM_FUNCTION_H

#include <stdbool.h>

#include <mpfr.h>

#define FUNCTION(name, ...) FUNCTION_##name,
typedef enum {
#include "num/functions.def"
    N_FUNCTIONS
} function_id;
#undef FUNCTION

/* r = f(x) or f'(x) rounded once; returns the ternary value. MPFR's range is that of the result. Of a power's derivative whose
   constant has more than 4400 bits before or behind the point, these are left out. */
int function_mpfr(mpfr_ptr r, function_id f, int order, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding);

/* The same in C types, off by at most 2 ulp of double; of float by 0.51. tests/test_function.c measures it. */
float elementaryf(function_id f, int order, float x, float c);
double elementary(function_id f, int order, double x, double c);

#endif
