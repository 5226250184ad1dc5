/* SPDX-License-Identifier: Apache-2.0 */
/** @file report.h
    The result of an audit: every number of it, its verdict in words, its page. */
#ifndef GRADAUDIT_REPORT_H
#define GRADAUDIT_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <gradaudit/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A report. The caller frees it with ga_report_free. Text that its functions return is the report's, and lives as long. */
typedef struct ga_report ga_report;

/** What became of a gradient element; gradaudit-glossary(7) tells the words, gradaudit(1) which comes first. */
typedef enum {
    GA_CELL_ZERO,         /**< "zero": 0, and the truth is 0 */
    GA_CELL_SPURIOUS,     /**< "spurious": not 0, and the truth is 0 */
    GA_CELL_LOST,         /**< "lost": 0, though the format has a better value */
    GA_CELL_BELOW_RANGE,  /**< "below-range": 0, which is the truth correctly rounded */
    GA_CELL_ABOVE_RANGE,  /**< "above-range": infinite, which is the truth correctly rounded */
    GA_CELL_WRONG_SIGN,   /**< "wrong-sign" */
    GA_CELL_INACCURATE,   /**< "inaccurate": off by more than the tolerance and an ulp */
    GA_CELL_RIGHT,        /**< "right" */
    GA_CELL_NONFINITE,    /**< "nonfinite": NaN, or infinite where that is wrong */
    GA_CELL_UNDECIDED,    /**< "undecided": the truth could not be enclosed closely enough */
    GA_CELLS              /**< how many there are; later releases may add some before it */
} ga_cell;

/** The name of a cell, such as "below-range"; NULL beyond the last. */
const char *ga_cell_name(int cell);

/** Reads the report of a finished audit from its directory, or from its report.json. GA_BAD_FILE, GA_IO_ERROR, GA_NO_MEMORY. */
ga_code ga_report_open(ga_report **report, const char *path, ga_status *st);

/** Frees a report and all text that its functions returned. NULL is allowed. */
void ga_report_free(ga_report *report);

/** report.json: every number, as gradaudit-report(5) describes it. */
const char *ga_report_json(const ga_report *report);

/** The summary that the program prints: about twenty lines of at most 80 columns. */
const char *ga_report_text(const ga_report *report);

/** The verdict: "masked", "attackable-by-smoothing", "rounding-harmless", "no-evidence", "too-few-images", "too-few-seeds"; NULL
    if the report names another, which a later release may have. */
const char *ga_report_verdict(const ga_report *report);

size_t ga_report_estimators(const ga_report *report);                    /**< how many estimators there are */
const char *ga_report_estimator(const ga_report *report, size_t i);      /**< the name of one; NULL beyond the last */
uint64_t ga_report_count(const ga_report *report, size_t i, ga_cell cell); /**< its elements in a cell; 0 beyond the last */

/** Writes report.html and figures/ into directory, from the report and nothing else. *drawn (or NULL): whether gnuplot was there
    to draw the figures. */
ga_code ga_report_render(const ga_report *report, const char *directory, int *drawn, ga_status *st);

#ifdef __cplusplus
}
#endif

#endif
