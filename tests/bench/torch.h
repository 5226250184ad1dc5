/* SPDX-License-Identifier: Apache-2.0 */
/* torch.h -- PyTorch as a program of its own that runs the pass when it is told to and says how long it took. */
#ifndef BENCH_TORCH_H
#define BENCH_TORCH_H

#include <stdbool.h>
#include <stddef.h>

typedef struct torch torch;

/* Starts source/tests/bench/torch_pass.py on a model and images, some of which it makes first (it says which); NULL where it does
   not run (no Python, no PyTorch). */
torch *torch_open(const char *source, const char *model, const char *images, const char *labels);
void torch_close(torch *t);

/* Version and what PyTorch says of its BLAS, one line. */
const char *torch_version(const torch *t);

/* A pass over n images: forward, cross-entropy, gradient to the input, blocks of 256, one thread. type: "float32" or "float64";
   ready: the images are tensors of that type beforehand. */
typedef struct {
    torch *t;
    const char *type;
    bool ready;
    size_t n;
} torch_job;

/* The seconds of a job, as a runner's. */
double torch_pass(void *job);

#endif
