/* SPDX-License-Identifier: Apache-2.0 */
/* doubts.h -- whether the images look like what the network was made for. An audit on inputs unlike those that it was trained on
   says nothing about the network. What a network was made for is known only in part, so evidence is weighed:

   - The network is run on at most DOUBTS_IMAGES images, spread evenly over the data file, as they are; and, if there is a
     reason, on the same images with the file's numbers times 1/255 or 255, as another --scale would have it.
   - Reasons are numbers from 0 to 255 that are not divided by 255; numbers k/255 that are divided by 255 again, or inputs that all
     lie within 1/255, which were scaled twice; and an accuracy no better than always saying the commonest label.
   - The numbers alone say it if they are whole and inputs lie beyond 64, or if all inputs lie within 1/32. Without labels
     that is a doubt. With labels it is one unless the other scale is less accurate by 2 points or has twice the mean
     cross-entropy: a network made for numbers up to 255 is right by chance on their 255th, and one made for 0 to 1 may name most
     labels of both, though its gradients differ. If the numbers are less clear, the cross-entropy must be less than half, or the
     accuracy better by a tenth of all images and by 5.
   - The accuracy is itself a doubt if it is no better than the share of the commonest label, and five images have another
     label or five have that one and it is at most half that share, and no other scale explains it.

   Results depend on the model and the data file only, not on the range of images that a command is about. */
#ifndef AUDIT_DOUBTS_H
#define AUDIT_DOUBTS_H

#include <gradaudit/dataset.h>
#include <gradaudit/model.h>

enum { DOUBTS_IMAGES = 512, DOUBTS_MOST = 3, DOUBT_TEXT = 400 };

typedef struct {
    size_t n;
    char text[DOUBTS_MOST][DOUBT_TEXT]; /* sentences without a full stop; nothing in them is a file's text */
} doubts;

/* The model and images fit each other; labels, if any, are classes unless the model has one output. threads 0: all cores.
   GA_NO_MEMORY. */
ga_code doubts_find(doubts *d, const ga_model *model, const ga_dataset *ds, int threads, ga_status *st);

#endif
