#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every function of the pass, of an operation, of the elementwise vocabulary and of the products has one definition, in its template. Tests itself on
# copies with a second definition.
src=${srcdir:-.}/src
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
name='(pass|op_run|vec|gemm|dot)[a-z_0-9]*'

# Balls have enclosures of their own of the activations and of the binary cross-entropy, and a product with radii.
balls='/num/vec_ball\.c:[0-9]*:vec_(sigmoid|tanh|relu|linear|smooth|function|bce)_ball\(|/gemm/gemm_ball\.c:.*gemm_(native|reserve|prepare)_ball\('

# names DIR: what its files define, one a line and the file behind it; the return type stands on a line of its own.
names() { (cd "$1" && grep -rE --include='*.c' "^NUM\($name\)\(") | sed -E "s/^([^:]*):NUM\(([a-z_0-9]*)\).*/\2 \1/"; }

# check DIR: says what is wrong, and fails then.
check() {
    faults=$(
        names "$1" | sort >"$tmp/all"
        grep -rnHE --include='*.c' "^[a-z].*NUM\($name\)\(.*[^;]\$" "$1" | grep -vE '^[^:]*:[^:]*: *return' | sed 's/^/shape: /' >"$tmp/faults"
        grep -rnHE --include='*.c' "^([a-z].*[ *])?(pass|op_run|vec|gemm|dot)_[a-z_0-9]*_(f32|f64|nar32|nar64|emu|mp|mpr|ball)\(.*[^;]\$" "$1" |
            grep -vE "$balls" | sed 's/^/by hand: /' >>"$tmp/faults"
        # What a back end of the products adds for itself: one in each; and the reference product, of C types side by side.
        grep -vE '^gemm_(native|reserve|prepare) gemm/(blas|dot)_tmpl\.c$|^gemm_loop gemm/loop_panel_tmpl\.c$' "$tmp/all" >"$tmp/definitions"
        cut -d ' ' -f 1 "$tmp/definitions" | uniq -d | sed 's/^/more than one definition: /'
        uniq -d "$tmp/all" | sed 's/^/twice: /'
        grep '^pass' "$tmp/definitions" | grep -v ' pass/pass_tmpl\.c$' | sed 's/^/outside the template: /'
        grep '^op_run' "$tmp/definitions" | grep -vE ' op/[a-z0-9_]*_tmpl\.c$' | sed 's/^/outside the template: /'
        grep '^vec' "$tmp/definitions" | grep -vE ' num/(vec|softmax|activation|smooth|function)_tmpl\.c$' | sed 's/^/outside the template: /'
        defined=" $(cut -d ' ' -f 1 "$tmp/all" | tr '\n' ' ')"
        for header in pass/tape_tmpl.h num/vec_tmpl.h gemm/gemm_tmpl.h; do
            declared=$(grep -oE "NUM\($name\)\(" "$1/$header" | sed 's/NUM(//; s/)(//' | sort -u)
            [ -n "$declared" ] || echo "$header declares nothing"
            echo "$declared" | while read -r f; do
                case $defined in *" $f "*) ;; *) echo "declared and not defined: $f" ;; esac
            done
        done
        cat "$tmp/faults"
        : >"$tmp/faults"
    )
    [ -z "$faults" ] || { echo "$faults"; return 1; }
}

# planted TEXT FILE: a copy of the sources with TEXT at the end of FILE must not pass.
planted() {
    rm -rf "$tmp/src"
    cp -R "$src" "$tmp/src"
    chmod -R u+w "$tmp/src"
    printf '%b' "$1" >>"$tmp/src/$2"
    if check "$tmp/src" >"$tmp/out"; then
        echo "not found in $2: $1"
        exit 1
    fi
}

: >"$tmp/faults"
check "$src" || exit 1
planted 'void\nNUM(pass_run)(NUM(tape) *tape)\n{\n}\n' pass/tape_tmpl.c
planted 'void\nNUM(pass_run)(NUM(tape) *tape)\n{\n}\n' pass/pass_tmpl.c
planted 'void\nNUM(pass_other)(NUM(tape) *tape)\n{\n}\n' pass/engine_tmpl.c
planted 'void\nNUM(op_run_relu)(void)\n{\n}\n' op/sigmoid_tmpl.c
planted 'void\nNUM(op_run_other)(void)\n{\n}\n' pass/tape_tmpl.c
planted 'void op_run_mul_f64(void)\n{\n}\n' op/pointwise.c
planted 'void\nNUM(gemm_native)(void)\n{\n}\n' gemm/blas_tmpl.c
planted 'void\nNUM(gemm)(void)\n{\n}\n' gemm/dot_tmpl.c
planted 'void\npass_run_f32(void)\n{\n}\n' pass/pass_f32.c
planted 'void vec_sigmoid_mp(void)\n{\n}\n' num/vec_mp.c
planted 'void vec_softmax_ball(void)\n{\n}\n' num/vec_ball.c
planted 'void vec_tanh_ball(void)\n{\n}\n' gemm/gemm_ball.c
planted 'void NUM(vec_mul)(void)\n{\n}\n' gemm/gemm_tmpl.c
planted 'void NUM(vec_nowhere)(void);\n' num/vec_tmpl.h
