/* SPDX-License-Identifier: Apache-2.0 */
/* api.h -- what tests of the public interface share: a small network and images whose results are known by hand. */
#ifndef GRADAUDIT_TEST_API_H
#define GRADAUDIT_TEST_API_H

#include <gradaudit/gradaudit.h>

#include "test.h"

/* A failure is one line with that in it. */
#define FAILS(call, want, words) api_fails((call), &st, (want), (words), __LINE__)
static inline bool
api_fails(ga_code code, const ga_status *st, ga_code want, const char *words, int line)
{
    const bool ok = code == want && st->code == want && strstr(st->message, words) != NULL && strchr(st->message, '\n') == NULL;
    return ASSERT(ok, "line %d: %d, not %d: '%s' has no '%s'", line, code, want, st->message, words);
}

/* 3 inputs, 2 hidden units (ReLU), 2 outputs. For the image (1, 2, 3) the pre-activations are (2, -4), the hidden layer is (2, 0),
   both logits are 5, and so the probabilities are 1/2. The gradient of the cross-entropy to the logits is (-1/2, 1/2) for label 0,
   to the hidden unit that is on ((1 - 2)/-2 = 1/2) 1/2, and so to the image half of the first row: (1/2, 1, -1/2). For label 1 it
   has the other sign. For the image (0, 0, 0) the pre-activations are the biases (0, -1): no unit is on, the logits are the biases
   (1, -1), and the gradient is 0. */
enum { API_INPUTS = 3, API_HIDDEN = 2, API_CLASSES = 2, API_IMAGES = 3 };
static const double api_w1[] = { 1, 2, -1, 0, 0, -1 }, api_b1[] = { 0, -1 }, api_w2[] = { 2, 3, 3, 5 }, api_b2[] = { 1, -1 };
static const float api_f1[] = { 1, 2, -1, 0, 0, -1 }, api_c1[] = { 0, -1 }, api_f2[] = { 2, 3, 3, 5 }, api_c2[] = { 1, -1 };
static const float api_x[] = { 1, 2, 3, 1, 2, 3, 0, 0, 0 };
static const uint8_t api_y[] = { 0, 1, 0 };
static const size_t api_d1[] = { API_HIDDEN, API_INPUTS }, api_d2[] = { API_CLASSES, API_HIDDEN },
                    api_dx[] = { API_IMAGES, API_INPUTS };
static const ga_array api_weight32[] = { { "<f4", 2, api_d1, api_f1 }, { "<f4", 2, api_d2, api_f2 } },
                      api_bias32[] = { { "<f4", 1, api_d1, api_c1 }, { "<f4", 1, api_d2, api_c2 } },
                      api_weight64[] = { { "<f8", 2, api_d1, api_w1 }, { "<f8", 2, api_d2, api_w2 } },
                      api_bias64[] = { { "<f8", 1, api_d1, api_b1 }, { "<f8", 1, api_d2, api_b2 } };
static const ga_array api_images = { "<f4", 2, api_dx, api_x }, api_labels = { "|u1", 1, api_dx, api_y };

#endif
