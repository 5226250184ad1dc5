/* SPDX-License-Identifier: Apache-2.0 */
/* table.h -- tab-separated tables of results; the first line is a # and the names of the columns. */
#ifndef GRADAUDIT_REPORT_TABLE_H
#define GRADAUDIT_REPORT_TABLE_H

#include <stdio.h>

#include "core/attack.h"

void table_attack_head(FILE *out);
void table_attack_row(FILE *out, const ga_attack *attack, const ga_attack_counts *counts);

#endif
