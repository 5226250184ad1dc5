/* SPDX-License-Identifier: Apache-2.0 */
/* sections.h -- the sections of a study, on a page or as text. */
#ifndef STUDY_SECTIONS_H
#define STUDY_SECTIONS_H

#include "study/words.h"

/* All of a list of sections; directory: where the figures are. */
void sections_tell(teller *t, const json_t *scope, const json_t *sections, const char *directory);

/* One table. */
void table_tell(teller *t, const json_t *scope, const json_t *table);

#endif
