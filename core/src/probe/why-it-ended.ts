import type { Finding } from '../base/finding.ts';
import { formatDuration, type Ms } from '../base/time.ts';

/** How a server's process ended, or did not, and what it wrote. */
export type ProcessEnd = { readonly lines: readonly string[] } & (
  | { readonly is: 'exit'; readonly code: number }
  | { readonly is: 'signal'; readonly signal: string }
  /** It was not heard from in time, and was ended. */
  | { readonly is: 'late'; readonly afterMs: Ms }
  | { readonly is: 'not-started'; readonly errno: string }
);

type Said = Pick<Finding, 'code' | 'says' | 'fix'>;

/** Why a runtime does not run, in words that say what to do; out of what it wrote first, as exit codes say little. */
export function whyItEnded(end: ProcessEnd, binary: string): Said {
  if (end.is === 'not-started') return notStarted(end.errno);
  for (const line of end.lines) {
    for (const [words, said] of causes) if (words.test(line)) return said(words.exec(line) ?? [], line, binary);
  }
  const last = lastWords(end.lines);
  const words = last === '' ? 'it says nothing' : `its last words: ${last}`;
  switch (end.is) {
    case 'late':
      return {
        code: 'runtime/hangs',
        says: `it hangs: not ready after ${formatDuration(end.afterMs)}, and was ended; ${words}`,
        fix: 'start it by hand and look where it stands',
      };
    case 'signal':
      return bySignal(end.signal, words);
    case 'exit':
      return end.code === 127 || end.code === 126
        ? {
            code: 'runtime/broken',
            says: `it cannot be run (exit code ${end.code}); ${words}`,
            fix: `what it needs is missing: try ${binary} --help by hand`,
          }
        : {
            code: 'runtime/ended',
            says: `it ended by itself (exit code ${end.code}); ${words}`,
            fix: 'its words say why; start it by hand to see all of them',
          };
  }
}

/** The shared library that the loader of the system did not find, when that is what a line says. */
export function missingLibrary(lines: readonly string[]): string | undefined {
  return lines.map((line) => libraryWords.exec(line)?.[1]).find((name) => name !== undefined);
}

const libraryWords = /error while loading shared libraries: ([^\s:]+): cannot open shared object file/;

const causes: readonly (readonly [RegExp, (match: readonly string[], line: string, binary: string) => Said])[] = [
  [
    libraryWords,
    ([, name = ''], line, binary) => ({
      code: 'runtime/missing-library',
      says: /stub/.test(line) ? `the shared library ${name} of its Python stub is missing` : `the shared library ${name} is missing`,
      fix: `${providerOf(name)}; ldd ${/^(\/\S+): error while/.exec(line)?.[1] ?? binary} lists all that it wants`,
    }),
  ],
  [
    /version `?(GLIBC(?:XX)?_[\d.]+)' not found/,
    ([, version = '']) => ({
      code: 'runtime/old-system',
      says: `this system is too old for it: it has no ${version}`,
      fix: "run it on a newer distribution, or in NVIDIA's image",
    }),
  ],
  [
    /Socket '([^']*)' already in use|Address already in use|EADDRINUSE/,
    ([, socket]) => ({
      code: 'runtime/port',
      says: `${socket ? `port ${socket}` : 'a port'} is in use`,
      fix: 'end what listens there (ss -ltnp says what), or give other ports: --http-port, --grpc-port, --metrics-port',
    }),
  ],
  [
    /No space left on device|shm-size/,
    () => ({
      code: 'runtime/shared-memory',
      says: 'a disk or /dev/shm is full',
      fix: 'look with df -h /dev/shm /tmp; in a container: docker run --shm-size 1g',
    }),
  ],
  [/cannot execute binary file|Exec format error|ELF: not found/i, () => notStarted('ENOEXEC')],
];

function notStarted(errno: string): Said {
  const code = 'runtime/not-started';
  switch (errno) {
    case 'EACCES':
      return { code, says: 'it may not be executed', fix: 'chmod +x it, and look whether its disk is mounted noexec' };
    case 'ENOEXEC':
      return {
        code,
        says: 'it is made for another kind of machine, or is no program',
        fix: 'take one for this machine (uname -m says which)',
      };
    case 'ENOENT':
      return { code, says: 'it is not there, or what its first line names is not', fix: 'install it anew' };
    default:
      return { code, says: `it could not be started: ${errno}`, fix: 'try to start it by hand' };
  }
}

function bySignal(signal: string, words: string): Said {
  switch (signal) {
    case 'SIGKILL':
      return {
        code: 'runtime/killed',
        says: `it was killed from outside; ${words}`,
        fix: 'most often memory was short: dmesg says so, and a container its limit',
      };
    case 'SIGILL':
      return { code: 'runtime/crashed', says: 'it crashed on an instruction that this CPU does not have', fix: 'use a build for this CPU' };
    default:
      return {
        code: 'runtime/crashed',
        says: `it crashed (${signal}); ${words}`,
        fix: 'install it anew, and if it crashes again, report it with its whole output',
      };
  }
}

/** Where a library is to be had that often lacks. */
function providerOf(name: string): string {
  for (const [pattern, says] of providers) if (pattern.test(name)) return says;
  return 'install what brings it (apt-file search, dnf provides), or set LD_LIBRARY_PATH to its folder';
}

const providers: readonly (readonly [RegExp, string])[] = [
  [/^libdcgm/, 'install datacenter-gpu-manager (DCGM) of the version that this tritonserver was built with'],
  [/^libpython(3\.\d+)/, 'install the shared libpython of that version (on Debian: libpython3.x), or set LD_LIBRARY_PATH to its folder'],
  [/^lib(cuda|nvidia-ml)\.so/, "install NVIDIA's driver; in a container, start it with --gpus or the NVIDIA runtime"],
  [
    /^lib(cudart|cublas|cudnn|cufft|curand|cusparse|nvrtc|nccl|nvinfer)/,
    "install the CUDA libraries of that version, or run it in NVIDIA's image; with the wheel, set LD_LIBRARY_PATH to nvidia_pytriton.libs",
  ],
];

/** The last line that says something: tables and what is logged as information do not. */
function lastWords(lines: readonly string[]): string {
  const words = lines.filter((line) => line.trim() !== '' && !/^[|+]|^[IW]\d{4} |^Signal \(/.test(line));
  return (words.at(-1) ?? lines.findLast((line) => line.trim() !== '') ?? '').trim().slice(0, 300);
}
