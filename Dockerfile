# Sluice's image: gateway and sidecar, on Node and its libraries, with nothing else in it (docs/compose.md).
#   docker build -t sluice .                       gateway or sidecar, as the command says
#   docker build -t sluice-npm --target npm .      the same on the whole base image, for servers that the gateway starts by npx
# BASE_IMAGE may be any image with Node 26 or newer and npm; the demo server and the target npm need its shell.
ARG BASE_IMAGE=node:26.10.0-slim

# JavaScript from the sources, as npm gets it: Node would take the types off at every start (docs/performance.md). The
# packages for development, the compiler among them, stay here; Node itself is the base image's.
FROM ${BASE_IMAGE} AS compiled
WORKDIR /opt/sources
COPY package.json package-lock.json ./
RUN npm ci --workspaces=false --ignore-scripts --no-audit --no-fund --cache /tmp/npm && rm -r /tmp/npm
COPY require-node.cjs tsconfig.json tsconfig.package.json ./
COPY scripts/build-package.ts scripts/
COPY examples/quickstart examples/quickstart
COPY cli cli
COPY conformance conformance
COPY proto/*.ts proto/
COPY proto/gen proto/gen
COPY gateway gateway
COPY sidecar sidecar
RUN npm run prepack -- /compiled

# What Sluice needs in production. The optional packages are Node itself, for machines with an older one.
FROM ${BASE_IMAGE} AS production
WORKDIR /opt/sluice
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY LICENSE ./
COPY scripts/runtime-root.ts scripts/prune-packages.ts /opt/scripts/
RUN node /opt/scripts/prune-packages.ts node_modules && node /opt/scripts/runtime-root.ts /runtime
COPY --from=compiled /compiled/proto proto
COPY --from=compiled /compiled/gateway gateway
COPY --from=compiled /compiled/sidecar sidecar
COPY guards/rules/rules.wasm guards/rules/

# The demo server of docker-compose.yml: no part of Sluice, and of no use without it.
FROM ${BASE_IMAGE} AS demo-server
WORKDIR /opt/demo-server
COPY examples/compose/demo-server/package.json examples/compose/demo-server/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund --cache /tmp/npm && rm -r /tmp/npm
COPY examples/quickstart/files /data
USER 10003:10003
ENTRYPOINT ["node", "node_modules/mcp-proxy/dist/bin/mcp-proxy.mjs"]

# Makes the certificates of the profile `tcp`, with openssl: of the base image, or Debian's.
FROM ${BASE_IMAGE} AS certificates
RUN command -v openssl || { apt-get update && apt-get install -y --no-install-recommends openssl; }
COPY examples/compose/tcp/make-certificates.sh /opt/
# New volumes have the owner and the mode of what they are mounted over.
RUN mkdir -p /tls/gateway /tls/sidecar && chmod 750 /tls/* && chown 10006:10000 /tls/*
USER 10006:10000
ENTRYPOINT ["sh", "/opt/make-certificates.sh"]

FROM ${BASE_IMAGE} AS npm
COPY --from=production /opt/sluice /opt/sluice
WORKDIR /opt/sluice
USER 10001:10000
ENTRYPOINT ["node"]
CMD ["gateway/main.js"]

FROM scratch AS sluice
COPY --from=production /runtime /
COPY --from=production /opt/sluice /opt/sluice
ENV PATH=/usr/local/bin
WORKDIR /opt/sluice
USER 10001:10000
ENTRYPOINT ["node"]
CMD ["gateway/main.js"]
