/* SPDX-License-Identifier: Apache-2.0 */
/* gradient.h -- the gradient of a loss, by an estimator: a number format, formulas, a product, a gain.

   L(x) = -log softmax(o(x))_y, the cross-entropy, or the margin L(x) = o(x)_c - o(x)_y, where o are the logits of the network whose
   sigmoid and tanh pre-activations are multiplied by the gain g and whose logits are multiplied by the logit scale s: the gradient
   is of that scaled network, chain factors included. Gain, logit scale and pixels are of the model's dtype and enter every format
   with that value. A gain or logit scale that is not in that dtype is rounded to it, a second time if it was a decimal: for a
   binary32 model, round decimals to binary32 (strtof), as the program does. */
#ifndef CORE_GRADIENT_H
#define CORE_GRADIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <gradaudit/gradient.h>

#include "core/dataset.h"
#include "core/model.h"
#include "core/status.h"

/* The arithmetics: binary32 and binary64 as the C types have them; MPFR with any exponent, or limited to those of another format;
   the reference, which is the true gradient, proved by ball arithmetic whose precision doubles, image by image, until every element
   is decided or the limit is reached; and formats of few bits, every operation rounded once, computed in float, in double or in
   MPFR, whichever does so. A pass in one of those first rounds the model's weights and biases, gain, logit scale and the input to
   the format. The truth stays that of the model's own numbers. */
typedef enum { GA_FLOAT, GA_DOUBLE, GA_MPFR, GA_LIMITED, GA_EXACT, GA_NARROW32, GA_NARROW64, GA_EMULATED } ga_format_kind;

/* How a result is rounded that is no number of the format; stochastically: away from zero with the probability of the part that is
   cut off. */
typedef enum { GA_NEAREST_EVEN, GA_NEAREST_AWAY, GA_TOWARD_ZERO, GA_UP, GA_DOWN, GA_TO_ODD, GA_STOCHASTIC } ga_rounding;

/* What a result becomes that is rounded to more than the largest number: infinite, that number, or NaN. */
typedef enum { GA_TO_INFINITY, GA_TO_LARGEST, GA_TO_NAN } ga_overflow;

/* A precision recipe: numbers are computed in one format and stored in others, as mixed precision does. The classes of what is
   stored: what the network makes of an image, the image included; gradients; weights and biases. Of each the format that it is
   stored in, and that products round it to when they take it, by its place in num/formats.def, from 1; 0: as it is computed. */
enum { GA_ACTIVATION, GA_GRADIENT, GA_WEIGHT, GA_CLASSES };
typedef enum { GA_SCALED_NOT, GA_SCALED_BATCH, GA_SCALED_BLOCKS } ga_scaling;
typedef enum { GA_SCALE_FLOOR, GA_SCALE_CEIL, GA_SCALE_NEAREST, GA_SCALE_BATCH, GA_SCALE_FILE } ga_scale_rule;

/* How often a function's gradient is rounded: once, when it is stored, or by each of its operators. */
typedef enum { GA_ROUNDED_ONCE, GA_ROUNDED_EACH } ga_elementwise;
typedef struct ga_stored_formats ga_stored_formats;
typedef struct ga_frozen ga_frozen;
typedef struct {
    unsigned char row; /* of num/recipes.def, from 1; 0: there is no recipe */
    unsigned char stored[GA_CLASSES], operand[GA_CLASSES];
    unsigned char rounding; /* ga_rounding of all of these */
    unsigned char overflow; /* ga_overflow of all of these, plus 1; 0: that of each, or for operands of the row */
    unsigned char scaling;  /* of operands: ga_scaling, */
    unsigned char rule;     /* and ga_scale_rule: of blocks one of the first three, of tensors (GA_SCALED_BATCH) another */
    unsigned char elementwise; /* ga_elementwise */
    int batch;              /* images of a batch, which divides GA_BLOCK; 0: there are no batches */
    bool batch_said;        /* by the recipe's own words: it counts for recipe_set_batch alone */
    const ga_frozen *frozen; /* of GA_SCALE_FILE, once it is read: the scales (num/frozen.h), which whoever had it read frees */
    int loss_scale;         /* the loss is multiplied by this power of two, and gradients are divided by it at the end */
    const ga_stored_formats *each; /* the format of each value, instead of those of classes (graph/stored.h); or NULL */
} ga_precision_recipe;

