#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Small networks whose gradient is known by hand, each a kind of conclusion that was once drawn from a midpoint or in double (tests/cases).
command -v python3 >/dev/null || { echo "skip: python3 is not installed (Debian package python3)"; exit 77; }
exec /usr/bin/python3 "${srcdir:-.}/tests/cases.py" ./gradaudit "${srcdir:-.}/tests/cases"
