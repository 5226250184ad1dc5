/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_former.h -- whether a directory is a former reproduction, which another one may replace. */
#ifndef REPORT_REPRODUCTION_FORMER_H
#define REPORT_REPRODUCTION_FORMER_H

#include <gradaudit/status.h>

/* For out_directory_open: GA_OK if its report.json is a reproduction's, and every file in it one that a reproduction makes; else
   GA_USAGE with what is there. */
ga_code reproduction_former(const char *directory, ga_status *st);

#endif
