/* SPDX-License-Identifier: Apache-2.0 */
/* clones.h -- CLONES before a function: the compiler makes one for CPUs with AVX2 too, and one for those with AVX-512, which are
   chosen when the program is loaded. All compute the same: nothing is contracted, and no operation changes with the width of
   vectors. */
#ifndef NUM_CLONES_H
#define NUM_CLONES_H

#if !defined __x86_64__ || !defined __GNUC__ || defined __clang__ || defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define CLONES
#elif __GNUC__ >= 12
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define CLONES __attribute__((target_clones("avx2", "default")))
#endif

/* Into clones, for each one's CPU. */
#define INLINE static inline __attribute__((always_inline))

#endif
