/* SPDX-License-Identifier: Apache-2.0 */
/* reference.h -- the true gradient: an engine that raises the precision of the ball pass until every element is decided. */
#ifndef EXACT_REFERENCE_H
#define EXACT_REFERENCE_H

#include "pass/engine.h" /* engine_reference */

#endif
