#!/usr/bin/env bash
# Audits the demo service of a clean commit into reports/dev_audit, the only way
# in which that folder is written. The result is to be committed on its own.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -n "$(git status --porcelain -- . ':!reports/dev_audit')" ]; then
	echo "evidence: the work tree has changes: commit them first, since the evidence names the commit it is about" >&2
	exit 1
fi
# Ordinary answers are kept whole, longer ones by true size and digest alone.
LISTO_OPERATOR="make evidence" scripts/demo.sh --blob-cap 1280
rm -rf reports/dev_audit
mkdir -p reports
cp -r build/demo/reports/dev_audit reports/dev_audit
rm -rf reports/dev_audit/evidence.previous
build/demo/listo verify reports/dev_audit
size=$(find reports/dev_audit -type f -printf '%s\n' | awk '{ n += $1 } END { print int((n + 1023) / 1024) }')
if [ "$size" -gt 2048 ]; then
	echo "evidence: reports/dev_audit has $size KiB, more than 2048: it is too large to be committed" >&2
	exit 1
fi
echo "evidence: reports/dev_audit written ($size KiB); commit it"
