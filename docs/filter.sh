#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What Doxygen reads of the file $1: of a program that it is an example; of README.md the text, with links to the pages of programs.
case $1 in
    *.c) echo "/** @example ${1##*/} */" ;;
    *) sed 's,](\([a-z]*\.c\)),](@ref \1),g' "$1" ;;
esac
