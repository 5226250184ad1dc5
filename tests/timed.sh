#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a test. Adds its seconds, its user and system processor time, and its name to the file GRADAUDIT_TEST_TIMES.
[[ -n ${GRADAUDIT_TEST_TIMES-} ]] || exec "$@"
TIMEFORMAT="%R %U %S ${1##*/}"
{ time "$@" 2>&3; } 3>&2 2>>"$GRADAUDIT_TEST_TIMES"