typedef struct {
    ga_format_kind kind;
    long bits;           /* significand bits: 24, 53, 11, the precision of MPFR, the limit of the reference */
    int emin, emax;      /* with a range: the exponents of the least normal number and of the largest */
    long gap;            /* 2^(emax+1) less so many units is the largest number, usually 1; 0: no range, all exponents */
    ga_overflow overflow;
    ga_rounding rounding;
    bool flush, flush_in; /* results, operands below 2^emin are 0: "ftz", "daz" */
    bool one_zero;        /* there is no -0 */
    uint64_t seed;        /* of GA_STOCHASTIC */
    long reference_bits; /* GA_EXACT: a decided element's radius is at most 2^-reference_bits of it; 0: GA_REFERENCE_BITS */
    long digits;         /* GA_EXACT: how many decimal digits must be decided too; 0: none */
    bool signs;          /* GA_EXACT: decide zeros and signs only: magnitudes and tensors mean nothing. Much faster */
    ga_precision_recipe recipe;    /* what is computed in this format is stored so */
} ga_format;

/* naive: s = 1/(1+e^-z), s' = s(1-s), tanh' = 1-t^2, residual p - y. rewrite: e = e^-|z|, s' = e/(1+e)^2,
   tanh' = 4e^2/(1+e^2)^2, residual r_y = -sum_{c != y} p_c. */
typedef enum { GA_NAIVE, GA_REWRITE } ga_formulas;

/* loop: every operation rounded, in increasing index. blas: OpenBLAS, one thread (float and double). dot: the correctly
   rounded sum (MPFR). GA_PRODUCT_DEFAULT: blas for float and double, dot for MPFR, loop for all others. */
typedef enum { GA_PRODUCT_DEFAULT, GA_LOOP, GA_BLAS, GA_DOT } ga_product;

/* How residues of exact products (dot, and those of the reference) are multiplied: in doubles by OpenBLAS, or in int16 by plain C,
   AVX2 or AVX-512 VNNI. The results are the same, bit for bit; auto is the fastest that the CPU has. */
typedef enum { GA_BACKEND_AUTO, GA_BACKEND_DGEMM, GA_BACKEND_PLAIN, GA_BACKEND_AVX2, GA_BACKEND_VNNI } ga_backend;

/* Margin: c is the class other than y with the largest logit, the first of several; the format's own logits choose it. The residual
   dL/do = e_c - e_y is exact in every format, NaN if a logit is. The reference proves which class c is. Squared error: L = sum
   (o_k - t_k)^2, without 1/2, over the outputs; t is the label of one output, else 1 for the label's output and 0 for others.
   Binary cross-entropy (bce): the sum over the outputs of -(t log s + (1-t) log(1-s)), s = sigma(o), of the same targets, 0 or
   1. Naive: the residual s - t; of a network that ends in the sigmoid ((s-t)/d) d with d = s(1-s). Rewritten: sigma(o) for t = 0
   and -sigma(-o) for t = 1, by e^-|o|. Logit and probability: of the label's class, what a saliency map is of (op/saliency.c).
   nll: the cross-entropy of a network's own softmax or log-softmax, in naive formulas of a loss that takes their outputs; of one
   that its nodes compose -o_y.
   Soft cross-entropy: with label smoothing, or of rows of targets (op/soft.c). cw: the margin up to kappa (op/cw.c). Upstream: the
   sum of the logits times a row of numbers, which is its gradient (op/upstream.c). */
typedef enum { GA_CROSS_ENTROPY, GA_MARGIN, GA_SQUARED_ERROR, GA_BCE, GA_LOGIT, GA_PROBABILITY, GA_NLL, GA_DLR,
               GA_CW, GA_SOFT_CROSS_ENTROPY, GA_UPSTREAM } ga_loss;

