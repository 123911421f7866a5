#!/usr/bin/env bash
# Runs the MDN HTTP Observatory, an independent judge of security headers, against
# the patient and against the bare Express service, both over loopback, and prints
# a page: what it found, and which check of the gate "security" is red for it.
#
#   scripts/observatory.sh > bench/observatory/RESULTS.md
#
# It ends with 1 when the patient is not A+, or when it found on the bare service
# what the gate did not.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build/observatory
service=examples/gastos-express
mkdir -p "$folder" build/demo

# The supported Node that scripts/install.sh brought, where the machine's is too old.
PATH=$PWD/build/node/node_modules/.bin:$PATH

# Its packages stand beside no module of the repository's. Its own installation
# would fetch the list of preloaded hosts; localhost is on none.
cp bench/observatory/{package.json,package-lock.json,.npmrc,scan.mjs} "$folder/"
npm ci --prefix "$folder" --prefer-offline --omit=dev --no-audit --no-fund --loglevel=error >&2
printf '{}' >"$folder/node_modules/@mdn/mdn-http-observatory/conf/hsts-preload.json"

npm ci --prefix "$service" --prefer-offline --no-audit --no-fund --loglevel=error >&2
(cd examples/gastos && go build -trimpath -o ../../build/demo/gastos ./cmd/gastos)
scripts/provision.sh "$folder/gastos.env"

exec go run ./bench/observatory
