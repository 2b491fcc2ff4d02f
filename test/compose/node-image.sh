#!/usr/bin/env bash
# Makes a stand-in for the Node image that the Dockerfile's BASE_IMAGE names, from files of this machine alone, for machines that
# reach no container registry:  node-image.sh IMAGE:TAG NODE_BINARY
# It holds that Node, npm, a POSIX sh with a few tools, and this machine's certificates, so that `npm ci` works in it, and openssl.
set -euo pipefail
image=$1
node=$(readlink -f "$2")
npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
tools="dash cat ls id mkdir chown chmod cp mv rm ln true false env touch grep sed head tail openssl"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{usr/bin,usr/local/bin,usr/local/etc,usr/local/lib/node_modules,etc/ssl/certs,lib,lib64,home/node,root,proc,sys,dev,run,tmp,var/tmp}
chmod 1777 "$root/tmp" "$root/var/tmp"

cp "$node" "$root/usr/local/bin/node"
cp -r "$npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
for tool in $tools; do cp "$(readlink -f "$(type -P "$tool")")" "$root/usr/bin/$tool"; done
ln -s dash "$root/usr/bin/sh"
ln -s usr/bin "$root/bin"

# Every shared library that these need, at the path where they look for it.
for file in "$root"/usr/bin/* "$root/usr/local/bin/node"; do ldd "$file" 2>/dev/null || true; done |
  grep -oE '/[^ ]+\.so[^ ]*' | sort -u |
  while read -r library; do mkdir -p "$root$(dirname "$library")"; cp -L "$library" "$root$library"; done

printf 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n' > "$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\n' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
mkdir -p "$root$(openssl version -d | cut -d'"' -f2)"
cp -L /etc/ssl/openssl.cnf "$root$(openssl version -d | cut -d'"' -f2)/"
printf 'cafile=/etc/ssl/certs/ca-certificates.crt\n' > "$root/usr/local/etc/npmrc"
chown 1000:1000 "$root/home/node"

tar --numeric-owner -C "$root" -c . | docker import \
  -c 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' -c 'CMD ["node"]' - "$image"
