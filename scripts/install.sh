#!/bin/sh
# Installs the packages of package-lock.json when they are missing or out of date; otherwise returns within a few milliseconds.
# The stamp is written last, so an interrupted install is simply done again. A lock keeps two installs from running at once.
set -eu
unset CDPATH

case $0 in
  */*) cd "${0%/*}/.." ;;
  *) cd .. ;;
esac

stamp=node_modules/.conch-installed
lock=.conch/install.lock
log=.conch/install.log
node=node_modules/node/bin/node
wait_max_s=600

say() { printf '%s\n' "conch: $*" >&2; }
stop() {
  say "$1"
  shift
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}

is_installed() {
  [ -x "$node" ] && [ -r "$stamp" ] && read -r installed <"$stamp" && [ "$installed" = "$(cksum <package-lock.json)" ]
}

need_tools() {
  command -v node >/dev/null 2>&1 || stop 'node is not on the PATH, and the install needs it.' \
    'Install Node.js 20 or newer (https://nodejs.org, or your package manager), then run this again.'
  major=$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null) || major=0
  [ "$major" -ge 20 ] || stop "$(command -v node) is Node.js $(node --version 2>/dev/null || echo 'that does not run'); the install needs 20 or newer." \
    'Install a newer Node.js (https://nodejs.org, or your package manager), then run this again.'
  command -v npm >/dev/null 2>&1 || stop 'npm is not on the PATH, and the install needs it.' \
    "It usually comes with Node.js (here: $(command -v node)); on Debian it is the package npm. Install it, then run this again."
}

# Sets $holder to the process that holds the lock, or to nothing while the lock has just been made.
read_holder() { holder=$(cat "$lock/pid" 2>/dev/null) || holder=; }

# A lock whose process is gone is moved aside first: only one of those who saw it dead can do that.
drop_stale_lock() {
  mv "$lock/pid" "$lock/pid.$$" 2>/dev/null || return 0
  if [ "$(cat "$lock/pid.$$")" = "$1" ]; then rm -rf "$lock"; else mv "$lock/pid.$$" "$lock/pid"; fi
}

take_lock() {
  mkdir -p .conch 2>/dev/null || stop "$PWD cannot be written to, and the packages have to be installed in it." \
    'Run this as the user who owns the folder, or copy the folder to a place of your own.'
  waited_s=0
  unnamed_s=0
  until mkdir "$lock" 2>/dev/null; do
    read_holder
    if [ -z "$holder" ]; then
      unnamed_s=$((unnamed_s + 1))
      [ "$unnamed_s" -le 5 ] || rm -rf "$lock"
    elif kill -0 "$holder" 2>/dev/null || ps -p "$holder" >/dev/null 2>&1; then
      [ "$waited_s" -gt 0 ] || say "waiting for another install (process $holder)..."
    else
      drop_stale_lock "$holder"
      continue
    fi
    [ "$waited_s" -lt "$wait_max_s" ] || stop "another install (process $holder) has held $PWD/$lock for $wait_max_s s." \
      "End that process if it hangs, or remove $PWD/$lock if it is no install, then run this again."
    sleep 1
    waited_s=$((waited_s + 1))
  done
  trap 'rm -rf "$lock"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  echo $$ >"$lock/pid"
}

explain_failure() {
  printf '\n' >&2
  tail -n 15 "$log" | sed 's/^/    /' >&2
  printf '\n' >&2
  if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT' "$log"; then
    stop "the npm registry $(npm config get registry 2>/dev/null) could not be reached." \
      'Check the network, the proxy (HTTPS_PROXY) and the registry (npm config get registry), then run this again.' \
      "npm's whole output: $PWD/$log"
  fi
  stop "npm ci failed in $PWD; its last lines are above." \
    "npm's whole output: $PWD/$log" \
    'When package.json and package-lock.json disagree, npm install brings them together again.'
}

install() {
  say 'installing (once, about 20 s)...'
  wanted=$(cksum <package-lock.json)
  # Dev and optional packages are always wanted: the checks need the first, native binaries are the second.
  # onnxruntime-node would download CUDA after its install, which we never use.
  # --loglevel=error: the system's Node only installs; that some packages want a newer one does not matter.
  ONNXRUNTIME_NODE_INSTALL=skip npm ci --no-audit --no-fund --include=dev --include=optional --loglevel=error </dev/null >"$log" 2>&1 || explain_failure
  "$node" --version >>"$log" 2>&1 || stop "the Node.js that was installed does not run on this machine: $PWD/$node" \
    "$(tail -n 1 "$log")" \
    'It needs Linux (glibc) or macOS on x64 or arm64. On Alpine, use a Debian image.'
  printf '%s\n' "$wanted" >"$stamp"
}

is_installed && exit 0
need_tools
take_lock
is_installed || install
