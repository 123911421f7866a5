#!/usr/bin/env bash
# Installs what listo's demo and tests need and this machine lacks, on Debian or
# Ubuntu: PostgreSQL, git, curl, Chromium, npm, and a supported Node.
# Running it again changes nothing.
#
# As root it runs the apt line. As another user it asks on a terminal (sudo), and
# without a terminal it ends with the line to run. Node is not installed into the
# system: where the one on PATH is past its end of life, a supported one comes
# from the npm package `node` into build/node.
set -euo pipefail
cd "$(dirname "$0")/.."

# The release line of Node in active long-term support.
node_line=26

if ! command -v go >/dev/null; then
	echo "install: go is missing: install Go 1.26 or later from https://go.dev/dl and put it on PATH" >&2
	exit 1
fi

has_postgres() {
	[ -n "${LISTO_PG_BIN:-}" ] && [ -x "$LISTO_PG_BIN/postgres" ] && return
	command -v postgres >/dev/null && command -v initdb >/dev/null && return
	compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

has_chromium() {
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null
}

missing_packages() {
	has_postgres || echo postgresql
	command -v git >/dev/null || echo git
	command -v curl >/dev/null || echo curl
	has_chromium || echo chromium
	command -v npm >/dev/null || echo npm
}

install_packages() {
	local line="apt-get update && apt-get install -y --no-install-recommends $*"
	if ! command -v apt-get >/dev/null; then
		echo "install: missing: $*: install them with your system's package manager" >&2
		exit 1
	fi
	if [ "$(id -u)" = 0 ]; then
		echo "install: $line" >&2
		# listo starts servers of its own; the package's own cluster is not wanted.
		mkdir -p /etc/postgresql-common
		[ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
		DEBIAN_FRONTEND=noninteractive sh -c "$line" >&2
	elif [ -t 0 ] && command -v sudo >/dev/null; then
		read -r -p "listo needs $*. Run: sudo sh -c '$line' ? [y/N] " answer
		case "$answer" in
		y | Y | yes) sudo DEBIAN_FRONTEND=noninteractive sh -c "$line" >&2 ;;
		*)
			echo "install: nothing was installed; needed: $line" >&2
			exit 1
			;;
		esac
	else
		echo "install: missing: $*. As root, run:  $line" >&2
		exit 1
	fi
}

node_major() { "$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }

install_node() {
	[ "$(node_major node)" -ge "$node_line" ] && return
	[ "$(node_major build/node/node_modules/.bin/node)" = "$node_line" ] && return
	echo "install: Node $node_line into build/node" >&2
	npm install --prefix build/node --no-save --no-package-lock --no-audit --no-fund --ignore-scripts=false --loglevel=error "node@$node_line" >&2
	if [ "$(node_major build/node/node_modules/.bin/node)" != "$node_line" ]; then
		echo "install: npm brought no Node $node_line that runs here: install it and put it on PATH" >&2
		exit 1
	fi
}

mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
install_node
