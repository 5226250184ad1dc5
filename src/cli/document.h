/* SPDX-License-Identifier: Apache-2.0 */
/* document.h -- a command's result as one JSON document on stdout (--json).

   One document, not a line for each image: what was computed stands beside the numbers, and a document that was cut off is none,
   where lines would pass for a shorter result. Its long array is written piece by piece, each on a line of its own, so that no
   document is held in memory. */
#ifndef GRADAUDIT_CLI_DOCUMENT_H
#define GRADAUDIT_CLI_DOCUMENT_H

#include <jansson.h>

#include "cli/command.h"

/* --json, into a bool. */
extern const option_set json_set;

/* {"kind": …, "schema": 1}; of in, or NULL, the inputs as an audit's report.json has them, and the range of images; of e, or NULL,
   "estimator". NULL with st set on failure. After sources_check. */
json_t *document_head(const char *kind, const sources *in, const ga_estimator *e, ga_status *st);

/* An attack's estimator, word by word; of random signs the name. */
json_t *document_attack(const ga_attack *attack);

/* Members "sign", "mantissa", "exponent" and "state" of o: an array of n each. */
bool document_numbers(json_t *o, const ga_number *number, size_t n);

/* Whether numbers have a member "decimal" too: they were asked for with so many digits, or a mantissa is not all of a number. */
bool document_has_decimals(ga_format format, int digits);

/* o, which is returned, with image i's n numbers as read reads and, if they have decimals, print prints them. NULL, o freed: out
   of memory. */
typedef void number_reader(ga_number *number, const ga_block *b, size_t i);
json_t *document_case(json_t *o, const ga_block *b, size_t i, size_t n, number_reader *read, number_printer *print,
                      const ga_estimator *e, int digits);

/* Writes the head, which is consumed, and the beginning of the array called list. All of these: GA_NO_MEMORY, which NULL stands for
   in what is consumed, or GA_IO_ERROR. */
ga_code document_begin(json_t *head, const char *list, ga_status *st);

/* One piece of the array, which is consumed, to stdout or what will be copied there. */
ga_code document_piece(FILE *out, json_t *piece, bool first, ga_status *st);
ga_code document_end(ga_status *st);

/* A whole document of a head and a member, both consumed. */
ga_code document_print(json_t *head, const char *name, json_t *member, ga_status *st);

#endif
