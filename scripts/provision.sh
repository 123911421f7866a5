#!/usr/bin/env bash
# Makes the dotenv file that a person would provision for the demo service, once:
# a file that is there is left alone. It is never committed; listo reads it as
# the service does.
#
#   scripts/provision.sh FILE
set -euo pipefail

file=$1
[ ! -e "$file" ] || exit 0
umask 077
{
	printf 'JWT_SECRET=%s\n' "$(head -c 48 /dev/urandom | base64 | tr -d '\n')"
	printf 'CONNECTION_POOL_SIZE=10\n'
	printf 'SEED_PASSWORD=%s\n' "$(head -c 18 /dev/urandom | base64 | tr -d '\n')"
	printf 'FRONTEND_BASE_URL_DEV=http://localhost:5173\n'
	printf 'USUARIOS_CONC_DEV=10\nUSUARIOS_PICO_DEV=30\nP95_MS_DEV=250\n'
} >"$file"
