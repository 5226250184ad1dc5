/* SPDX-License-Identifier: Apache-2.0 */
/* once.h -- what a pass makes once of a network's numbers, in its own arithmetic. */
#ifndef BLAME_ONCE_H
#define BLAME_ONCE_H

#include "blame/net.h"

/* Whether instruction i computes, and does not just copy or store numbers. */
bool once_computes(const program *p, const instruction *i);

/* made = what code[k], one of those, makes of constant[v] in a format that once_has, every operation rounded. False: out of
   memory. */
bool once_make(double *made, const program *p, size_t k, const blame_constant *constant, ga_format f);

/* Whether a format has a range, at most 53 bits, and does not round at random. */
bool once_has(ga_format f);

#endif
