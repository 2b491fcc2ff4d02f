#!/bin/sh
# sh build.sh OUT.wasm, or sh build.sh --toolchain. Needs Go 1.24 or later.
set -eu
if [ "$1" = --toolchain ]; then exec go version; fi
cd "$(dirname "$0")"
# A reactor: it exports `_initialize`, and main is never called. No names and no debugging information: a third less.
GOOS=wasip1 GOARCH=wasm exec go build -buildmode=c-shared -trimpath -buildvcs=false -ldflags="-s -w" -o "$1" .
