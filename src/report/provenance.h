/* SPDX-License-Identifier: Apache-2.0 */
/* provenance.h -- when, where and with what a result was made: provenance.json, outside every promise about bytes. */
#ifndef GRADAUDIT_REPORT_PROVENANCE_H
#define GRADAUDIT_REPORT_PROVENANCE_H

#include <time.h>

#include <jansson.h>

#include "core/gradient.h"

/* Command, host, processor, threads (0: all cores), the back end of exact products, the most memory used so far, start and
   duration, versions of the libraries, OpenBLAS's core type. */
json_t *provenance_json(int argc, char **argv, int threads, ga_backend backend, time_t start, double seconds);

/* The text of a file that json_write makes of it, the caller's to free. NULL: out of memory, or it has a string that is not
   UTF-8. */
char *json_text(const json_t *json);

/* Writes json, indented, its text valid UTF-8, atomically to directory/name. */
ga_code json_write(const char *directory, const char *name, const json_t *json, ga_status *st);

#endif
