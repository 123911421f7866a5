#!/usr/bin/env bash
# Audits examples/gastos-express behind listo gateway, from nothing: the same process as in demo-express.sh, not a byte of it
# changed. The verdict names what only its code can cure.
#
# It ends with status 0 when the audit ran to its end, whatever the verdict; its
# last line is listo's own exit code.
set -euo pipefail
cd "$(dirname "$0")/.."

service=examples/gastos-express
folder=build/demo-express-gateway
mkdir -p "$folder" build/demo

# The supported Node that scripts/install.sh brought, where the machine's is too old.
PATH=$PWD/build/node/node_modules/.bin:$PATH
echo "demo-express-gateway: node $(node --version)"

# The packages come into npm's cache here; the audit's own `npm ci` then needs no
# network.
npm ci --prefix "$service" --no-audit --no-fund --loglevel=error >&2

go build -o "$folder/listo" ./cmd/listo

env_file=$folder/gastos.env
scripts/provision.sh "$env_file"

# The service is started by this listo, and is behind this listo.
export PATH="$PWD/$folder:$PATH"

status=0
GASTOS_EXPRESS_ENV_FILE="$PWD/$env_file" "$folder/listo" audit \
	--config "$service/listo.gateway.yaml" --reports "$folder/reports/dev_audit" --key "$folder/seal.key" || status=$?

case $status in
0 | 1 | 2 | 3) echo "listo: exit $status" ;;
*)
	echo "listo: exit $status"
	exit "$status"
	;;
esac
