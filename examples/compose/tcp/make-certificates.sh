#!/bin/sh
# Makes an authority, which signs for one gateway and one name of sidecars and for nothing else, and their certificates, for 90
# days. It does nothing while those that are there are good for another 30. The authority's key is never on a disk.
set -eu
renew_seconds=2592000
good() { openssl x509 -noout -checkend "$renew_seconds" -in "/tls/$1/tls.crt" 2>/dev/null; }
if good gateway && good sidecar; then exit 0; fi

cd /tmp
key="-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc"
openssl req -x509 -days 91 $key -subj /CN=sluice -keyout ca.key -out ca.crt
for who in sidecar:serverAuth gateway:clientAuth; do
  name=${who%:*}
  openssl req -x509 -days 90 $key -subj "/CN=$name" -CA ca.crt -CAkey ca.key -addext basicConstraints=critical,CA:false \
    -addext "extendedKeyUsage=${who#*:}" -addext subjectAltName=DNS:sidecar-tcp -keyout "$name.key" -out "$name.crt"
  # Whole files, one after the other: whoever reads in between finds that they do not fit, and stays with those before.
  for file in "$name.key:tls.key" "$name.crt:tls.crt" ca.crt:ca.crt; do
    target="/tls/$name/${file#*:}"
    cp "${file%:*}" "$target.new"
    chmod 440 "$target.new"
    mv -f "$target.new" "$target"
  done
done
rm ca.key
