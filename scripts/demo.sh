#!/usr/bin/env bash
# Runs listo's main job on the patient, examples/gastos, from nothing: makes the
# variables that a person would provision, audits, and shows the verdict.
#
# It ends with status 0 when the audit ran to its end, whatever the verdict; its
# last line is listo's own exit code.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=build/demo
mkdir -p "$folder"
go build -o "$folder/listo" ./cmd/listo

# The variables of the service under audit. They are made once, on this machine,
# and never committed: listo reads them as the service does.
env_file=$folder/gastos.env
if [ ! -e "$env_file" ]; then
	(
		umask 077
		{
			printf 'JWT_SECRET=%s\n' "$(head -c 48 /dev/urandom | base64 | tr -d '\n')"
			printf 'CONNECTION_POOL_SIZE=10\n'
			printf 'SEED_PASSWORD=%s\n' "$(head -c 18 /dev/urandom | base64 | tr -d '\n')"
			printf 'FRONTEND_BASE_URL_DEV=http://localhost:5173\n'
			printf 'USUARIOS_CONC_DEV=10\nUSUARIOS_PICO_DEV=30\nP95_MS_DEV=250\n'
		} >"$env_file"
	)
fi

status=0
GASTOS_ENV_FILE="$PWD/$env_file" "$folder/listo" audit \
	--config examples/gastos/listo.yaml --reports "$folder/reports/dev_audit" --key "$folder/seal.key" || status=$?

case $status in
0 | 1 | 2 | 3) echo "listo: exit $status" ;;
*)
	echo "listo: exit $status"
	exit "$status"
	;;
esac
