#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A folder calls and includes only what is before it; files do not go round in circles, neither by calls nor by #include; no source
# file has more than 400 lines. A call is any reference of an object to a symbol of another. src/op fills columns of later stages:
# its calls, and those of it, are left out, and it alone includes the headers of these columns. Tests itself on small trees with a
# fault each.
: "${srcdir:=.}" "${NM:=nm}" "${CC:=cc}"
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
LC_ALL=C
export LC_ALL
folders='core num gemm op graph model io pass exact run attack train blame audit report study api cli'
columns='graph/(op_graph|builder)\.h|io/op_onnx\.h|pass/(op_ball|tape_tmpl)\.h|exact/(op_bound|bound)\.h'
columns="$columns|blame/(op_blame|image)\.h|audit/op_thresholds\.h"
# Circles of calls that are still there: how the names of their files begin.
circles=''
# Files that are still longer.
long=''

# units SOURCE BUILD: the object of each file that is compiled, and the file without its suffix; "none" if there is no object.
units() {
    (cd "$1" && find src -name '*.c' ! -name '*_tmpl.c') | sort | while read -r file; do
        folder=$(dirname "$file") name=$(basename "$file" .c) object=none
        for o in "$2/$folder/$name.o" "$2/$folder/"*-"$name.o" "$2/$folder/.libs/$name.o" "$2/$folder/.libs/"*-"$name.o"; do
            [ ! -f "$o" ] || { object=$o; break; }
        done
        echo "$object ${folder#src/}/$name"
    done
}

# calls UNITS: lines "num/vec_f64 num/f64 symbol", one for each symbol of another file that a file refers to.
calls() {
    sed -n '/^none /!s/ .*//p' "$1" | xargs -r $NM -g -o | awk -v units="$1" '
        BEGIN { while ((getline line <units) > 0) { split(line, part, " "); unit[part[1]] = part[2] } }
        {
            object = $0
            sub(/:[^:]*$/, "", object)
            if ($(NF - 1) ~ /^[TDBRVW]$/) home[$NF] = unit[object]
            else if ($(NF - 1) ~ /U$/) used[unit[object] " " $NF]
        }
        END {
            for (use in used) {
                split(use, part, " ")
                if (part[2] in home && home[part[2]] != part[1]) print part[1], home[part[2]], part[2]
            }
        }' | grep -vE '(^| )op/' | sort
}

# includes SOURCE: lines "num/vec_f64.c num/f64.h", one for each #include of our own file.
includes() {
    (cd "$1" && grep -rE '^[[:space:]]*#[[:space:]]*include ["<](gradaudit|[a-z]+)/' src include) |
        sed -E 's,^(src|include)/([^:]*):[^"<]*["<]([^">]*)[">].*,\2 \3,' | sort -u
}

# upwards WORD: of such lines those from a folder into one that is not before it.
upwards() {
    awk -v word="$1" -v folders="$folders" '
        function place(file) { sub(/\/.*/, "", file); return file == "gradaudit" ? 0 : rank[file] } # 0: the public API
        BEGIN { for (i = split(folders, list, " "); i > 0; i--) rank[list[i]] = i }
        place($1) == "" { print $1 " is in a folder without a place in the order"; next }
        place($1) < place($2) { print $1, word, $2 ($3 != "" ? " (" $3 ")" : "") }' | sort -u
}

# round: of such lines the circles, each a line with its files. tsort names the files of one circle after another.
round() {
    cut -d ' ' -f 1,2 | sort -u | tsort 2>&1 >/dev/null | awk '
        function end(    i, first, line) { # from its first name on
            for (i = first = 1; i <= n; i++) if (file[i] < file[first]) first = i
            for (i = 0; i < n; i++) line = line " " file[(first - 1 + i) % n + 1]
            if (n > 0) print "circle:" line
            n = 0
        }
        / contains a loop:$/ { end(); next }
        { file[++n] = $2 }
        END { end() }' | sort -u
}

