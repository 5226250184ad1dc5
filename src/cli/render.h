/* SPDX-License-Identifier: Apache-2.0 */
/* render.h -- a result's pages and figures, for the commands that make them. */
#ifndef GRADAUDIT_CLI_RENDER_H
#define GRADAUDIT_CLI_RENDER_H

#include <stdbool.h>

#include "study/study.h"

/* Says on stderr what is missing if there was no gnuplot to draw it. */
void render_warn(bool drawn, const char *what);

/* On stderr: a remark on an automatic estimator; an audit's remarks and its result in words; and where its page, its figures and
   the results written beside them are, names ended by NULL (NULL: none). */
void render_remark(const char *estimator, const char *text);
void render_words(const json_t *report);
void render_wrote(const char *directory, const char *const results[]);

/* Writes the figures and index.html of a study's report into directory; says on stderr if there is no gnuplot. */
ga_code render_study(const char *directory, const study_file *study, const json_t *report, ga_status *st);

#endif
