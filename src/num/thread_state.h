/* SPDX-License-Identifier: Apache-2.0 */
/* thread_state.h -- what a thread's arithmetic and texts depend on and its host may have set otherwise: rounding, flush-to-zero,
   traps, MPFR's exponent range, the locale. */
#ifndef NUM_THREAD_STATE_H
#define NUM_THREAD_STATE_H

#include <fenv.h>
#include <locale.h>

#include <mpfr.h>

typedef struct {
    fenv_t environment;
    locale_t locale;
    mpfr_exp_t emin, emax;
    mpfr_flags_t flags;
    int error; /* errno */
} thread_state;

/* Takes down what the host has, and sets what all of gradaudit relies on: rounding to nearest, subnormal numbers, no traps, MPFR's
   widest range, the C locale. Cannot fail; may be nested. */
void thread_borrow(thread_state *host);
void thread_give_back(const thread_state *host);

#endif
