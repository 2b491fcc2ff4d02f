#!/bin/sh
# sh build.sh OUT.wasm, or sh build.sh --toolchain. Needs cargo, a rustc with the target wasm32-unknown-unknown, and
# the crates of Cargo.lock, here or from crates.io.
set -eu
target=wasm32-unknown-unknown

# The first toolchain that has the target: there may be one of rustup and one of the distribution.
place=
for each in $(echo "$PATH" | tr ':' ' '); do
  [ -z "$place" ] && [ -x "$each/rustc" ] && [ -x "$each/cargo" ] || continue
  if [ -d "$("$each/rustc" --print target-libdir --target $target)" ]; then place=$each; fi
done
if [ -z "$place" ]; then
  echo "no rustc has the target $target (rustup target add $target)" >&2
  exit 1
fi
cd "$(dirname "$0")"
if [ "$1" = --toolchain ]; then
  cargo fetch --quiet --locked >&2 || { echo "the crates are neither here nor to be fetched" >&2; exit 1; }
  exec "$place/rustc" --version
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Crates are fetched by the first cargo, since an old one knows crates.io's index as a repository only.
cargo vendor --quiet --locked "$work/vendor"
cat >"$work/config.toml" <<END
[source.crates-io]
replace-with = "vendored"
[source.vendored]
directory = "$work/vendor"
END
# What panics says where: without the folder, so that the bytes are the same wherever they are built.
export RUSTC="$place/rustc" RUSTFLAGS="--remap-path-prefix=$work=."
"$place/cargo" --config "$work/config.toml" build --quiet --release --locked --offline \
  --target $target --target-dir "$work/target"
cp "$work/target/$target/release/notes_guard.wasm" "$1"