struct ga_estimator {
    ga_format format;
    ga_formulas formulas;
    ga_product product;
    double gain, logit_scale; /* 1 for the network itself */
    ga_loss loss;
    double number; /* of the loss: label smoothing of the soft cross-entropy, kappa of cw; else 0 */
    size_t images; /* the loss is divided by so many, as that of a mean over a batch is: its residual, once; 0 or 1: it is not */
    ga_backend backend;
};

enum { GA_BLOCK = 256, GA_MAX_BITS = 65536, GA_REFERENCE_BITS = 80, GA_REFERENCE_MIN_BITS = 128, GA_REFERENCE_MAX_BITS = 4096,
       GA_RADIUS_MIN_BITS = 60, GA_RADIUS_MAX_BITS = 4000 /* of reference_bits, where a user says it */,
       GA_ESTIMATOR_NAME = 320 /* room for any estimator's name */ };

/* A name of num/formats.def, "mpfr:P", 2 <= P <= GA_MAX_BITS, "exact", or "p=P,emin=E,emax=E" with max=M for emax or beside it, and
   what may follow (num/format_words.c): "ftz", "daz", "inf", "saturate", "nan", "rounding=R"; or a precision recipe
   (num/recipe.h): "amp-float16,loss-scale=1024", "store:activation=float16,gradient=e5m2"; "naive" or "rewrite"; "loop", "blas"
   or "dot"; a name of op/losses.def; case-insensitive. GA_USAGE otherwise. */
ga_code ga_format_parse(ga_format *format, const char *text, ga_status *st);
ga_code ga_formulas_parse(ga_formulas *formulas, const char *text, ga_status *st);
ga_code ga_product_parse(ga_product *product, const char *text, ga_status *st);
ga_code ga_loss_parse(ga_loss *loss, const char *text, ga_status *st);

/* "auto", "dgemm", "plain", "avx2" or "vnni", case-insensitive, GA_USAGE otherwise; whether this build and this CPU have it; its
   name; and which one auto is. */
ga_code ga_backend_parse(ga_backend *backend, const char *text, ga_status *st);
bool ga_backend_usable(ga_backend backend);
const char *ga_backend_name(ga_backend backend);
ga_backend ga_backend_auto(void);

/* Its product, "loop", "blas" or "dot"; of GA_PRODUCT_DEFAULT the one that its format has. */
const char *ga_product_name(const ga_estimator *e);

/* GA_OK, or GA_USAGE for a product the format does not have, gain or scale not positive and finite in the model's dtype, float on a
   model with binary64 weights (see ga_model_round), a model with one output, an unusable back end, or a value of one of the
   enumerations, the activations of the model included, that the engine of this format does not know. */
ga_code ga_estimator_check(const ga_estimator *e, const ga_model *model, ga_status *st);

/* One computed number, whatever its format: sign, class, and value = (mantissa + rest[0] + rest[1]) * 2^exponent with
   1 <= |mantissa| < 2. Each of the three is truncated to 53 bits, so that they hold GA_NUMBER_BITS: exactly what a format of at
   most so many computes. Without a range of exponents (MPFR beyond 53 bits) the rest is left out. -0 has class zero and a negative
   sign bit. GA_UNKNOWN is an undecided element of the reference: its mantissa is NaN, and |g| <= 2^exponent; INT64_MAX: nothing is
   known. */
typedef struct {
    ga_class klass : 8;
    int sign : 8;  /* -1, 0, +1 of the value; 0 for zeros, NaN and undecided elements */
    uint32_t draw; /* of stochastic rounding: what the last rounding of a gradient's element drew that changed a number; else 0 */
    double mantissa, rest[2];
    int64_t exponent;
} ga_number;
enum { GA_NUMBER_BITS = 3 * 53 };

/* How many elements, or facts about them, the reference leaves undecided. Each such |g| <= 2^bound; INT64_MAX: nothing is known of
   one of them. {0} is none. Counts of disjoint sets of elements add. */
typedef struct {
    size_t n;
    int64_t bound;
} ga_undecided;
void ga_undecided_add(ga_undecided *sum, ga_undecided more);

