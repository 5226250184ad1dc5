#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The program of another revision and this build's write the same bytes: same_bytes.sh [REV], in the build directory, by hand or as
# make check-long LONG=same. REV is $before_house of old_build.sh unless it is said.
#    GRADAUDIT_SAME_OLD=DIR            a build of REV, instead of building one
#    GRADAUDIT_SAME_ONLY='audit|train' only the groups that match with grep -E
#    GRADAUDIT_SAME_ALL=1              also the whole of reproduce and of two trainings: half an hour
# Both run the same commands on the same files. Whatever they write, print and say is compared, with the exit status: a line for each group
# of commands, "same: GROUP (N files, B bytes)", or "differs: GROUP FILE" for each file; 1 if anything differs. What is not compared:
#    provenance.json  when and how long the run was, its memory, the compiler and the command's directories
#    --version        the compiler and the data directory; where the two versions differ, their number in what is compared too
#    progress         rates and times (--progress none)
#    reproduce        the page and the text, which the study lays out: tests/test_reproduction.c has what they say
#    *.png, *.pdf     gnuplot's, and here those of its stand-in; the .gp and .tsv that they are made of are compared
set -u
export LC_ALL=C srcdir=${srcdir:-..}
cores=$(nproc)
export OMP_NUM_THREADS=$((cores > 3 ? cores / 2 : 1)) # results do not depend on it: tests/threads.sh
unset OPENBLAS_CORETYPE GRADAUDIT_DATADIR
source=$(cd "$srcdir" && pwd) || exit 99
data=$source/data models=$source/data/models new=$(pwd)/gradaudit
mnist=(--data "$data/mnist/t10k-images-idx3-ubyte.gz" --labels "$data/mnist/t10k-labels-idx1-ubyte.gz")
sigmoid=$models/saturated-sigmoid.safetensors relu=$models/saturated-relu.safetensors
shipped=(vanilla-sigmoid penalty-sigmoid saturated-sigmoid vanilla-relu saturated-relu)
PATH=$source/tests/stand_in:$PATH
. "$source/tests/old_build.sh"

# ---- commands ----
# run NAME ARGUMENT...: the program; NAME.out and NAME.err are what it prints and says, NAME.status its status: 0, or 6 for undecided elements.
run() {
    local name=$1
    shift
    "$program" "$@" >"$name.out" 2>"$name.err" </dev/null
    echo $? >"$name.status"
}

# A program whose weights' gradients are of a mean loss has --reduction; before, they were of its sum.
choose_program() {
    program=$1 summed=()
    if "$program" gradient --help | grep -q -e --reduction; then summed=(--reduction sum); fi
}

# any NAME ARGUMENT...: whether it is refused or not; no signal.
any() {
    run "$@"
    mv "$1.status" "$1.end"
}

# of NAME: the arguments for a network of same_networks.py.
of() { echo "$inputs/$1.safetensors" --data "$inputs/$1.x" --labels "$inputs/$1.y"; }

audit() {
    local name=$1
    shift
    run "$name" audit "$@" --elements --progress none -o "$name.audit"
}

# ---- groups: what each does, in a directory of its own, with $program ----
group_help() {
    local command
    any none
    for command in $commands; do
        run "$command" help "$command"
        run "$command-option" "$command" --help
        run "$command-usage" "$command" --usage
        any "$command-nothing" "$command"
    done
}

group_thresholds() {
    run float thresholds
    run double thresholds --format double
}

# The page and the figures are made anew by report.
shipped() {
    audit audit "$models/$1.safetensors" "${mnist[@]}" --images 0-255
    run report report audit.audit
    run inspect inspect "$models/$1.safetensors" "${mnist[@]}" --images 100-900
}

# 320 images across a block border, and every word of an estimator.
group_audit_border() {
    audit relu "$models/vanilla-relu.safetensors" "${mnist[@]}" --images 100-419
    audit sigmoid "$sigmoid" "${mnist[@]}" --images 200-519 --no-remedies
}

