#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What a program of the library audits, merges and explains, from files and from memory, is what the command does: the directory byte
# for byte, provenance.json apart, and the text. What is not to be kept leaves nothing.
python=/usr/bin/python3
$python -c 'import numpy' 2>/dev/null || { echo "skip: NumPy is not installed (Debian package python3-numpy)"; exit 77; }
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
tests/make_inputs "$tmp" || exit 99
mkdir "$tmp/temporary"
export TMPDIR="$tmp/temporary"
fail=0
bad() {
    echo "FAIL: $*"
    fail=1
}

$python - "$tmp" <<'END' || exit 99
import sys
import numpy as np

tmp = sys.argv[1]
images = np.frombuffer(open(f'{tmp}/images', 'rb').read()[16:], np.uint8).reshape(300, 4, 4)
labels = np.frombuffer(open(f'{tmp}/labels', 'rb').read()[8:], np.uint8)
random = np.random.default_rng(1)
np.save(f'{tmp}/images.npy', images)
np.save(f'{tmp}/labels.npy', labels)
np.save(f'{tmp}/values.npy', (images / 255).astype(np.float32).reshape(300, 16))
np.save(f'{tmp}/numbers.npy', labels.astype(np.int64))
single = random.normal(size=(300, 16)).astype(np.float32)
single[::7] = 0
single[3] = np.nan
np.save(f'{tmp}/single.npy', single)
np.save(f'{tmp}/double.npy', random.normal(size=(300, 4, 4)) * 1e-300)
END

# same NAME MODEL IMAGES LABELS [OPTION OF BOTH]...: options as the command has them; the library is given their words.
same() {
    local name=$1 model=$2 images=$3 labels=$4 keys=() rest=() option data=() round=()
    shift 4
    for option; do
        case $option in
        --no-remedies | --elements | --round-model) rest+=("$option") ;;
        --foreign=*:*) rest+=("--foreign-scale=${option##*:}" "${option%:*}") ;;
        *) rest+=("$option") ;;
        esac
        case $option in
        --round-model) keys+=(round=1) ;;
        --foreign=*) option=${option#--foreign=}; keys+=("foreign=${option/=/:}") ;;
        --*=*) keys+=("${option#--}") ;;
        --*) keys+=("${option#--}=1") ;;
        esac
    done
    ./gradaudit audit "$tmp/$model" --data "$tmp/$images" --labels "$tmp/$labels" "${rest[@]}" -o "$tmp/command" \
        >"$tmp/out" 2>"$tmp/err" || { bad "$name: the command: $(tail -1 "$tmp/err")"; return; }
    local ways=(memory=0)
    [[ $images == *.npy && $labels == *.npy ]] && ways+=(memory=1)
    for way in "${ways[@]}"; do
        tests/api_audit audit "$tmp/$model" "$tmp/$images" "$tmp/$labels" out="$tmp/library" "$way" "${keys[@]}" >"$tmp/text" ||
            { bad "$name, $way: the library"; rm -rf "$tmp/library"; continue; }
        [ -f "$tmp/library/provenance.json" ] && grep -q '"library"' "$tmp/library/provenance.json" || bad "$name, $way: provenance"
        diff -r -x provenance.json "$tmp/command" "$tmp/library" >"$tmp/diff" || bad "$name, $way: $(head -3 "$tmp/diff")"
        grep -vE '^(gradaudit:|Page:|Figures:|Results:|[0-9]+ images)' "$tmp/err" | diff - "$tmp/text" >"$tmp/diff" ||
            bad "$name, $way, summary: $(head -3 "$tmp/diff")"
        tests/api_audit audit "$tmp/$model" "$tmp/$images" "$tmp/$labels" json="$tmp/alone" "$way" "${keys[@]}" >"$tmp/text2" ||
            bad "$name, $way: nothing kept"
        cmp "$tmp/alone" "$tmp/command/report.json" && cmp "$tmp/text" "$tmp/text2" || bad "$name, $way: the report alone"
        [ -z "$(ls -A "$TMPDIR")" ] || bad "$name, $way: left behind: $(ls -A "$TMPDIR")"
        rm -rf "$tmp/library"
    done
    rm -rf "$tmp/command"
}

same usual model.safetensors images.npy labels.npy --images=0-9
same idx model.safetensors images labels --images=7 --estimator=float,naive --seeds=3
same values f64.safetensors values.npy numbers.npy --images=60-70 --estimator='double naive' --estimator=double,rewrite,gain=0.1 \
    --eps=8/255 --tolerance=0.5 --verdict-margin=2.5 --max-bits=512 --reference-bits=100 --no-remedies
