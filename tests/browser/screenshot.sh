#!/usr/bin/env bash
# Makes docs/images/load-report.png, the README's picture, from a fresh demo: its third delivery loaded, the verdict in view.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
VOTERS="${VOTERS:-100000}" HUSTINGS_WALK=screenshot.mjs "$here/run.sh" "$here/../../target/screenshot"
mkdir -p "$here/../../docs/images"
cp "$here/../../target/screenshot/load-report.png" "$here/../../docs/images/load-report.png"
echo "docs/images/load-report.png"
