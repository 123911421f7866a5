#!/usr/bin/env bash
# Runs every test of the repository, the patient's too, against real programs.
# The tests start their own PostgreSQL; nothing is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "== listo"
go vet ./...
go test -count=1 -timeout 9m ./...

echo "== the patient, examples/gastos"
go run ./internal/engine/pgserver/cmd -- bash -c 'cd examples/gastos && go vet ./... && go test -count=1 -timeout 5m ./...'
