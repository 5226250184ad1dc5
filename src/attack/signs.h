/* SPDX-License-Identifier: Apache-2.0 */
/* signs.h -- the signs of an FGSM step, drawn or taken from a gradient, and what the network makes of the new images. */
#ifndef ATTACK_SIGNS_H
#define ATTACK_SIGNS_H

#include "core/attack.h"

#include "run/pool.h"

/* sign[k] = +1 or -1, by bit k mod 64, lowest first, of the (k/64)-th number of the stream (seed, image); 1 is +1. */
void signs_random(int8_t *sign, size_t n, uint64_t seed, size_t image);

/* sign[k] = that of g[k]: -1, 0 or +1. */
void signs_of(int8_t *sign, const ga_number *g, size_t n);

/* Replaces zeros by what signs_random draws at their place. */
void signs_fill(int8_t *sign, size_t n, uint64_t seed, size_t image);

/* GA_OK; GA_USAGE if eps is neither 0 nor positive and finite in the model's dtype, or images of range are missing; or what
   ga_dataset_check says. signs_classify checks this itself: call it to check before computing something else. */
ga_code signs_check(double eps, const ga_model *model, const ga_dataset *ds, ga_range range, ga_status *st);

/* correct[i - range.first] = whether the network, at gain 1, in its dtype's format and by the default product, names the label of
   image i when shown x' = min(max(x + eps s, low), high), s = sign[(i - range.first) elements ..], low and high as
   ga_dataset_bounds says: 0 and 1 unless the data are scaled otherwise. eps is rounded to the model's dtype, and so is the sum;
   clipping is exact. A network with steps before its first layer takes their value at the moved x, which moves so that this value
   goes the sign's way (model/preprocessing.h). With eps 0 no image moves, not even into low and high. sign NULL: the images as they
   are, eps unread. The engines come from pool, or NULL. Fails as signs_check does, and with GA_NO_MEMORY. */
ga_code signs_classify(bool *correct, const int8_t *sign, double eps, const ga_model *model, const ga_dataset *ds, ga_range range,
                       int threads, engine_pool *pool, ga_status *st);

/* predicted[i - range.first] = the class of the one largest logit of image i as it is, in the same way; -1 if two are largest or
   one is NaN. An image is classified correctly if that is its label. */
ga_code signs_predict(int *predicted, const ga_model *model, const ga_dataset *ds, ga_range range, int threads, engine_pool *pool,
                      ga_status *st);

#endif
