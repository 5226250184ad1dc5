/* SPDX-License-Identifier: Apache-2.0 */
/* json_line.h -- JSON as compact text. */
#ifndef IO_JSON_LINE_H
#define IO_JSON_LINE_H

#include <jansson.h>

/* Without spaces and newline, with 17 digits, and what further flags of jansson say. NULL: out of memory. The caller frees it with
   free, which is not right for what json_dumps returns where jansson was given memory functions of its own. */
char *json_line(const json_t *json, size_t flags);

#endif
