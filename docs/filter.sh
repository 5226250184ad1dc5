#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What Doxygen reads of the file $1: of a program that it is an example; of README.md the text, with links to the pages of programs; of
# a header its lines, where # makes a link of each of the library's names in a comment, but not in code (`...`, and lines further in).
case $1 in
    *.c) echo "/** @example ${1##*/} */" ;;
    *.h) awk '
        function linked(text,    done, before) {
            while (match(text, /`[^`]*`|[#a-zA-Z0-9_]+/)) {
                before = substr(text, 1, RSTART - 1) (substr(text, RSTART, 3) == "ga_" ? "#" : "")
                done = done before substr(text, RSTART, RLENGTH)
                text = substr(text, RSTART + RLENGTH)
            }
            return done text
        }
        {
            code = inside && block && /^        /
            from = inside ? 1 : index($0, "/**")
            print from && !code ? substr($0, 1, from - 1) linked(substr($0, from)) : $0
            if (!inside)
                block = from == 1
            inside = from && !/\*\//
        }' "$1" ;;
    *) sed 's,](\([a-z]*\.c\)),](@ref \1),g' "$1" ;;
esac
