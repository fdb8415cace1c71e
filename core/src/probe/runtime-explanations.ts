import type { Explanation } from '../model/rules/rule.ts';

// Why no real server was asked; what has none of these was seen of a tritonserver 2.51.0.
const machine = 'it is about the machine, and no server comes to start';
const installing = 'it is about an install of ours';
const choosing = 'it is about which program is taken';

/** Why a runtime does not start, or not for long. */
const endExplains: readonly Explanation[] = [
  {
    code: 'runtime/missing-library',
    severity: 'error',
    means:
      'A shared library that the server or its Python stub needs is not found, so it does not start. Of the embedded runtime it is ONNX Runtime, which is not there for this kind of machine.',
    example: 'tritonserver: error while loading shared libraries: libdcgm.so.3: cannot open shared object file: No such file or directory',
    fix: 'install what the finding names, or set LD_LIBRARY_PATH to its folder; ldd on the file lists all that it wants',
    unrefereed: machine,
  },
  {
    code: 'runtime/old-system',
    severity: 'error',
    means: 'The program was built for a newer system: the C or C++ library of this one lacks a version that it wants.',
    example: "tritonserver: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by tritonserver)",
    fix: "run it on a newer distribution, or in NVIDIA's image",
    unrefereed: machine,
  },
  {
    code: 'runtime/not-started',
    severity: 'error',
    means: 'The system does not start the file: it may not be executed, is made for another kind of machine, or is not there any more.',
    example: 'tritonserver of arm64 on a machine of x86-64:\nit is made for another kind of machine, or is no program',
    fix: 'chmod +x it, or take one for this machine (uname -m says which)',
    unrefereed: machine,
  },
  {
    code: 'runtime/broken',
    severity: 'error',
    means:
      'It cannot be run: it ended with exit code 126 or 127, with which a shell says that something was not found or may not be executed.',
    example: 'it cannot be run (exit code 127); its last words: tritonserver: 12: exec: /opt/old/tritonserver: not found',
    fix: 'start it by hand, and correct what it does not find: mostly it is a script that calls something else',
    unrefereed: machine,
  },
  {
    code: 'runtime/ended',
    severity: 'error',
    means: 'The server ended by itself before it could be asked anything. Its last words, which the finding quotes, mostly say why.',
    triton: 'error: creating server: Internal - …',
    example: 'it ended by itself (exit code 1); its last words: error: creating server: Internal - failed to load all models',
    fix: 'do as its words say; start it by hand to see all of them',
  },
  {
    code: 'runtime/hangs',
    severity: 'error',
    means: 'It neither opened its ports nor ended in the time that it was given, and was ended then.',
    example: 'it hangs: not ready after 30.0 s, and was ended; its last words: …',
    fix: 'conch runtime doctor --timeout 2m waits longer; else start it by hand, and look where it stands',
    unrefereed: machine,
  },
  {
    code: 'runtime/killed',
    severity: 'error',
    means: 'Something outside ended it with SIGKILL: most often the system did, as memory was short, or a container reached its limit.',
    example: 'it was killed from outside; its last words: …',
    fix: 'look with dmesg, or at the limit of the container, and give it more memory',
    unrefereed: machine,
  },
  {
    code: 'runtime/crashed',
    severity: 'error',
    means:
      'It crashed. With SIGILL it was built for a newer CPU than this one; any other signal is mostly a fault of it, or of a library that it uses.',
    example: 'it crashed (SIGSEGV); it says nothing',
    fix: 'install it anew, or take a build for this CPU; if it crashes again, report it with its whole output',
    unrefereed: machine,
  },
  {
    code: 'runtime/port',
    severity: 'error',
    means:
      'A port that the server wants is in use. Where conch runtime doctor finds 8000, 8001 or 8002 taken it is a warning: only a server that nobody gives other ports minds.',
    triton: "failed to start HTTP service: Unavailable - Socket '…' already in use ",
    example: 'localhost  warning  runtime/port  in use: 8000 (HTTP), which a server takes when nobody says others',
    fix: 'end what listens there (ss -ltnp says what), or give other ports: --http-port, --grpc-port, --metrics-port',
  },
  {
    code: 'runtime/shared-memory',
    severity: 'error',
    means:
      'A disk or the shared memory is full, so the server did not start. Where conch runtime doctor finds less than 32 MB free in /dev/shm it is a warning: each instance of a Python model takes at least 1 MB.',
    example: '/dev/shm  warning  runtime/shared-memory  3.2 MB are free; each instance of a Python model takes at least one',
    fix: 'look with df -h /dev/shm /tmp; a container gets more by docker run --shm-size 1g, or an emptyDir of medium Memory at /dev/shm',
    unrefereed: machine,
  },
];

