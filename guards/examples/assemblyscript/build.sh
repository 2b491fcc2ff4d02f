#!/bin/sh
# sh build.sh OUT.wasm, or sh build.sh --toolchain. Needs `asc` of npm's `assemblyscript`.
set -eu
if [ "$1" = --toolchain ]; then exec asc --version; fi
cd "$(dirname "$0")"
# A real heap with a garbage collector. Its stack of roots must hold the deepest JSON that the reader reads.
exec asc notes.ts --outFile "$1" -O3 --converge --runtime incremental --stackSize 262144
