/* SPDX-License-Identifier: Apache-2.0 */
/* doubts.h -- whether the images look like what the network was made for. An audit on inputs unlike those that it was trained on
   says nothing about the network. What a network was made for is known only in part, so evidence is weighed:

   - The network is run in its own format on at most DOUBTS_IMAGES images, spread evenly over the data file, as they are; and, if
     there is a reason, with other --scale, --mean and --std, which the message repeats as they were tried.
   - The numbers alone are a reason if they are not divided (from 0 to 100, 255 or 65535, and inputs beyond 64), or if all inputs
     lie within 1/255, or are k/255 and lie within 1/32, which were scaled twice. It is a doubt unless the network is right clearly
     more often as they are. If it is right about as often either way, as a ReLU network with small biases is, the message asks
     which it was made for. Losses are no evidence: they are 0 wherever large inputs make large logits. Without labels the numbers
     must be whole, or scaled twice.
   - Else, where a tenth of all images are wrong, the usual ways to scale such numbers are tried: to 0..1, to -1..1, to mean 0 and
     standard deviation 1, and by 1/255 and 255. One is said if with it the network is right on a tenth of all images more, which
     chance does once in 20 at most, and more often than always saying the commonest label. Where that finds nothing the inputs may
     still be wrong: most networks are hardly less accurate on inputs a little off.
   - The accuracy is itself a doubt if it is no better than the share of the commonest label, and five images have another
     label or five have that one and it is at most half that share, and no other scale explains it.
   - If half of the images that are not right have no predicted class, as logits overflow or tie, that is said instead of the last
     two.

   Results depend on the model and the data file only, not on the range of images that a command is about. */
#ifndef AUDIT_DOUBTS_H
#define AUDIT_DOUBTS_H

#include "core/dataset.h"
#include "core/model.h"

enum { DOUBTS_IMAGES = 512, DOUBTS_MOST = 3, DOUBT_TEXT = 400 };

typedef struct {
    size_t n;
    char text[DOUBTS_MOST][DOUBT_TEXT]; /* sentences without a full stop; nothing in them is a file's text */
} doubts;

/* The model and images fit each other; labels, if any, are classes unless the model has one output. threads 0: all cores.
   GA_NO_MEMORY. */
ga_code doubts_find(doubts *d, const ga_model *model, const ga_dataset *ds, int threads, ga_status *st);

#endif
