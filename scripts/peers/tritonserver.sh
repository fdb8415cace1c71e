#!/bin/sh
# Installs a real tritonserver for this machine, without Docker or a GPU, and prints the folder it stands in: a peer that our tests run against,
# and a runtime of the local world. It takes about 20 s once, and returns at once when it is there already.
# What is installed is in tritonserver.txt, every wheel checked by its sha256. The stamp is written last, so an interrupted install is simply done again.
set -eu
unset CDPATH

here=$(cd "$(dirname "$0")" && pwd)
list=$here/tritonserver.txt
peers=${CONCH_PEERS:-$HOME/.cache/conch/peers}
home=$peers/tritonserver
stamp=$home/.conch-installed

say() { printf '%s\n' "conch: $*" >&2; }
stop() {
  say "$1"
  shift
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}

wanted=$(cat "$list" "$here/tritonserver.sh" | cksum)
is_installed() { [ -x "$home/bin/tritonserver" ] && [ -r "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }

# The library that Triton's Python stub loads: absent where Python was built without a shared one.
libpython_of() {
  "$1" - 2>/dev/null <<'PYTHON'
import os, sys, sysconfig
if sys.version_info[:2] not in ((3, 11), (3, 12)) or sys.implementation.name != 'cpython': sys.exit(1)
name = sysconfig.get_config_var('INSTSONAME') or ''
places = [sysconfig.get_config_var('LIBDIR') or '', '/usr/lib/x86_64-linux-gnu', '/usr/lib64']
found = [place for place in places if '.so' in name and os.path.exists(os.path.join(place, name))]
if not found: sys.exit(1)
print(found[0])
PYTHON
}

find_python() {
  for python in ${PYTHON:-python3.11 python3.12 python3}; do
    libpython=$(libpython_of "$python") && return 0
  done
  stop 'tritonserver needs Python 3.11 or 3.12 with a shared libpython, and none was found.' \
    'On Debian and Ubuntu: apt-get install python3 python3-venv libpython3.11 (or libpython3.12).' \
    'To use a certain one: PYTHON=/path/to/python3.11 scripts/peers/tritonserver.sh'
}

need_machine() {
  [ "$(uname -sm)" = 'Linux x86_64' ] || stop "there is no tritonserver for $(uname -sm): the wheel is for Linux on x86-64."
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | cut -d' ' -f2)
  printf '2.35\n%s\n' "${glibc:-0}" | sort -CV || stop "tritonserver needs glibc 2.35 or newer; here it is ${glibc:-not glibc}."
}

install() {
  say 'installing tritonserver 2.51.0 (once, about 20 s)...'
  rm -rf "$home"
  mkdir -p "$home/bin"
  "$python" -m venv "$home/venv" >"$log" 2>&1 || stop "$python could not make a virtual environment." "$(tail -n 3 "$log")" 'On Debian: apt-get install python3-venv'
  "$home/venv/bin/python3" -m pip install --quiet --disable-pip-version-check --no-input --only-binary=:all: --no-deps --require-hashes -r "$list" >"$log" 2>&1 ||
    stop 'pip could not install tritonserver.' "$(tail -n 5 "$log")" "pip's whole output: $log"

  site=$("$home/venv/bin/python3" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  minor=$("$home/venv/bin/python3" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  cp -R "$site/pytriton/tritonserver/backends" "$home/backends"
  cp "$site/pytriton/tritonserver/python_backend_stubs/$minor/triton_python_backend_stub" "$home/backends/python/"
  chmod +x "$site/pytriton/tritonserver/bin/tritonserver" "$home/backends/python/triton_python_backend_stub"

  # The stub starts the python3 that comes first on the PATH, so the virtual environment has to.
  cat >"$home/bin/tritonserver" <<WRAPPER
#!/bin/sh
export PATH='$home/venv/bin':"\$PATH"
export LD_LIBRARY_PATH='$site/nvidia_pytriton.libs:$libpython'"\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
exec '$site/pytriton/tritonserver/bin/tritonserver' "\$@"
WRAPPER
  chmod +x "$home/bin/tritonserver"
  "$home/bin/tritonserver" --help >"$log" 2>&1 || grep -q 'Usage: tritonserver' "$log" ||
    stop 'the tritonserver that was installed does not run on this machine.' "$(tail -n 3 "$log")"
  printf '%s\n' "$wanted" >"$stamp"
}

if ! is_installed; then
  need_machine
  find_python
  mkdir -p "$peers"
  log=$peers/tritonserver-install.log
  # Two installs at once would write over each other; the lock goes with the process that holds it.
  exec 9>"$peers/tritonserver.lock"
  flock -w 600 9 || stop "another install has held $peers/tritonserver.lock for ten minutes."
  is_installed || install
fi
printf '%s\n' "$home"
