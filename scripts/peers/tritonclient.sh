#!/bin/sh
# Installs NVIDIA's tritonclient for Python, and prints the folder it stands in: a peer whose suite runs against the embedded runtime and
# against the real tritonserver. It takes about 20 s once, and returns at once when it is there already.
# What is installed is in tritonclient.txt, every wheel checked by its sha256. The stamp is written last, so an interrupted install is simply done again.
set -eu
unset CDPATH

here=$(cd "$(dirname "$0")" && pwd)
list=$here/tritonclient.txt
peers=${CONCH_PEERS:-$HOME/.cache/conch/peers}
home=$peers/tritonclient
stamp=$home/.conch-installed

say() { printf '%s\n' "conch: $*" >&2; }
stop() {
  say "$1"
  shift
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}

wanted=$(cat "$list" "$here/tritonclient.sh" | cksum)
is_installed() { [ -x "$home/bin/python3" ] && [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }

find_python() {
  for python in ${PYTHON:-python3.11 python3.12 python3}; do
    "$python" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)) or sys.implementation.name != "cpython")' 2>/dev/null && return 0
  done
  stop 'tritonclient is pinned for Python 3.11 and 3.12, and neither was found.' \
    'On Debian and Ubuntu: apt-get install python3 python3-venv' \
    'To use a certain one: PYTHON=/path/to/python3.11 scripts/peers/tritonclient.sh'
}

need_machine() {
  [ "$(uname -sm)" = 'Linux x86_64' ] || stop "tritonclient's wheels are pinned for Linux on x86-64, and this is $(uname -sm)."
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)
  printf '2.28\n%s\n' "${glibc:-0}" | sort -CV || stop "tritonclient's wheels need glibc 2.28 or newer; here it is ${glibc:-not glibc}."
}

install() {
  say 'installing tritonclient 2.73.0 (once, about 20 s)...'
  rm -rf "$home"
  "$python" -m venv "$home" >"$log" 2>&1 || stop "$python could not make a virtual environment." "$(tail -n 3 "$log")" 'On Debian: apt-get install python3-venv'
  "$home/bin/python3" -m pip install --quiet --disable-pip-version-check --no-input --only-binary=:all: --no-deps --require-hashes -r "$list" >"$log" 2>&1 ||
    stop 'pip could not install tritonclient.' "$(tail -n 5 "$log")" "pip's whole output: $log"
  "$home/bin/python3" -c 'import tritonclient.http.aio, tritonclient.grpc.aio, tritonclient.utils.shared_memory' >"$log" 2>&1 ||
    stop 'the tritonclient that was installed does not run on this machine.' "$(tail -n 3 "$log")"
  printf '%s\n' "$wanted" >"$stamp"
}

if ! is_installed; then
  need_machine
  find_python
  mkdir -p "$peers"
  log=$peers/tritonclient-install.log
  # Two installs at once would write over each other; the lock goes with the process that holds it.
  exec 9>"$peers/tritonclient.lock"
  flock -w 600 9 || stop "another install has held $peers/tritonclient.lock for ten minutes."
  is_installed || install
fi
printf '%s\n' "$home"
