#!/bin/sh
# Installs NVIDIA's perf_analyzer, the load generator on its C++ client, and prints the folder it stands in: a peer that asks the embedded
# runtime and the real tritonserver. It takes about 10 s once, and returns at once when it is there already.
# What is installed is in perf-analyzer.txt, every wheel checked by its sha256. The stamp is written last, so an interrupted install is simply done again.
set -eu
unset CDPATH

here=$(cd "$(dirname "$0")" && pwd)
list=$here/perf-analyzer.txt
stub=$here/perf-analyzer-base64.c
peers=${CONCH_PEERS:-$HOME/.cache/conch/peers}
home=$peers/perf-analyzer
stamp=$home/.conch-installed

say() { printf '%s\n' "conch: $*" >&2; }
stop() {
  say "$1"
  shift
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}

wanted=$(cat "$list" "$stub" "$here/perf-analyzer.sh" | cksum)
is_installed() { [ -x "$home/bin/perf_analyzer" ] && [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }

need_machine() {
  [ "$(uname -sm)" = 'Linux x86_64' ] || stop "perf_analyzer's wheel is for Linux on x86-64, and this is $(uname -sm)."
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)
  printf '2.35\n%s\n' "${glibc:-0}" | sort -CV || stop "perf_analyzer needs glibc 2.35 or newer; here it is ${glibc:-not glibc}."
  command -v cc >/dev/null || stop 'perf_analyzer needs a small library built, and there is no C compiler.' 'On Debian and Ubuntu: apt-get install gcc libc6-dev'
}

install() {
  say 'installing perf_analyzer 2.41.1 (once, about 10 s)...'
  rm -rf "$home"
  mkdir -p "$home/lib"
  ${PYTHON:-python3} -m venv "$home/venv" >"$log" 2>&1 || stop 'python3 could not make a virtual environment.' "$(tail -n 3 "$log")" 'On Debian: apt-get install python3-venv'
  "$home/venv/bin/python3" -m pip install --quiet --disable-pip-version-check --no-input --only-binary=:all: --no-deps --require-hashes --target "$home/wheels" -r "$list" >"$log" 2>&1 ||
    stop 'pip could not install perf_analyzer.' "$(tail -n 5 "$log")" "pip's whole output: $log"
  cc -shared -fPIC -o "$home/lib/libb64.so.0d" "$stub" >"$log" 2>&1 || stop 'cc could not build the small library that perf_analyzer is linked to.' "$(tail -n 3 "$log")"
  cp "$home/wheels/nvidia/cuda_runtime/lib/libcudart.so.12" "$home/lib/"
  mkdir -p "$home/bin"
  cp "$home/wheels/bin/perf_analyzer" "$home/bin/"
  rm -rf "$home/wheels" "$home/venv"
  LD_LIBRARY_PATH=$home/lib "$home/bin/perf_analyzer" --version >"$log" 2>&1 ||
    stop 'the perf_analyzer that was installed does not run on this machine.' "$(tail -n 3 "$log")" 'It needs OpenSSL 3, libstdc++ and zlib. On Debian and Ubuntu: apt-get install libssl3 libstdc++6 zlib1g'
  printf '%s\n' "$wanted" >"$stamp"
}

if ! is_installed; then
  need_machine
  mkdir -p "$peers"
  log=$peers/perf-analyzer-install.log
  # Two installs at once would write over each other; the lock goes with the process that holds it.
  exec 9>"$peers/perf-analyzer.lock"
  flock -w 600 9 || stop "another install has held $peers/perf-analyzer.lock for ten minutes."
  is_installed || install
fi
printf '%s\n' "$home"
