/* SPDX-License-Identifier: Apache-2.0 */
/* recipe.h -- precision recipes: rows of recipes.def by name, what users spell out, and what code asks of a ga_format that has one.

   The words, between commas and after the name: activation=F, gradient=F, weight=F, the format that such numbers are stored in
   ("float": as they are computed); batch=B, 1 to 256, a power of two, how many images have a scale in common (fp8-hybrid: 256);
   scale=floor, ceil or nearest, how blocks are scaled (mxfp8: floor); scale=batch (fp8-hybrid's), or scale=FILE, scales of a file,
   which are read once there is a model (frozen.h); sum=float or double, in which everything is computed; elementwise=once or each,
   how often the gradient of a function is rounded (once); loss-scale=S, a power of two; rounding=R and inf, saturate or nan, as
   formats have them, of all that is stored. "store:" before the first of these words is a recipe that stores nothing else. */
#ifndef NUM_RECIPE_H
#define NUM_RECIPE_H

#include "num/format.h"

enum { RECIPE_MOST_SCALE = 100 /* of the binary logarithm of a loss scale */ };

/* The names, in the order of recipes.def, "store:" among them; the words with a value, which end with "=";
   those of ga_scale_rule. */
extern const word_list recipe_words, recipe_keys, recipe_rules;

bool recipe_is(ga_format f);

/* The arithmetic that it computes in. */
ga_format recipe_computed(ga_format f);

/* The format that numbers of a class are stored in, or rounded to as operands of products; *g is not set if they are as computed.
   In the arithmetic of a recipe without a range, or with another significand, it is the stored format without, or with, the
   same. */
bool recipe_stored(ga_format *g, ga_format f, int class);
bool recipe_operand(ga_format *g, ga_format f, int class);

/* The format of the last store that can lose an element of the input's gradient, and the binary logarithm of what the element is
   multiplied by there: of a recipe whose stored gradients are divided by the loss scale exactly, that of gradients; else that which
   it computes in; of any other format itself. */
ga_format recipe_last(int *scale, ga_format f);

/* Its name, with the scale: "float16", "float16 (loss scale 1024)". */
void recipe_last_name(char *text, size_t size, ga_format f);

/* The fewest bits of all these formats, its arithmetic's included; the binary logarithm of the largest relative error of one
   rounding in the normal range. */
long recipe_least_bits(ga_format f);
int recipe_error(ga_format f);

/* Whatever it stores it then stores in the format of that name, "float": as it is computed. */
void recipe_store_in(ga_format *f, const char *name);

/* Whether a word names a recipe; whether it is one of a recipe: that, or a key with a value. */
bool recipe_names(const char *word);
bool recipe_is_word(const char *word);

/* Reads one into f, which is float to begin with, and adds to *said, 0 to begin with, a bit for what it says. GA_USAGE for another
   word, or a second one of a kind. */
ga_code recipe_read(ga_format *f, unsigned *said, const char *word, ga_status *st);

/* Once all words are read, which said so much: whether they go together, GA_USAGE or GA_OK. */
ga_code recipe_check(ga_format *f, unsigned said, ga_status *st);

/* A copy of words between separators in which the value of scale=FILE is "file", whatever separators the file's name has between
   double quotes; *path, unless path is NULL, is that name, NULL where no file is said. The caller frees both. NULL: out of
   memory. */
char *recipe_take_file(char **path, const char *text, const char *separators);

/* The batch of a recipe that scales by batches, unless its own words say one; whether it is so. */
bool recipe_set_batch(ga_format *f, int batch);
ga_code recipe_read_batch(int *batch, const char *text, ga_status *st);
ga_code recipe_check_batch(int batch, ga_status *st);

/* The binary logarithm of a number that a loss scale may be: a power of two, so that dividing by it is exact. */
bool recipe_scale(int *exponent, double x);

/* Its name, with what differs from the row. */
void recipe_name(char *text, size_t size, ga_format f);

#endif
