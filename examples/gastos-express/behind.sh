#!/bin/sh
# Starts the service at a free port of this machine and listo gateway before it, at PORT. It ends with the gateway; both write to one log.
set -eu
cd "$(dirname "$0")"

# Of the range below that from which the kernel hands ports out: one of those may be taken before the service listens there.
free='(function ask() { const port = 10000 + Math.floor(Math.random() * 10000), s = require("net").createServer();
  s.on("error", ask).listen(port, () => { console.log(port); s.close(); }); })();'
UPSTREAM_PORT=$(NODE_OPTIONS= node -e "$free")
export UPSTREAM_PORT

# What looks into the service by NODE_OPTIONS looks into the service alone.
NODE_OPTIONS= node jsonlog.js env PORT="$UPSTREAM_PORT" NODE_OPTIONS="${NODE_OPTIONS-}" node server.js &
service=$!
trap 'kill -TERM "$service" 2>/dev/null || true' EXIT

# A gateway may start before its service; whoever asks it then is told 502.
waits='const t = Date.now(); (function ask() { require("net").connect(process.env.UPSTREAM_PORT, "127.0.0.1", () => process.exit(0)).on("error", () => {
  if (Date.now() - t > 30000) process.exit(1); setTimeout(ask, 20); }); })();'
NODE_OPTIONS= node -e "$waits"
listo gateway --config gateway.yaml &
gateway=$!
trap 'kill -TERM "$gateway" 2>/dev/null || true' TERM INT
trap 'kill -HUP "$gateway"' HUP

# A signal ends the waiting, not the gateway.
while status=0; wait "$gateway" || status=$?; kill -0 "$gateway" 2>/dev/null; do :; done
exit "$status"
