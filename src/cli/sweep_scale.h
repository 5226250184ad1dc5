/* SPDX-License-Identifier: Apache-2.0 */
/* sweep_scale.h -- what the two kinds of sweeps share: attacks along gains or logit scales, and cells along loss scales. */
#ifndef GRADAUDIT_CLI_SWEEP_SCALE_H
#define GRADAUDIT_CLI_SWEEP_SCALE_H

#include "cli/command.h"
#include "cli/progress.h"
#include "report/figure.h"

typedef enum { SWEEP_GAIN, SWEEP_LOGIT_SCALE, SWEEP_LOSS_SCALE } sweep_parameter;
extern const word_list sweep_parameters;

typedef struct {
    sources in;
    progress progress;
    undecided_count undecided;
    int64_t accept;
    estimator_options estimator;
    figure_base base;
    decimal eps, from, to; /* 0: the parameter's default */
    long points;           /* 0: likewise */
    sweep_parameter parameter;
    bool json;
} sweep_options;

/* The sweep of loss scales, model and data read. */
ga_code sweep_loss_scales(sweep_options *o, ga_team *team, ga_status *st);

#endif
