/* SPDX-License-Identifier: Apache-2.0 */
/* clones.h -- CLONES before a function: the compiler makes one for CPUs with AVX2 too, which is chosen when the program is
   loaded. Both compute the same: nothing is contracted, and no operation changes with the width of vectors. */
#ifndef GEMM_CLONES_H
#define GEMM_CLONES_H

#if defined __x86_64__ && defined __GNUC__ && !defined __clang__ && !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif

#endif
