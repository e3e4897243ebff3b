#!/bin/sh
# Builds the native kernels: build.sh OUTPUT_FOLDER. Does nothing when the library is newer than its sources. Without a
# C compiler it says what is missing and succeeds: the kernels of the Vector API then run instead.
set -eu

sources=$(dirname "$0")/src/main/c
output=$1
library=$output/libtroupe_kernels.so
note=$output/missing.txt
flags="-std=gnu11 -O3 -ffp-contract=off -fPIC -fvisibility=hidden -Wall -Wextra -Werror"
avx2="-mavx2 -mfma -mf16c"
avx512="-mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512vnni -mprefer-vector-width=512"

mkdir -p "$output"

lacking() {
    rm -f "$library"
    echo "$1" >"$note"
    echo "troupe-kernels: no native kernels: $1. The Vector API runs instead." >&2
    exit 0
}

case "$(uname -s)-$(uname -m)" in
Linux-x86_64 | Linux-amd64) ;;
*) lacking "there are none for $(uname -s) on $(uname -m)" ;;
esac

compiler=
for candidate in ${CC:-} gcc clang cc; do
    if command -v "$candidate" >/dev/null 2>&1; then
        compiler=$candidate
        break
    fi
done
[ -n "$compiler" ] || lacking "the build found no C compiler (gcc, clang or cc; the Debian package gcc has one)"

echo '#include <string.h>' | "$compiler" -E -x c - >/dev/null 2>&1 ||
    lacking "$compiler finds no C headers (the Debian package libc6-dev has them)"

if [ -f "$library" ] && [ -z "$(find "$sources" "$0" -newer "$library")" ]; then
    exit 0
fi

# Where pointers are many, GCC does their arithmetic in vector registers, in the middle of the loops that matter.
if echo | "$compiler" -mno-stv -E -x c - >/dev/null 2>&1; then
    flags="$flags -mno-stv"
fi

objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT
# shellcheck disable=SC2086 # flags are lists
# GCC 11 and Clang 12 are the first that know AMX; without it the library says so.
amx="-mamx-tile -mamx-int8"
amx_define=
if echo '#include <immintrin.h>' | "$compiler" $amx -E -x c - >/dev/null 2>&1; then
    amx_define=-DTROUPE_AMX
    "$compiler" $flags $avx2 $avx512 $amx -c "$sources/amx.c" -o "$objects/amx.o"
fi
"$compiler" $flags $amx_define -c "$sources/dispatch.c" -o "$objects/dispatch.o"
# shellcheck disable=SC2086
"$compiler" $flags $avx2 -c "$sources/avx2.c" -o "$objects/avx2.o"
# shellcheck disable=SC2086
"$compiler" $flags $avx2 $avx512 -c "$sources/avx512.c" -o "$objects/avx512.o"
"$compiler" -shared -o "$objects/library.so" "$objects"/*.o
rm -f "$note"
mv "$objects/library.so" "$library"
