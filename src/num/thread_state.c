/* SPDX-License-Identifier: Apache-2.0 */
/* thread_state.c -- see thread_state.h */
#include <errno.h>

#include "num/mpfr_vec.h"
#include "num/thread_state.h"

void
thread_borrow(thread_state *host)
{
    host->error = errno;
    fegetenv(&host->environment);
    fesetenv(FE_DFL_ENV); /* clears FTZ and DAZ of MXCSR too, since glibc 2.23 */
    host->locale = uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0)); /* glibc's own object: nothing to free, nothing to lack */
    host->emin = mpfr_get_emin();
    host->emax = mpfr_get_emax();
    host->flags = mpfr_flags_save();
    mpfr_vec_widest_range();
}

void
thread_give_back(const thread_state *host)
{
    mpfr_set_emin(host->emin);
    mpfr_set_emax(host->emax);
    mpfr_flags_restore(host->flags, MPFR_FLAGS_ALL);
    uselocale(host->locale);
    fesetenv(&host->environment);
    errno = host->error;
}
