/* SPDX-License-Identifier: Apache-2.0 */
/** @file gradaudit.h
    All of the C interface.

    A model and a data set come from files or arrays; an estimator computes gradients of them, an audit compares many estimators
    with the truth, a report says what it found:

        ga_model_open     -> ga_model     \
        ga_dataset_open   -> ga_dataset    > ga_gradient_compute -> ga_numbers
        ga_estimator_new  -> ga_estimator /
        ga_audit_new, ga_audit_add -> ga_audit -> ga_audit_run -> ga_report

    examples/ has a program for each. The headers:

    - model.h: networks
    - dataset.h: images and labels
    - gradient.h: estimators, gradients and outputs
    - audit.h: audits, and the story of one element
    - report.h: what an audit found
    - run.h: threads, progress, and a way to stop
    - status.h: what went wrong
    - version.h: the version of the interface */
#ifndef GRADAUDIT_GRADAUDIT_H
#define GRADAUDIT_GRADAUDIT_H

#include <gradaudit/audit.h>
#include <gradaudit/dataset.h>
#include <gradaudit/gradient.h>
#include <gradaudit/model.h>
#include <gradaudit/report.h>
#include <gradaudit/run.h>
#include <gradaudit/status.h>
#include <gradaudit/version.h>

#endif