# check SOURCE BUILD: says what is wrong, and fails then.
check() {
    units "$1" "$2" >"$tmp/units"
    calls "$tmp/units" >"$tmp/calls"
    includes "$1" >"$tmp/includes"
    {
        sed -n 's/^none /no object of /p' "$tmp/units"
        upwards calls <"$tmp/calls"
        grep -vE "^op/[^ ]* ($columns)\$" "$tmp/includes" | upwards includes
        grep -vE "^(${circles:-none})[^ ]* (${circles:-none})" "$tmp/calls" | round
        round <"$tmp/includes"
        (cd "$1" && find src include -name '*.[ch]' -exec wc -l {} +) |
            awk -v long=" $long " '$1 > 400 && $2 != "total" && !index(long, " " $2 " ") { print $2 " has " $1 " lines" }'
    } >"$tmp/faults"
    cat "$tmp/faults"
    [ ! -s "$tmp/faults" ]
}

# file NAME TEXT: a file of the tree that is planted.
file() {
    mkdir -p "$tmp/tree/$(dirname "$1")"
    printf '%b' "$2" >"$tmp/tree/$1"
}
# planted FAULT: the tree has just this fault ("": none). It begins anew then.
planted() {
    mkdir -p "$tmp/tree/include"
    (cd "$tmp/tree" && find src -name '*.c' | while read -r c; do $CC -I src -c -o "${c%.c}.o" "$c"; done)
    found=$(check "$tmp/tree" "$tmp/tree")
    [ "$found" = "$1" ] || { printf 'planted: %s\nfound: %s\n' "$1" "$found"; exit 1; }
    rm -rf "$tmp/tree"
}

check "$srcdir" . || exit 1
[ "$(wc -l <"$tmp/calls")" -gt 1000 ] && [ "$(wc -l <"$tmp/includes")" -gt 500 ] ||
    { echo "few calls or includes were found"; exit 1; }

file src/num/low.c 'void low(void) { }\n'
file src/io/high.c '#include "io/high.h"\nvoid high(void) { low(); }\n'
file src/io/high.h '#include "num/low.h"\n'
file src/num/low.h 'void low(void);\n'
planted ''
file src/num/low.c 'void high(void);\nvoid low(void) { high(); }\n'
file src/io/high.c 'void high(void) { }\n'
planted 'num/low calls io/high (high)'
file src/attack/a.c 'extern int b;\nint *a(void) { return &b; }\n'
file src/train/b.c 'int b = 1;\n'
planted 'attack/a calls train/b (b)'
file src/io/a.c 'void b(void);\nvoid a(void) { b(); }\n'
file src/io/b.c 'void c(void);\nvoid b(void) { c(); }\n'
file src/io/c.c 'void a(void);\nvoid c(void) { a(); }\n'
file src/io/d.c 'void a(void);\nvoid d(void) { a(); }\n'
planted 'circle: io/a io/b io/c'
file src/op/a.c 'void b(void);\nvoid a(void) { b(); }\n'
file src/pass/b.c 'void a(void);\nvoid b(void) { a(); }\n'
planted ''
file src/num/a.c '#include "num/a.h"\n'
file src/num/a.h '#ifndef A\n#define A\n#include "num/b.h"\n#endif\n'
file src/num/b.h '#include "num/a.h"\n'
planted 'circle: num/a.h num/b.h'
file src/num/a.c '#include "io/a.h"\n'
file src/io/a.h ''
planted 'num/a.c includes io/a.h'
file src/op/a.c '#include "io/op_onnx.h"\n'
file src/io/op_onnx.h ''
planted ''
file src/op/a.c '#include "io/a.h"\n'
file src/io/a.h ''
planted 'op/a.c includes io/a.h'
file src/new/a.c '#include "num/a.h"\n'
file src/num/a.h ''
planted 'new/a.c is in a folder without a place in the order'
file src/num/a.h "$(yes '\n' | head -n 400 | tr -d '\n')"
file src/num/a.c ''
planted ''
file src/num/a.h "$(yes '\n' | head -n 401 | tr -d '\n')"
file src/num/a.c ''
planted 'src/num/a.h has 401 lines'
file src/num/a.c '#error none\n'
planted 'no object of num/a' 2>/dev/null