/* The gradients of one block of images, valid during the callback that receives it. */
typedef struct ga_block ga_block;
size_t ga_block_first(const ga_block *b);                               /* absolute index of its first image */
size_t ga_block_images(const ga_block *b);                              /* how many images of the range it holds */
size_t ga_block_elements(const ga_block *b);                            /* elements of one image's gradient */
void ga_block_row(ga_number *g, const ga_block *b, size_t i);           /* dL/dx of its i-th image */

/* decade[k] = floor(log10 |g_k|), exact, of finite non-zero elements; GA_NO_DECADE if the reference leaves two of them open. */
#define GA_NO_DECADE INT64_MIN
void ga_block_decades(int64_t *decade, const ga_block *b, size_t i);

bool ga_block_correct(const ga_block *b, size_t i);                     /* the label alone has the estimator's largest logit */
/* m 2^e; m is finite, and 0 for 0. Exponents beyond any format's. */
typedef struct {
    double m;
    int64_t e;
} ga_scaled;

/* The reference's enclosure of an element. Decided: GA_TRUE_ZERO, proved; or GA_TRUE_NONZERO: its sign is proved, and the true
   value is within radius of mantissa 2^exponent + tail + rest. mantissa 2^exponent, 1 <= |mantissa| < 2, is that sum correctly
   rounded to binary64's precision. It is also the true value so rounded, unless that lies within the radius of a tie; no other
   number of that precision is within the radius. tail is what remains, correctly rounded, rest what then remains. The radius, at
   least 0, is at most 2^-reference_bits of the true value or, if that is larger, 2^-52 of rest; radius 0: the sum is the true
   value. decade is floor(log10 |true value|), GA_NO_DECADE if the enclosure leaves two open. GA_UNDECIDED_ELEMENT: |g| <= 2^bound;
   bound INT64_MAX: nothing is known. src/pass/truth.h answers questions about a truth (which side of a threshold, which binade,
   which order). */
typedef enum { GA_TRUE_ZERO, GA_TRUE_NONZERO, GA_UNDECIDED_ELEMENT } ga_truth_state;
typedef struct {
    ga_truth_state state;
    int sign;
    double mantissa;
    int64_t exponent, bound, decade;
    ga_scaled tail, rest, radius;
} ga_truth;

/* About the i-th image of a block of GA_EXACT; false in other formats. kinks: numbers that lie exactly on a kink of the function
   that takes them, as 0 of ReLU, where the derivative is a convention; bits: the precision that was needed. */
bool ga_block_truth(ga_truth *truth, const ga_block *b, size_t i);
size_t ga_block_kinks(const ga_block *b, size_t i);
long ga_block_bits(const ga_block *b, size_t i);

/* Element e of image i in decimal, exponents of any size; digits 0: as many as read back to the same number (GA_EXACT: 17). An
   undecided element of GA_EXACT is "undecided:2^K", its bound; "undecided" if there is none. Returns the length as snprintf
   does. */
int ga_block_print(char *text, size_t size, const ga_block *b, size_t i, size_t e, int digits);

/* Callbacks for each block: parallel is called in the thread that computed it, blocks in any order; ordered is called for one block
   at a time, in image order. Either may be NULL. A code other than GA_OK stops the run and is returned. progress (or NULL) is told
   how many blocks of all are done, by one thread at a time. */
typedef struct {
    ga_code (*parallel)(void *data, const ga_block *b, ga_status *st);
    ga_code (*ordered)(void *data, const ga_block *b, ga_status *st);
    void *data;
    void (*progress)(void *data, size_t done, size_t all);
} ga_sink;

/* Runs the pass over the images of range, in the blocks of GA_BLOCK aligned to their absolute index. The bits of a gradient
   depend on the image, the model, the estimator and the back end only: not on range or threads (0: all cores). */
ga_code ga_gradient(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads,
                    const ga_sink *sink, ga_status *st);

/* The gradients of the weights, summed over the images of range (block sums in the format, added in block order). Calls sink once
   for each element with the tensor's name ("fc1.weight"), its index, the number and its decimal text. */
typedef ga_code (*ga_weight_sink)(void *data, const char *tensor, size_t element, const ga_number *number, const char *text);
ga_code ga_weight_gradient(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads,
                           int digits, ga_weight_sink sink, void *data, ga_status *st);

#endif
