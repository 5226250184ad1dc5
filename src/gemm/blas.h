/* SPDX-License-Identifier: Apache-2.0 */
/* blas.h -- what a program asks of OpenBLAS as a whole. */
#ifndef GEMM_BLAS_H
#define GEMM_BLAS_H

/* Switches OpenBLAS's own threads off, for the process: the bits of a product would depend on their number, and parallelism is
   over blocks of images. To be called before a parallel region that multiplies. */
void blas_single_thread(void);

/* The kernels OpenBLAS chose ("Haswell"), and its version and build options. */
const char *blas_core(void);
const char *blas_config(void);

#endif
