#!/bin/sh
# Builds the probe of the machine's limits: build.sh OUTPUT_FOLDER. Does nothing when the library is newer than its
# source. Without a C compiler, or elsewhere than on Linux on x86-64, it succeeds without a library, and figures then
# have no limit beside them.
set -eu

source=$(dirname "$0")/src/main/c/probe.c
output=$1
library=$output/libtroupe_probe.so
flags="-std=gnu11 -O3 -ffp-contract=off -fPIC -fvisibility=hidden -Wall -Wextra -Werror"

mkdir -p "$output"

lacking() {
    rm -f "$library"
    echo "troupe-bench: no probe of the machine's limits: $1" >&2
    exit 0
}

case "$(uname -s)-$(uname -m)" in
Linux-x86_64 | Linux-amd64) ;;
*) lacking "there is none for $(uname -s) on $(uname -m)" ;;
esac

compiler=
for candidate in ${CC:-} gcc clang cc; do
    if command -v "$candidate" >/dev/null 2>&1; then
        compiler=$candidate
        break
    fi
done
[ -n "$compiler" ] || lacking "the build found no C compiler (gcc, clang or cc)"

if [ -f "$library" ] && [ -z "$(find "$source" "$0" -newer "$library")" ]; then
    exit 0
fi

# GCC 11 and Clang 12 are the first that know AMX; without it the library says so.
amx=
if echo '#include <immintrin.h>' | "$compiler" -mamx-tile -mamx-int8 -E -x c - >/dev/null 2>&1; then
    amx=-DTROUPE_AMX
fi
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
# shellcheck disable=SC2086 # flags are a list
"$compiler" $flags $amx -shared -o "$temporary/library.so" "$source"
mv "$temporary/library.so" "$library"
