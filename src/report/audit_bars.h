/* SPDX-License-Identifier: Apache-2.0 */
/* audit_bars.h -- an audit's distributions as charts, for bars_free. NULL: out of memory. */
#ifndef REPORT_AUDIT_BARS_H
#define REPORT_AUDIT_BARS_H

#include "report/audit_page.h"
#include "report/chart.h"

bars_chart *audit_magnitudes(const audit_view *v);
bars_chart *audit_ratios(const audit_view *v);
bars_chart *audit_ulps(const audit_view *v);

#endif
