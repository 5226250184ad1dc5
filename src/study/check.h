/* SPDX-License-Identifier: Apache-2.0 */
/* check.h -- whether a study's file can be computed and told. */
#ifndef STUDY_CHECK_H
#define STUDY_CHECK_H

#include "study/teller.h"

/* Notes the first fault of t->study, and where it is. */
void study_check(teller *t);

#endif