same rounded f64.safetensors images.npy numbers.npy --images=299 --round-model --estimator=float --estimator=float,margin,gain=1/3
same foreign model.safetensors images.npy labels.npy --images=0-6 --estimator=float --foreign="single=$tmp/single.npy" \
    --foreign="double=$tmp/double.npy:300" --foreign="third=$tmp/single.npy:1/3" --elements --eps=0

# explain MODEL IMAGE ELEMENT WORDS [--tolerance=T]
story() {
    local model=$1 image=$2 element=$3 words=$4 word options=()
    shift 4
    for word in ${words//,/ }; do
        case $word in
        float | double) options+=(--format "$word") ;;
        naive | rewrite) options+=(--formulas "$word") ;;
        loop | blas) options+=(--gemm "$word") ;;
        margin | cross-entropy) options+=(--loss "$word") ;;
        *) options+=("--$word") ;;
        esac
    done
    ./gradaudit explain "$tmp/$model" --data "$tmp/images.npy" --labels "$tmp/labels.npy" --image "$image" --element "$element" \
        "${options[@]}" "$@" >"$tmp/out" || bad "explain $words: the command"
    for way in 0 1; do
        tests/api_audit explain "$tmp/$model" "$tmp/images.npy" "$tmp/labels.npy" "$image" "$element" "$words" memory=$way \
            "${@/#--/}" >"$tmp/text" || bad "explain $words: the library"
        cmp "$tmp/out" "$tmp/text" || bad "explain $words differs"
    done
}
story model.safetensors 0 0 float,naive
story model.safetensors 17 5 'float rewrite gain=0.1'
story model.safetensors 299 15 float,naive,margin --tolerance=1e-9
story f64.safetensors 3 2 double,loop,logit-scale=8/3

# Stopped, an audit goes on from its journal to the same bytes; unless that is kept, nothing is left. It stops in a directory where
# another audit is, too.
audit() { tests/api_audit audit "$tmp/model.safetensors" "$tmp/images.npy" "$tmp/labels.npy" no-remedies=1 seeds=2 estimator=float "$@"; }
audit out="$tmp/whole" >"$tmp/text" || bad "all of it"
for n in 1 5 10 20 30 40 60 80 100 150 200 300; do
    audit out="$tmp/part" stop=$n threads=1 resume=1 >/dev/null 2>"$tmp/err"
    status=$?
    [ $status = 5 ] && [ "$(grep -c '^api_audit: stopped by the caller' "$tmp/err")" = 1 ] || bad "stopped: $status, $(cat "$tmp/err")"
    grep -q '[1-4] of 5 parts are done: --resume goes on' "$tmp/err" && break
done
[ -f "$tmp/part/journal" ] || bad "no journal was left"
audit out="$tmp/part" >/dev/null 2>"$tmp/err" && bad "it is not resumed, and runs"
audit out="$tmp/part" resume=1 eps=0.5 >/dev/null 2>"$tmp/err" && bad "another audit is resumed"
audit out="$tmp/part" resume=1 >"$tmp/text2" || bad "resumed"
cmp "$tmp/text" "$tmp/text2" && diff -r -x provenance.json "$tmp/whole" "$tmp/part" || bad "resumed, it differs"
audit out="$tmp/part" resume=1 >"$tmp/text2" && cmp "$tmp/text" "$tmp/text2" || bad "finished, it is not what it was"
audit stop=40 threads=1 >/dev/null 2>"$tmp/err" && bad "not stopped"
grep -q 'nothing is kept: in a directory the audit could go on' "$tmp/err" || bad "stopped: $(cat "$tmp/err")"
[ -z "$(ls -A "$TMPDIR")" ] || bad "left behind when it stopped: $(ls -A "$TMPDIR")"
TMPDIR=$tmp/nowhere audit >/dev/null 2>"$tmp/err"
status=$?
want="api_audit: $tmp/nowhere: cannot make a temporary directory: No such file or directory; set TMPDIR to one that can be written to"
[ $status = 4 ] && [ "$(cat "$tmp/err")" = "$want" ] || bad "nowhere to write: $status, $(cat "$tmp/err")"

# Merged parts are the whole, of the command and of the library.
audit out="$tmp/a" images=0-99 >/dev/null && audit out="$tmp/b" images=100-299 >/dev/null || bad "two parts"
(umask 027 && tests/api_audit merge "$tmp/merged" "$tmp/b/report.json" "$tmp/a" >"$tmp/text2") && cmp "$tmp/text" "$tmp/text2" || bad "merge"
diff -r -x provenance.json "$tmp/whole" "$tmp/merged" || bad "merged, it differs"
[ "$(stat -c %a "$tmp/merged")" = 750 ] || bad "merged, its mode is $(stat -c %a "$tmp/merged")"
tests/api_audit merge "$tmp/again" "$tmp/a" "$tmp/a" 2>"$tmp/err" && bad "merged twice"
[ $fail = 0 ] && echo "audits, reports and stories of the library are the command's"
exit $fail
