#!/usr/bin/env bash
# Installs what listo's demo and tests need and this machine lacks, on Debian or
# Ubuntu. Running it again changes nothing.
#
#   scripts/install.sh demo    PostgreSQL and git
#   scripts/install.sh test    the same, and Chromium for the browser tests
#
# As root it runs the apt line. As another user it asks on a terminal (sudo), and
# without a terminal it ends with the line to run.
set -euo pipefail

what=${1:-demo}
case "$what" in
demo | test) ;;
*)
	echo "install: '$what' is not one of demo, test" >&2
	exit 64
	;;
esac

if ! command -v go >/dev/null; then
	echo "install: go is missing: install Go 1.26 or later from https://go.dev/dl and put it on PATH" >&2
	exit 1
fi

has_postgres() {
	[ -n "${LISTO_PG_BIN:-}" ] && [ -x "$LISTO_PG_BIN/postgres" ] && return
	command -v postgres >/dev/null && command -v initdb >/dev/null && return
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

missing=()
has_postgres || missing+=(postgresql)
command -v git >/dev/null || missing+=(git)
if [ "$what" = test ]; then
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
fi
[ ${#missing[@]} -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "install: missing: ${missing[*]}: install them with your system's package manager" >&2
	exit 1
fi
line="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"

if [ "$(id -u)" = 0 ]; then
	echo "install: $line" >&2
	# listo starts servers of its own; the package's own cluster is not wanted.
	mkdir -p /etc/postgresql-common
	[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
	DEBIAN_FRONTEND=noninteractive sh -c "$line" >&2
elif [ -t 0 ] && command -v sudo >/dev/null; then
	read -r -p "listo needs ${missing[*]}. Run: sudo sh -c '$line' ? [y/N] " answer
	case "$answer" in
	y | Y | yes) sudo DEBIAN_FRONTEND=noninteractive sh -c "$line" >&2 ;;
	*) echo "install: nothing was installed; needed: $line" >&2; exit 1 ;;
	esac
else
	echo "install: missing: ${missing[*]}. As root, run:  $line" >&2
	exit 1
fi
