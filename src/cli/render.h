/* SPDX-License-Identifier: Apache-2.0 */
/* render.h -- a result's pages and figures, for the commands that make them. */
#ifndef GRADAUDIT_CLI_RENDER_H
#define GRADAUDIT_CLI_RENDER_H

#include <stdbool.h>

#include "report/reproduction.h"

/* Says on stderr what is missing, where gnuplot was not there to draw it. */
void render_warn(bool drawn, const char *what);

/* Writes the figures and index.html of a reproduction into directory; says on stderr when there is no gnuplot. */
ga_code render_reproduction(const char *directory, const json_t *report, ga_status *st);

#endif
