/* SPDX-License-Identifier: Apache-2.0 */
/* judge_sum.h -- what is wrong with a sum of products: its terms, the numbers that they are of, or its additions. Exact sums are
   rounded to JUDGE_BITS, far more than the tolerance needs. */
#ifndef BLAME_JUDGE_SUM_H
#define BLAME_JUDGE_SUM_H

#include <mpfr.h>

#include "blame/image.h"
#include "blame/origin_kind.h"

enum { JUDGE_BITS = 256 };

/* Of a sum that is 0, and of one that is off. */
origin_kind judge_zero_sum(const blame_image *image, blame_place at);
origin_kind judge_sum(const blame_image *image, blame_place at);

/* Whether a value is proved to differ from every number of [low, high] in sign or by more than the tolerance, relatively. */
bool judge_beyond(mpfr_srcptr value, mpfr_srcptr low, mpfr_srcptr high, double tolerance);

#endif