group_audit_words() {
    local estimator=(-e float,naive -e float,naive,loop -e float,rewrite,loop -e double,naive,loop -e double,rewrite -e float,naive,margin
        -e float,rewrite,margin,loop -e double,naive,margin -e double,rewrite,margin)
    audit sigmoid "$sigmoid" "${mnist[@]}" --images 0-40 "${estimator[@]}" -e float,naive,gain=3e-4 -e double,rewrite,gain=1/3 \
        -e float,naive,gain=auto -e double,naive,gain=auto -e float,naive,logit-scale=auto -e float,naive,gain=0.5,logit-scale=0.25,margin
    audit relu "$relu" "${mnist[@]}" --images 0-40 "${estimator[@]}" -e float,naive,logit-scale=3e-3 -e double,naive,logit-scale=auto
    audit options "$sigmoid" "${mnist[@]}" --images 10-30 --eps 8/255 --tolerance 1e-5 --seeds 3 --reference-bits 200 --max-bits 1024 \
        --mean 0.1307 --std 0.3081 --clip 10,250 --verdict-margin 1
}

group_audit_parts() {
    local naive=(-e float,naive -e double,naive)
    run foreign-float gradient "$relu" "${mnist[@]}" --progress none -o foreign-float.npy
    run foreign-double gradient "$relu" "${mnist[@]}" --format double --formulas rewrite --progress none -o foreign-double.npy
    run foreign audit "$relu" "${mnist[@]}" --images 0-49 "${naive[@]}" --foreign one=foreign-float.npy --foreign-scale 2 \
        --foreign two=foreign-double.npy --progress none -o foreign.audit
    audit first "$relu" "${mnist[@]}" --images 240-259 "${naive[@]}"
    audit second "$relu" "${mnist[@]}" --images 260-279 "${naive[@]}"
    run merge merge first.audit second.audit -o merged
    audit gates "$relu" "${mnist[@]}" --images 240-259 "${naive[@]}" --fail-on 'exact:undecided>0' --baseline first.audit --fail-on 'lost>+1%'
    any fails report first.audit --fail-on 'lost>0' --fail-on 'masked>0'
}

