#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every fuzz target, built without libFuzzer, takes its seeds, files that once broke it, and the attacks in tests/hostile.
srcdir=${srcdir:-.}
failed=0
for program in tests/fuzz/*_replay; do
    target=${program##*/}
    target=${target%_replay}
    "$program" "$srcdir/tests/fuzz/seeds/$target"/* "$srcdir"/tests/hostile/files/* >log.$$ 2>&1 || { failed=1; echo "$target:"; cat log.$$; }
    [[ $(tail -n 1 log.$$) == *files ]] && echo "$target: $(tail -n 1 log.$$)"
done
rm -f log.$$
[[ -n $target ]] || failed=1
exit $failed
