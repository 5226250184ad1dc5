#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# old_build.sh -- for tests/same_bytes.sh and tests/bench/same_speed.sh, which source it in the build directory: another revision's program.

# The commit before the issue 'the house', whose promise is that nothing a user sees changes.
before_house=bbd36ea9e4b3f1b2a295725b047b78fee3df0a65

# end: of what runs in the background, of the files and of the worktree.
end() {
    local job
    for job in $(jobs -p); do kill -- "-$job" 2>/dev/null; done
    wait
    rm -rf "$tmp"
    git -C "$srcdir" worktree prune 2>/dev/null
}

# begin: makes $tmp, which is gone at the end, with the worktree in it.
begin() {
    tmp=$(mktemp -d) || exit 99
    trap end EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

# old_build REV: sets old to the program of REV, built in $tmp as this build is configured. GRADAUDIT_SAME_OLD names a build of it that is
# there already.
old_build() {
    local revision=$1 log=$tmp/build.log arguments
    if [[ -n ${GRADAUDIT_SAME_OLD-} ]]; then
        old=$(cd "$GRADAUDIT_SAME_OLD" && pwd)/gradaudit
        [[ -x $old ]] || { echo "GRADAUDIT_SAME_OLD: no program $old"; exit 2; }
        return
    fi
    git -C "$srcdir" rev-parse -q --verify "$revision^{commit}" >/dev/null 2>&1 ||
        { echo "skip: there is no revision $revision here (a tarball, or a clone without its history)"; exit 77; }
    eval "arguments=($(./config.status --config))"
    if ! (
        unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
        git -C "$srcdir" worktree add --detach "$tmp/source" "$revision" && mkdir "$tmp/source/build" && cd "$tmp/source" && ./bootstrap &&
            cd build && ../configure -q "${arguments[@]}" && "${MAKE:-make}" -s -j "$(nproc)"
    ) >"$log" 2>&1; then
        tail -n 20 "$log"
        echo "revision $revision does not build"
        exit 99
    fi
    old=$tmp/source/build/gradaudit
}
