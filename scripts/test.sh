#!/usr/bin/env bash
# Runs every test of the repository, the patient's too, against real programs.
# The tests start their own PostgreSQL; nothing is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

go vet ./...
(cd examples/gastos && go vet -tags disease ./...)
(cd harden && go vet ./... && go test -count=1 ./...)

# Tests that measure latency and load have the machine for themselves: these two
# come one after the other. In the root, whatever does not measure is t.Parallel,
# and Go runs that when the others are done. All of it has been vetted above.
measuring='^listo(/internal/gates/performance)?$'
# Most other tests wait for servers as much as they work: more of them than cores.
go test -vet=off -count=1 -p 4 -parallel 4 -timeout 25m $(go list ./... | grep -vE "$measuring")
go test -vet=off -count=1 -timeout 25m ./internal/gates/performance
go test -vet=off -count=1 -parallel 4 -timeout 40m .
