#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What make check leaves out, or does in part; make check-long runs it in the build directory. long.sh PART...
#   mutants    every mutant                                                                           (tests/mutants.sh)
#   faults     every allocation and every call of an audit fails, one in each run: an hour or two     (tests/faults.sh)
#   cases      the long test programs, with all their cases, and the kills of test_audit_run
#   mpi        an audit by several processes is stopped or killed 100 times, and goes on                (tests/mpi.sh)
#   trainings  every recipe gives the network that is shipped, byte for byte or, on another machine, with validation figures near to its
#   same       every command writes the bytes that an earlier revision's program writes                   (tests/same_bytes.sh)
#   operators  a million elements of gradients of networks with every operator and every loss, against mpmath (tests/every_operator.sh)
#   bare       quickstart in bare Debian 12 and 13 that debootstrap makes; root, and a network to take packages from (DEBIAN_MIRROR)
# The last line is "N passed, N failed, N skipped". What a part says is in long-PART.log.
srcdir=${srcdir:-.}
passed=0 failed=0 skipped=0

mutants() { GRADAUDIT_MUTANTS=all sh "$srcdir/tests/mutants.sh"; }

faults() { GRADAUDIT_TEST_FAULTS=all bash "$srcdir/tests/faults.sh"; }

cases() {
    PATH=${PATH#*/tests/stand_in:} # pictures too
    local program status=0
    for program in $(grep -l 'test_every\|test_does' "$srcdir"/tests/test_*.c); do
        program=tests/$(basename "$program" .c)
        GRADAUDIT_TEST_LONG=1 "$program" || { echo "$program is red"; status=1; }
    done
    return $status
}

mpi() { GRADAUDIT_TEST_KILLS=100 bash "$srcdir/tests/mpi.sh"; }

# near NAME: percentages within 1 of the shipped network's, under FGSM and of overconfident networks within 3, as other seeds' are.
near() {
    figures() { ./gradaudit inspect "$1" | grep '^metadata\.validation-'; }
    paste <(figures "$tmp/$1") <(figures "$GRADAUDIT_DATADIR/models/$1.safetensors") | tee /dev/stderr |
        awk -v name="$1" '{ off = $2 - $4; most = $1 ~ /fgsm/ || name ~ /^overconfident/ ? 3 : 1 }
            { bad += $1 != $3 || off > most || off < -most } END { exit bad || NR < 4 }'
}

trainings() {
    local name recipe seed data fashion=/usr/share/datasets/fashion-mnist status=0
    for name in vanilla-sigmoid penalty-sigmoid saturated-sigmoid vanilla-relu saturated-relu overconfident-relu-{1,2,3} fashion-relu; do
        recipe=${name%-[0-9]} seed=2 data=$GRADAUDIT_DATADIR/mnist
        [ "$recipe" = "$name" ] || seed=${name##*-}
        [ "$name" != fashion-relu ] || recipe=vanilla-relu data=$fashion
        [ -d "$data" ] || { echo "left out: $name, for want of $data (Debian package dataset-fashion-mnist)"; continue; }
        ./gradaudit train --recipe "$recipe" --seed "$seed" --data "$data" -o "$tmp/$name" -q &&
            { cmp "$tmp/$name" "$GRADAUDIT_DATADIR/models/$name.safetensors" || near "$name"; } || { echo "$name is another network"; status=1; }
    done
    return $status
}

operators() { GRADAUDIT_TEST_ELEMENTS=1000000 sh "$srcdir/tests/every_operator.sh"; }

same() { bash "$srcdir/tests/same_bytes.sh"; }

# fresh RELEASE COMMAND...: quickstart's COMMANDs in this order in a copy of the bare system $tmp/RELEASE: nothing of this machine's packages,
# and no git in the source, as a release tarball's reader has it. Nothing may be skipped but for a CPU feature.
fresh() {
    local release=$1 root=$tmp/root status
    shift
    echo "==== $release: $*"
    cp -a "$tmp/$release" "$root" && tar -xf gradaudit-*.tar.gz -C "$root/root" && mv "$root"/root/gradaudit-* "$root/root/gradaudit" || return 1
    mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev" || return 1
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 chroot "$root" sh -ec '
        cd /root/gradaudit
        for command; do ./quickstart "$command"; done
        "$(./quickstart build)" --version
        make -C build fuzz-smoke
        ! grep -hx "skip: .*" build/tests/*.log | grep -v "^skip: CPU feature "' sh "$@"
    status=$?
    umount -R "$root/dev" "$root/proc" && rm -rf --one-file-system "$root" || return 1
    return $status
}

bare() {
    local release status=0
    [[ $(id -u) == 0 ]] || { echo "skip: debootstrap needs root"; return 77; }
    command -v debootstrap >/dev/null || { echo "skip: debootstrap is not installed (Debian package debootstrap)"; return 77; }
    "${MAKE:-make}" dist || return 1
    for release in bookworm trixie; do
        debootstrap --variant=minbase $release "$tmp/$release" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} || return 1
        cp /etc/resolv.conf "$tmp/$release/etc/resolv.conf"
        fresh $release reproduce check || status=1
        ! mountpoint -q "$tmp/root/dev" || return 1
        fresh $release check reproduce || status=1
        ! mountpoint -q "$tmp/root/dev" || return 1
    done
    return $status
}

tmp=$(mktemp -d) || exit 99
trap '! mountpoint -q "$tmp/root/proc" && ! mountpoint -q "$tmp/root/dev" && rm -rf --one-file-system "$tmp"' EXIT
for part; do
    case $part in
        mutants | faults | cases | mpi | trainings | same | operators | bare) ;;
        *) echo "check-long: no part $part"; exit 2 ;;
    esac
done
for part; do
    begun=$SECONDS
    ("$part") </dev/null >"long-$part.log" 2>&1
    status=$?
    case $status in
        0) result=ok passed=$((passed + 1)) ;;
        77) result="skipped: $(grep -m 1 '^skip: ' "long-$part.log")" skipped=$((skipped + 1)) ;;
        *) result=FAILED failed=$((failed + 1)); tail -n 40 "long-$part.log" ;;
    esac
    printf '%-10s %6d s  %s\n' "$part" $((SECONDS - begun)) "$result"
done
echo "$passed passed, $failed failed, $skipped skipped"
[[ $failed == 0 && $passed != 0 ]]
