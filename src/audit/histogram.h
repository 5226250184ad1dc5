/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.h -- histograms that several processes make together. */
#ifndef AUDIT_HISTOGRAM_H
#define AUDIT_HISTOGRAM_H

#include "core/histogram.h"

#include "run/fold.h"

/* ga_histogram_make, whose result is in process 0 of a team that has agreed on it (run/agree.h). */
ga_code histogram_run(ga_histogram *h, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e,
                      const fold_way *way, ga_status *st);

#endif