# A network of same_networks.py: everything that one can ask. Binary64 weights are rounded for what has float in it.
network() {
    local format quiet=(--progress none) float
    # shellcheck disable=SC2046 # words
    set -- $(of "$1")
    float=("$@")
    ! grep -aq '"fc1.weight": {"dtype": "F64"' "$1" || float+=(--round-model)
    audit audit "$@"
    audit words "${float[@]}" -e float,naive,loop -e float,rewrite,margin -e double,naive,loop -e double,rewrite,margin,loop --max-bits 512
    [[ ${#float[@]} == $# ]] || audit rounded "${float[@]}"
    for format in float double mpfr:100 exact; do
        [[ $format == float ]] || float=("$@")
        run "gradient-$format" gradient "${float[@]}" --format $format "${quiet[@]}"
        run "margin-$format" gradient "${float[@]}" --format $format --loss margin --logit-scale 1/3 "${quiet[@]}"
        run "forward-$format" forward "${float[@]}" --format $format "${quiet[@]}"
        run "histogram-$format" histogram "${float[@]}" --format $format "${quiet[@]}"
        [[ $format != exact ]] || continue
        run "rewrite-$format" gradient "${float[@]}" --format $format --formulas rewrite "${quiet[@]}"
        run "loop-$format" gradient "${float[@]}" --format $format --gemm loop "${quiet[@]}"
        run "weights-$format" gradient "${float[@]}" --format $format --wrt weights "${summed[@]}" "${quiet[@]}"
        [[ $format != float ]] || run attack-float attack "${float[@]}" -e float,naive -e float,rewrite,loop "${quiet[@]}"
        [[ $format != float ]] || run sweep sweep "${float[@]}" --parameter logit-scale --points 3 "${quiet[@]}"
        [[ $format == mpfr:100 ]] && continue
        run "explain-$format" explain "${float[@]}" --format $format --image 0 --element 0
        run "explain-margin-$format" explain "${float[@]}" --format $format --image 1 --element 0 --loss margin
    done
    run attack attack "$@" -e double,naive -e exact -e exact,margin -e mpfr:100,rewrite -e random,seed=1 "${quiet[@]}"
    run inspect inspect "$@"
    run convert convert "$1" converted.safetensors
}

# The small networks with values by hand that cases.py has.
group_cases() {
    local folder name x y
    for folder in "$source"/tests/cases/*/; do
        name=$(basename "$folder") x=$folder/d.x.npy y=$folder/d.y.npy
        [[ -e $x ]] || x=$folder/x.npy y=$folder/y.npy
        [[ -e $folder/m.safetensors && -e $x ]] || continue
        any "audit-$name" audit "$folder/m.safetensors" --data "$x" --labels "$y" --elements --progress none -o "audit-$name"
        any "gradient-$name" gradient "$folder/m.safetensors" --data "$x" --labels "$y" --format exact --progress none
        any "explain-$name" explain "$folder/m.safetensors" --data "$x" --labels "$y" --image 0 --element 0
    done
}

# Image 258 is beyond a border of blocks.
gradient() {
    local format product images=(--images 254-258 --progress none)
    for format in float double mpfr:100; do
        for formulas in naive rewrite; do
            for product in $([[ $format == mpfr:100 ]] && echo loop dot || echo loop blas); do
                for loss in cross-entropy margin; do
                    run "$format-$formulas-$product-$loss" gradient "$1" "${mnist[@]}" "${images[@]}" --format $format --formulas $formulas \
                        --gemm "$product" --loss $loss
                done
            done
        done
        run "scaled-$format" gradient "$1" "${mnist[@]}" "${images[@]}" --format $format --gain 3e-4 --logit-scale 0.3
        run "weights-$format" gradient "$1" "${mnist[@]}" --images 255-256 --format $format --wrt weights "${summed[@]}" --progress none
        run "forward-$format" forward "$1" "${mnist[@]}" "${images[@]}" --format $format
        run "rewritten-forward-$format" forward "$1" "${mnist[@]}" "${images[@]}" --format $format --formulas rewrite
    done
    for product in dgemm plain auto; do
        run "exact-$product" gradient "$1" "${mnist[@]}" "${images[@]}" --format exact --gemm-backend $product
        run "mpfr-$product" gradient "$1" "${mnist[@]}" "${images[@]}" --format mpfr:256 --formulas rewrite --gemm-backend $product
    done
    run exact-margin gradient "$1" "${mnist[@]}" "${images[@]}" --format exact --loss margin --digits 50
    run exact-bits gradient "$1" "${mnist[@]}" "${images[@]}" --format exact --reference-bits 300 --gain 1/3
    run forward-exact forward "$1" "${mnist[@]}" "${images[@]}" --format exact
    run many-float gradient "$1" "${mnist[@]}" --images 100-1400 -o many-float.npy --progress none
    run many-double gradient "$1" "${mnist[@]}" --images 100-1400 --format double --formulas rewrite -o many-double.npy --progress none
    run many-forward forward "$1" "${mnist[@]}" --images 100-1400 -o many-forward.npy --progress none
}

histogram() {
    local format
    for format in float double exact; do
        run "$format" histogram "$1" "${mnist[@]}" --images 0-299 --format $format --progress none -o "$format"
    done
    run mpfr histogram "$1" "${mnist[@]}" --images 0-19 --format mpfr:100 --progress none
    run margin histogram "$1" "${mnist[@]}" --images 0-1999 --loss margin --gain 0.1 --progress none
}

group_explain() {
    local name image element
    for name in "${shipped[@]}"; do
        for image in 8 300; do
            for element in 0 402; do
                run "$name-$image-$element" explain "$models/$name.safetensors" "${mnist[@]}" --image $image --element $element
                run "$name-$image-$element-double" explain "$models/$name.safetensors" "${mnist[@]}" --image $image --element $element \
                    --format double --tolerance 1e-12
            done
            run "$name-$image-rewrite" explain "$models/$name.safetensors" "${mnist[@]}" --image $image --element 402 --formulas rewrite \
                --gemm loop --loss margin
        done
    done
}

group_attack() {
    local name
    for name in "${shipped[@]}"; do
        run "$name" attack "$models/$name.safetensors" "${mnist[@]}" --images 100-1400 --progress none
        run "$name-words" attack "$models/$name.safetensors" "${mnist[@]}" --images 100-299 --eps 8/255 -e exact -e exact,margin \
            -e double,rewrite,margin -e mpfr:100,rewrite -e float,loop -e float,gain=3e-4 -e float,logit-scale=3e-3 --progress none
        run "$name-exact" attack "$models/$name.safetensors" "${mnist[@]}" --images 0-1023 -e exact --progress none
    done
}

group_sweep() {
    run sigmoid sweep "$sigmoid" "${mnist[@]}" --images 0-999 --points 7 --progress none -o sigmoid
    run relu sweep "$relu" "${mnist[@]}" --images 0-999 --points 7 --parameter logit-scale --formulas rewrite --progress none -o relu
    run margin sweep "$sigmoid" "${mnist[@]}" --images 0-499 --points 5 --loss margin --format double --progress none
    run exact sweep "$relu" "${mnist[@]}" --images 0-299 --points 3 --parameter logit-scale --format exact --progress none
    run exact-gain sweep "$sigmoid" "${mnist[@]}" --images 0-299 --points 3 --format exact --progress none
}

# Networks as other tools write them, and files that nobody should believe: what is made of them, or said.
group_files() {
    local file name
    for file in "$source"/tests/cases/files/*; do
        name=$(basename "$file")
        any "convert-$name" convert "$file" "$name.safetensors"
        any "layout-$name" convert "$file" "$name.layout.safetensors" --activation relu --layout in-out
        any "inspect-$name" inspect "$file" --activation tanh --layout out-in
    done
    for file in "$source"/tests/hostile/files/*; do
        name=$(basename "$file")
        any "hostile-$name" inspect "$file"
        any "data-$name" forward "$relu" --data "$file" --progress none
    done
}

# reproduced ARGUMENT...: the numbers and the figures.
reproduced() {
    run reproduce reproduce "$@" --data-dir "$data" --progress none -o reproduction
    rm -f reproduction/index.html reproduce.out
}

group_reproduce() { reproduced --first 300; }

# Stages of one epoch each on 2,000 images, and 1,000 held back.
group_train() {
    train() { run "$1" train --recipe "$1" --data "$inputs/train" -o "$1.safetensors" --progress none --set validation=1000 "${@:2}"; }
    train vanilla-sigmoid --set V.epochs=2 --seed 7
    train saturated-sigmoid --set V.epochs=1 --set B.epochs=1 --set C.epochs=1
    train saturated-relu --set V.epochs=1 --set S.epochs=1 --set R.epochs=1
    run tanh train --recipe vanilla-relu --activation tanh --arch 784-32-16-10 --set V.epochs=1 --data "$inputs/train" -o tanh.safetensors \
        --set validation=1000 --progress none
}

group_all_reproduce() { reproduced; }

group_all_train() {
    local name
    for name in saturated-sigmoid saturated-relu; do
        run $name train --recipe $name --seed 2 --data "$data/mnist" -o $name.safetensors --progress none
    done
}

# ---- comparison ----
failed=0

# clean DIRECTORY VERSION: without what may differ.
clean() {
    find "$1" \( -name provenance.json -o -name '*.png' -o -name '*.pdf' \) -delete
    [[ $old_version == "$new_version" ]] ||
        find "$1" -type f \( -name '*.json' -o -name '*.html' -o -name '*.out' -o -name '*.err' \) -exec sed -i "s/$2/gradaudit VERSION/g" {} +
}

# Where two files begin to differ.
where() {
    local at
    if at=$(cmp "$tmp/old/$1" "$tmp/new/$1" 2>&1); then :; else echo "    ${at##* differ: }"; fi
    if ! grep -q '' "$tmp/old/$1" 2>/dev/null || grep -aqP '\x00' "$tmp/old/$1"; then return; fi
    diff "$tmp/old/$1" "$tmp/new/$1" | sed -n '2,3p' | cut -c -150 | sed 's/^/    /'
}

# group NAME COMMAND...
group() {
    local name=$1 side file status files=0 bytes differs=0
    shift
    grep -qE -e "${GRADAUDIT_SAME_ONLY:-.}" <<<"$name" || return
    for side in old new; do # at the same time
        rm -rf "${tmp:?}/$side" && mkdir "$tmp/$side" || exit 99
        set -m # a process group of its own, for the trap
        (choose_program "${!side}" && cd "$tmp/$side" && "$@") &
        set +m
    done
    wait
    for side in old new; do
        if [[ $side == old ]]; then clean "$tmp/$side" "$old_version"; else clean "$tmp/$side" "$new_version"; fi
        # two failures are equal, and say nothing
        while read -r file; do
            status=$(<"$tmp/$side/$file")
            case $file:$status in
                *:0 | *.status:6 | *.end:[1-6]) ;;
                *) echo "fails: $name $file, the $side program with status $status: $(head -n 1 "$tmp/$side/${file%.*}.err")"; failed=1 ;;
            esac
        done < <(cd "$tmp/$side" && find . -maxdepth 1 \( -name '*.status' -o -name '*.end' \) -printf '%P\n' | sort)
    done
    while read -r file; do
        files=$((files + 1))
        if [[ ! -e $tmp/old/$file ]]; then
            echo "differs: $name $file, which only the new program writes"
        elif [[ ! -e $tmp/new/$file ]]; then
            echo "differs: $name $file, which only the old program writes"
        elif ! cmp -s "$tmp/old/$file" "$tmp/new/$file"; then
            echo "differs: $name $file"
            where "$file"
        else
            continue
        fi
        differs=1 failed=1
    done < <(find "$tmp/old" "$tmp/new" -type f -printf '%P\n' | sort -u)
    bytes=$(find "$tmp/new" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f", sum }')
    [[ $files != 0 ]] || { echo "fails: $name writes nothing"; failed=1; }
    [[ $differs != 0 ]] || echo "same: $name ($files files, $bytes bytes)"
}

begin
[[ -x $new ]] || { echo "there is no program ./gradaudit: run this in a build directory"; exit 2; }
old_build "${1:-$before_house}"
version() { "$1" --version | sed -n '1s/^\(gradaudit [^ ]*\).*/\1/p'; }
old_version=$(version "$old") new_version=$(version "$new")
[[ -n $old_version && -n $new_version ]] || { echo "a program does not say its version"; exit 99; }
commands=$("$new" --help | sed -n 's/^  \([a-z]*\)  *[a-zA-Z].*/\1/p')

# The inputs, which both read.
inputs=$tmp/inputs
mkdir "$inputs" "$inputs/train" || exit 99
/usr/bin/python3 "$source/tests/same_networks.py" "$inputs" || exit 99
{ printf '\0\0\10\3\0\0\13\270\0\0\0\34\0\0\0\34'; zcat "$data/mnist/train-images-idx3-ubyte.gz" 2>/dev/null | tail -c +17 | head -c $((3000 * 784)); } \
    >"$inputs/train/train-images-idx3-ubyte"
{ printf '\0\0\10\1\0\0\13\270'; zcat "$data/mnist/train-labels-idx1-ubyte.gz" 2>/dev/null | tail -c +9 | head -c 3000; } \
    >"$inputs/train/train-labels-idx1-ubyte"

for name in help thresholds; do group $name group_$name; done
for name in "${shipped[@]}"; do group "audit-$name" shipped "$name"; done
for name in border words parts; do group audit-$name group_audit_$name; done
for network in "$inputs"/*.safetensors; do
    name=$(basename "$network" .safetensors)
    group "network-$name" network "$name"
done
group cases group_cases
group gradient-sigmoid gradient "$sigmoid"
group gradient-relu gradient "$relu"
group histogram-sigmoid histogram "$sigmoid"
group histogram-relu histogram "$relu"
for name in explain attack sweep files reproduce train; do group $name group_$name; done
if [[ -n ${GRADAUDIT_SAME_ALL-} ]]; then
    group all-reproduce group_all_reproduce
    group all-train group_all_train
fi
exit $failed
