#!/usr/bin/env bash
# The quick look before a commit: format, vet, and the tests that need neither a
# database nor a browser. It takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(gofmt -l $(git ls-files -co --exclude-standard '*.go'))
if [ -n "$unformatted" ]; then
	echo "check: gofmt would change: $unformatted: run gofmt -w on them" >&2
	exit 1
fi
go vet ./...
(cd harden && go vet ./...)
go test -short ./internal/words/ ./internal/evidence/ ./internal/seal/ ./internal/config/ \
	./internal/engine/redact/ ./internal/engine/shell/ ./internal/engine/manifest/ ./internal/engine/discover/ \
	./internal/engine/load/ ./internal/engine/lockfile/ ./internal/engine/advisory/ ./internal/engine/sbom/ ./internal/engine/runtimes/ \
	./internal/report/... ./internal/term/
go test -run 'Imports|Rule|Brief|Readme|README|GatesPage|Link|Module' .
