#!/usr/bin/env bash
# Runs every test of the repository, the patient's too, against real programs.
# The tests start their own PostgreSQL; nothing is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

go vet ./...
(cd examples/gastos && go vet -tags disease ./...)
(cd harden && go vet ./... && go test -count=1 ./...)
# Most tests wait for servers, not for the processor: more of them than cores. The
# whole audits of the root come last and by themselves: they measure.
go test -count=1 -parallel 4 -timeout 25m $(go list ./... | grep -vx listo)
go test -count=1 -parallel 4 -timeout 40m .
