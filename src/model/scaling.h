/* SPDX-License-Identifier: Apache-2.0 */
/* scaling.h -- how the numbers of a data file become the inputs of a network: v -> a v + b, rounded once.

   The steps (times 1/255, minus the mean, divided by the standard deviation) are composed exactly, as rationals, to one a and one
   b for each channel; only the result is rounded, to binary32 or binary64, to nearest even, below the normal range too. The first
   inputs/channels numbers of an image are channel 0, and so on: channels first. */
#ifndef GRADAUDIT_MODEL_SCALING_H
#define GRADAUDIT_MODEL_SCALING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gmp.h>

#include "core/model.h"

typedef struct ga_scaling scaling;
typedef enum { SCALING_ADD, SCALING_SUBTRACT, SCALING_MULTIPLY, SCALING_DIVIDE } scaling_operation;

/* x = v, for images of this many inputs. NULL if memory runs out. */
scaling *scaling_new(size_t inputs);
scaling *scaling_copy(const scaling *s); /* of its steps; not sealed */
void scaling_free(scaling *s);

/* Appends a step: one constant, or one for each channel. n must divide the inputs, and must divide the number of channels so far or
   be a multiple of it; divisors must not be 0. False if not, or if memory runs out: s is unchanged. */
bool scaling_step(scaling *s, scaling_operation operation, size_t n, const mpq_t *constant);

/* The same with binary64 constants, which are exact; false also if one is not finite. */
bool scaling_step_doubles(scaling *s, scaling_operation operation, size_t n, const double *constant);

/* Call it after the last step and before the functions below; bytes: make the tables for scaling_bytes. False if memory runs
   out. */
bool scaling_seal(scaling *s, bool bytes);

/* The user's own words for a part of s, such as "1/255", which a message can repeat; NULL: none. Copies have none. False if memory
   runs out. */
typedef enum { SCALING_SCALE, SCALING_MEAN, SCALING_STD, SCALING_OPTIONS } scaling_option;
bool scaling_say(scaling *s, scaling_option option, const char *text);
const char *scaling_said(const scaling *s, scaling_option option);

/* Whether s is just the factor in the text, with no offset. */
bool scaling_is(const scaling *s, const char *factor);

size_t scaling_channels(const scaling *s);

/* The channel of an input; and the sign of a channel's a. */
size_t scaling_channel(const scaling *s, size_t input);
int scaling_sign(const scaling *s, size_t channel);

/* a v + b of a channel, rounded once to the type, exact in binary64; v is finite. Beyond the type's range it is infinite. */
double scaling_apply(const scaling *s, size_t channel, double v, ga_dtype type);

/* x[0..inputs-1] of one image. */
void scaling_bytes(double *x, const scaling *s, const uint8_t *v, ga_dtype type);
void scaling_values(double *x, const scaling *s, const double *v, ga_dtype type);

/* a and b of a channel, such as "1/255"; the caller's to free. */
char *scaling_factor_text(const scaling *s, size_t channel);
char *scaling_offset_text(const scaling *s, size_t channel);

#endif
