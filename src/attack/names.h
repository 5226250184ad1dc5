/* SPDX-License-Identifier: Apache-2.0 */
/* names.h -- attacks as text, for a model of a known type. */
#ifndef ATTACK_NAMES_H
#define ATTACK_NAMES_H

#include "core/attack.h"

/* ga_attack_parse for a model: gain and logit scale are rounded once, from the text, to its type, and the file of scale=FILE is
   read. The caller frees what was read of it with frozen_drop; on failure there is nothing to free. */
ga_code attack_parse(ga_attack *attack, const char *text, const ga_model *model, ga_status *st);

/* The size of an attack's step, 0 or a positive number, rounded once from its text to the type; if binary32 makes it 0 or infinite
   it is as in binary64. GA_USAGE for anything else, and for a non-zero number that binary64 makes 0: it would be another attack
   than the one asked for. name: what messages call it. */
ga_code attack_step(double *eps, const char *text, ga_dtype type, const char *name, ga_status *st);

#endif
