/* SPDX-License-Identifier: Apache-2.0 */
/* scales.h -- sweeps of a study that go through loss scales, as its file has them. */
#ifndef STUDY_SCALES_H
#define STUDY_SCALES_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* Whether a sweep is one of loss scales; the binary logarithm of the first, and how many powers of two there are from `from` to
   `to`: 0 if these are none, or in the wrong order. */
bool scales_are_swept(const json_t *sweep);
size_t scales_count(int *first, const json_t *sweep);

/* Whether the words of an estimator are a recipe without a loss scale of its own. */
bool scales_may_be_of(const char *words);

#endif
