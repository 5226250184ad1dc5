/* SPDX-License-Identifier: Apache-2.0 */
/* names.h -- attacks as text, for a model of a known type. */
#ifndef ATTACK_NAMES_H
#define ATTACK_NAMES_H

#include "core/attack.h"

/* ga_attack_parse, with gain and logit scale rounded once, from the text, to the type. */
ga_code attack_parse(ga_attack *attack, const char *text, ga_dtype type, ga_status *st);

#endif
