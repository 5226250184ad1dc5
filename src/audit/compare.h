/* SPDX-License-Identifier: Apache-2.0 */
/* compare.h -- how close computed gradients are to true ones, by angle, by order and by ratio. The exponents are int64. */
#ifndef AUDIT_COMPARE_H
#define AUDIT_COMPARE_H

#include "pass/truth.h"

/* Cosine of the angle between a and b, sum a_i b_i / sqrt(sum a_i^2 sum b_i^2), in [-1, 1]; NaN where either is all 0 or has an
   element that is infinite, NaN or undecided. The same bits on every machine. With u = 2^-53 and n <= 2^24 the absolute error is at
   most 5 u:
   - Each vector is multiplied by a power of 2 that puts its largest element into [1, 2), and what is then below 2^-400 becomes 0.
     That changes each sum by at most n 2^-398, each norm being at least 1, and nothing below underflows.
   - Each sum is taken by Dot2 (Ogita, Rump, Oishi, SIAM J. Sci. Comput. 26, 2005, proposition 5.5): within
     u |x.y| + gamma_n^2 |x|.|y| of x.y, where gamma_n^2 <= 2^-5 u (1 + 2^-20), and |x|.|y| is at most the product of the norms
     (Cauchy, Schwarz).
   - The product of the squared norms, its root and the quotient are rounded once each: in all, to first order,
     (1 + 1/32) (x.y) + ((1 + 1/32) 2 + 1)/2 + 1 + 1 <= 4.57 u. Clamping to [-1, 1] goes towards the cosine.
   Truths come rounded to 53 bits (truth_number), which turns each vector by at most u: two more u for two of them. */
double compare_cosine(const ga_number *a, const ga_number *b, size_t n);

/* A finite number as a truth that is a point; an infinity or NaN as undecided. */
ga_truth compare_point(const ga_number *a);

/* Scratch for compare_ranks, two for each element. */
typedef struct {
    uint64_t key;
    const ga_truth *truth;
} compare_place;

/* rank[i] = 2 rank(|a_i|) - (n + 1). Equal magnitudes, zeros among them, share the mean of their ranks. UNDECIDED: an element is,
   and nothing proves its order; UNORDERED: the order of two is not proved. twin[i] = twin[k]: |a_i| = |a_k| is known otherwise;
   NULL: nothing is. n <= 2^20; work has 2 n places. */
typedef enum { COMPARE_UNDECIDED, COMPARE_UNORDERED, COMPARE_RANKED } compare_ranked;
compare_ranked compare_ranks(int32_t *rank, const ga_truth *a, const size_t *twin, size_t n, compare_place *work);

/* Spearman's rank correlation of the magnitudes with these ranks, in [-1, 1]: sum a_i b_i / sqrt(sum a_i^2 sum b_i^2); NaN if all
   magnitudes on one side are equal. Each sum is at most n^3/3 and exact, as is the product under the root; converting both, root
   and quotient leave a relative error of at most 3.5 2^-53 (1 + 2^-50). Exactly 1 if both are in the same order with the same
   ties, n <= 2^17. */
double compare_rank(const int32_t *a, const int32_t *b, size_t n);

/* Bins of r = log10 |computed / truth|, in ascending order: computed 0 (r = -infinity); then the intervals between the edges
   -40, -39, …, -1, -0.1, -1e-3, -1e-6, -1e-9, -1e-12, 1e-12, 1e-9, 1e-6, 1e-3, 0.1, 1, …, 40, the first and the last
   open-ended; then what has no ratio (NaN); last what is so near an edge that the enclosure of the truth crosses it.
   An edge belongs to the bin farther from 0, so r and -r are in mirrored bins. Edges are the doubles nearest to these
   decimals. */
enum {
    COMPARE_LOG_MOST = 40,  /* decades: the last edge */
    COMPARE_LOG_EDGES = 45, /* positive ones */
    COMPARE_LOG_ZERO = 0,
    COMPARE_LOG_MIDDLE = COMPARE_LOG_EDGES + 1, /* |r| < 1e-12 */
    COMPARE_LOG_NONE = 2 * COMPARE_LOG_EDGES + 2,
    COMPARE_LOG_OPEN,
    COMPARE_LOG_BINS
};

/* The bin of an r that is known exactly, never COMPARE_LOG_OPEN; and that of a finding's r, decided from its truth. */
size_t compare_log_bin(double r);
size_t compare_ratio_bin(const ga_number *computed, const ga_truth *truth, double log10_ratio);

/* low <= r < high above the middle bin, low < r <= high below, low < r < high in it; both -infinity for the bin of computed zeros,
   NaN for none and open ones. */
void compare_log_edges(double *low, double *high, size_t bin);

/* "zero", "(-inf, -40]", …, "(-1, -0.1]", …, "(-1e-12, 1e-12)", "[1e-12, 1e-09)", …, "[40, inf)", "none", "undecided".
   Returns as snprintf. */
int compare_log_name(char *text, size_t size, size_t bin);

#endif
