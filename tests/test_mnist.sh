#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test_mnist.sh -- the files of MNIST unpack to what was published, and those of Fashion-MNIST are the published ones.
#
# The authors of MNIST published no check sums. These are for the unpacked files, listed by many independent users of the original archives
# (train-images-idx3-ubyte.gz of sha256 440fcabf73cc546f..., 9,912,422 bytes); ours are packed anew. Those of Fashion-MNIST are in its README:
# https://github.com/zalandoresearch/fashion-mnist#get-the-data.
set -eu
cd "${srcdir:-.}/data"
failed=0
while read -r want name; do
    case $name in
        mnist/*) got=$(gzip -dc "$name.gz" | sha256sum) ;;
        *) got=$(md5sum "$name.gz") ;;
    esac
    if [ "${got%% *}" = "$want" ]; then
        echo "ok $name"
    else
        echo "FAILED $name: ${got%% *}, want $want"
        failed=1
    fi
done <<END
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db mnist/train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5 mnist/train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7 mnist/t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2 mnist/t10k-labels-idx1-ubyte
bef4ecab320f06d8554ea6380940ec79 fashion-mnist/t10k-images-idx3-ubyte
bb300cfdad3c16e7a12a480ee83cd310 fashion-mnist/t10k-labels-idx1-ubyte
END
exit $failed
