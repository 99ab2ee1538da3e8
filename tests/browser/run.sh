#!/usr/bin/env bash
# The browser test: starts `hustings demo` in a temporary folder, walks its pages in headless Chromium at desktop and
# phone width, and fails on a console error, an accessibility violation, a page wider than the phone, or missing content.
# Screenshots go to $1 (default: target/browser). Says so and ends well where Node or Chromium are missing.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
out="${1:-$root/target/browser}"

chromium="${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}"
if [ -z "$chromium" ] || ! command -v npm >/dev/null; then
  if [ -n "${HUSTINGS_REQUIRE_ALL:-}" ]; then echo "browser test: Node and Chromium are required here" >&2; exit 3; fi
  echo "browser test SKIPPED: it needs Node (npm) and Chromium" >&2
  exit 0
fi
[ -d "$here/node_modules/playwright-core" ] || (cd "$here" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)

binary="${HUSTINGS_BIN:-}"
if [ -z "$binary" ]; then
  binary="$(ls -t "$root"/target/release/hustings "$root"/target/debug/hustings 2>/dev/null | head -n 1 || true)"
fi
[ -x "$binary" ] || { echo "browser test: build the program first: cargo build" >&2; exit 2; }

work="$(mktemp -d)"
demo=""
finish() {
  if [ -n "$demo" ]; then kill "$demo" 2>/dev/null || true; wait "$demo" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

"$binary" demo --voters "${VOTERS:-20000}" --port 0 --data "$work/data" >"$work/demo.out" 2>"$work/demo.err" &
demo=$!
url=""
for _ in $(seq 600); do
  # The last link stands there when everything before it does.
  grep -q 'Ike Ferrand' "$work/demo.out" && sleep 0.2
  url="$(grep -q '/demo/[0-9a-f]*$' "$work/demo.out" && grep -o 'http://[0-9.]*:[0-9]*/' "$work/demo.out" | head -n 1 || true)"
  [ -z "$url" ] || break
  kill -0 "$demo" 2>/dev/null || { cat "$work/demo.err" >&2; echo "browser test: the demo ended before it served" >&2; exit 1; }
  sleep 0.2
done
[ -n "$url" ] || { cat "$work/demo.err" >&2; echo "browser test: the demo served no address within two minutes" >&2; exit 1; }

rm -rf "$out" && mkdir -p "$out"
CHROMIUM="$chromium" node "$here/${HUSTINGS_WALK:-walk.mjs}" "$url" "$out" "$work/demo.out"
