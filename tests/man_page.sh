#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The man page formats without a warning, at 80 columns.
page=${srcdir:-.}/man/gradaudit.1
command -v groff >/dev/null || { echo "skip: groff is not installed (Debian package groff-base)"; exit 77; }
warnings=$(groff -t -man -ww -rLL=78n -Tutf8 -Kutf8 "$page" 2>&1 >/dev/null)
[ -z "$warnings" ] || { echo "$warnings"; exit 1; }