/** What a runtime that starts cannot do. */
const triedExplains: readonly Explanation[] = [
  {
    code: 'runtime/model',
    severity: 'error',
    means:
      'The server runs, and a tiny model of ours does not load on it, does not answer, or answers wrongly; so models of that kind will not do either.',
    triton: "failed to load '…' version …: …",
    example: 'a Python model does not load: Internal: Unable to initialize shared memory key … Error: No space left on device',
    fix: 'do what the finding says, which goes by the reason that Triton gives',
  },
  {
    code: 'runtime/stub',
    severity: 'error',
    means:
      'A Python model loads and loads: the Python process that should run it has died or hangs. Triton does not notice, waits, and keeps its ports closed meanwhile.',
    example: 'it still loads a Python model after 30.0 s: its Python stub has died or hangs, which Triton does not notice',
    fix: 'let its python3 be of the version that the stub was built for, with its libpython and numpy: conch runtime install tritonserver brings both',
  },
  {
    code: 'runtime/no-onnx',
    severity: 'warning',
    means:
      "This tritonserver cannot run ONNX models: it has neither the onnxruntime backend nor the Python backend, on which Conch's own runs.",
    example:
      'it cannot run ONNX models: /opt/tritonserver/backends has neither a backend for them nor the Python backend that ours runs on',
    fix: 'take an image with the onnxruntime backend, or put the Python backend there; conch runtime install tritonserver brings one that can',
    unrefereed: choosing,
  },
];

/** Which program is taken for a tritonserver, and how one gets here. */
const hereExplains: readonly Explanation[] = [
  {
    code: 'runtime/no-version',
    severity: 'error',
    means:
      'What is called tritonserver starts, and does not print what a tritonserver prints of itself: it is another program, or a script around one.',
    example: '/usr/local/bin/tritonserver  error  runtime/no-version  it does not start as a tritonserver does: it prints "usage: …"',
    fix: 'take it off the PATH if it is none; another is named with CONCH_TRITONSERVER=/path/to/tritonserver',
    unrefereed: choosing,
  },
  {
    code: 'runtime/missing',
    severity: 'error',
    means:
      'There is no tritonserver on this machine, or the one that CONCH_TRITONSERVER names is none. Nothing else is taken in its place.',
    example: 'conch demo --runtime tritonserver  error  runtime/missing  there is no tritonserver on this machine',
    fix: 'conch runtime install tritonserver; or name one with CONCH_TRITONSERVER=/path/to/tritonserver',
    unrefereed: choosing,
  },
  {
    code: 'runtime/unwritable',
    severity: 'error',
    means: "Conch's ONNX backend goes into a folder of its own beside what it installs, and that folder cannot be written.",
    example: "Conch's ONNX backend cannot be put into /root/.cache/conch/peers: EROFS: read-only file system",
    fix: 'name a folder that can be written: CONCH_PEERS=/var/tmp/conch',
    unrefereed: installing,
  },
  {
    code: 'runtime/install',
    severity: 'error',
    means: 'The install of a tritonserver was interrupted, or this machine lacks what it needs. Nothing of it counts as installed.',
    example: 'conch runtime install tritonserver  # no Python 3.11 or 3.12 with a shared libpython',
    fix: 'do as the finding says, then the same command again: it is done anew',
    unrefereed: installing,
  },
  {
    code: 'runtime/disk',
    severity: 'error',
    means: 'The install of a tritonserver failed for want of space: where it goes, it wants 1 GB.',
    example: 'it wants 1 GB where /root/.cache lies, and there are 212 MB',
    fix: 'make room, or name another folder: CONCH_PEERS=/mnt/large/conch; then the same command again',
    unrefereed: installing,
  },
  {
    code: 'runtime/network',
    severity: 'error',
    means: 'The install of a tritonserver failed, as its packages could not be had from PyPI.',
    example: 'conch runtime install tritonserver  # on a machine without a way to pypi.org',
    fix: 'let this machine reach PyPI or a mirror (PIP_INDEX_URL), or say how with HTTPS_PROXY; then the same command again',
    unrefereed: installing,
  },
];

/** Everything that `conch runtime` may find, and commands with `--runtime tritonserver` beside it. */
export const runtimeExplanations: readonly Explanation[] = [...endExplains, ...triedExplains, ...hereExplains];
