/* SPDX-License-Identifier: Apache-2.0 */
/* api_arrays.h -- what tests of numbers in the caller's arrays share. */
#ifndef GRADAUDIT_TEST_API_ARRAYS_H
#define GRADAUDIT_TEST_API_ARRAYS_H

#include "api.h"

/* Arrays with noise in them and behind them: what a test fills is shorter. */
enum { ARRAYS = 24 };
typedef struct {
    int8_t sign[ARRAYS];
    double mantissa[ARRAYS];
    int64_t exponent[ARRAYS];
    uint8_t state[ARRAYS];
} numbers;

static inline ga_numbers
noise(numbers *to)
{
    memset(to, 0x55, sizeof *to);
    return (ga_numbers){ sizeof(ga_numbers), to->sign, to->mantissa, to->exponent, to->state };
}

static inline bool
is_noise(const numbers *n, size_t from)
{
    numbers clean;
    noise(&clean);
    for (size_t i = from; i < ARRAYS; i++)
        if (n->sign[i] != clean.sign[i] || memcmp(n->mantissa + i, clean.mantissa + i, sizeof(double)) != 0 ||
            n->exponent[i] != clean.exponent[i] || n->state[i] != clean.state[i])
            return false;
    return true;
}

/* Number i is the value, in all arrays. */
static inline bool
is_number(const numbers *n, size_t i, double value)
{
    int exponent = 0;
    const double m = value == 0 ? 0 : 2 * frexp(value, &exponent);
    return n->mantissa[i] == m && n->exponent[i] == (value == 0 ? 0 : exponent - 1) && n->sign[i] == (value > 0) - (value < 0) &&
           n->state[i] == (value == 0 ? GA_ZERO : GA_NORMAL);
}

#endif
