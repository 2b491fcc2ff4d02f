#!/bin/sh
# sh build.sh OUT.wasm, or sh build.sh --toolchain. Needs clang with its linker wasm-ld.
set -eu
if [ "$1" = --toolchain ]; then
  command -v wasm-ld >/dev/null || { echo "wasm-ld is not there" >&2; exit 1; }
  clang --version | head -n 1
  exit
fi
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# With bulk memory clang needs no memcpy of a libc.
for each in notes json; do
  clang --target=wasm32 -Os -Wall -Wextra -Wno-unused-parameter -ffreestanding -mbulk-memory -c $each.c -o "$work/$each.o"
done
# The linker by itself: clang would run whatever wasm-opt is on the PATH. The stack comes first in memory: one that
# overflows traps, instead of writing over the data. 256 KiB hold the deepest JSON that the reader reads.
wasm-ld --no-entry --stack-first -z stack-size=262144 --strip-all "$work/notes.o" "$work/json.o" -o "$1"
