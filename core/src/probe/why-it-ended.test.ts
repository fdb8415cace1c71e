import { match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { fixByReason } from './fix-by-reason.ts';
import { readServerTable } from './server-table.ts';
import { missingLibrary, type ProcessEnd, whyItEnded } from './why-it-ended.ts';

const exit = (code: number, ...lines: string[]): ProcessEnd => ({ is: 'exit', code, lines });
const library =
  'tritonserver: error while loading shared libraries: libdcgm.so.3: cannot open shared object file: No such file or directory';

/** How it ended, what is said, and what is to be done about it. */
const ends: readonly (readonly [string, ProcessEnd, string, RegExp, RegExp])[] = [
  [
    'a missing library',
    exit(127, library),
    'runtime/missing-library',
    /libdcgm\.so\.3 is missing/,
    /datacenter-gpu-manager.*ldd \/t lists/,
  ],
  [
    'a missing library of the Python stub',
    exit(
      1,
      '/b/triton_python_backend_stub: error while loading shared libraries: libpython3.10.so.1.0: cannot open shared object file: No',
    ),
    'runtime/missing-library',
    /libpython3\.10\.so\.1\.0 of its Python stub/,
    /shared libpython/,
  ],
  [
    'a system that is too old',
    exit(1, "/t: /lib/libc.so.6: version `GLIBC_2.38' not found (required by /t)"),
    'runtime/old-system',
    /no GLIBC_2\.38/,
    /newer distribution/,
  ],
  [
    'a port in use',
    exit(1, 'E1127 main.cc:245] "failed to start HTTP service: Unavailable - Socket \'0.0.0.0:8000\' already in use "'),
    'runtime/port',
    /port 0\.0\.0\.0:8000 is in use/,
    /ss -ltnp/,
  ],
  ['a full /dev/shm', exit(1, 'Error: No space left on device'), 'runtime/shared-memory', /full/, /--shm-size/],
  [
    'a hang',
    { is: 'late', afterMs: 30_000, lines: ['I1127 x.cc] "loading"', 'waiting'] },
    'runtime/hangs',
    /not ready after 30\.0 s.*waiting/,
    /by hand/,
  ],
  ['a crash', { is: 'signal', signal: 'SIGSEGV', lines: [] }, 'runtime/crashed', /crashed \(SIGSEGV\); it says nothing/, /install it anew/],
  ['the memory of a container', { is: 'signal', signal: 'SIGKILL', lines: [] }, 'runtime/killed', /from outside/, /memory/],
  ['an old CPU', { is: 'signal', signal: 'SIGILL', lines: [] }, 'runtime/crashed', /CPU does not have/, /build/],
  [
    'another kind of machine',
    { is: 'not-started', errno: 'ENOEXEC', lines: [] },
    'runtime/not-started',
    /another kind of machine/,
    /uname -m/,
  ],
  ['no right to execute it', { is: 'not-started', errno: 'EACCES', lines: [] }, 'runtime/not-started', /may not be executed/, /chmod/],
  ['a shell that finds nothing', exit(127, 'sh: x: not found'), 'runtime/broken', /exit code 127.*x: not found/, /by hand/],
  [
    'an end by itself',
    exit(1, 'error: creating server: Internal - no', '| table |', ''),
    'runtime/ended',
    /last words: error: creating server/,
    /words/,
  ],
];

for (const [says, end, code, words, fix] of ends) {
  test(`${says} is said as what it is (${code}), and how to mend it`, () => {
    const why = whyItEnded(end, '/t');
    strictEqual(why.code, code);
    match(why.says, words);
    match(why.fix ?? '', fix);
  });
}

test('the library that lacks is named, and none where none lacks', () => {
  strictEqual(missingLibrary(['x', library]), 'libdcgm.so.3');
  strictEqual(missingLibrary(['all is well']), undefined);
});

test('what a tritonserver prints of itself gives version, extensions, and how many GPUs it uses', () => {
  const table = [
    '| Option            | Value              |',
    '| server_version    | 2.51.0             |',
    '| server_extensions | statistics logging |',
  ];
  const gpu = (id: number) => `I1127 cuda_memory_manager.cc:107] "CUDA memory pool is created on device ${id} with size 67108864"`;
  strictEqual(readServerTable(['a tale of something else']), undefined);
  strictEqual(readServerTable(table)?.version, '2.51.0');
  strictEqual(readServerTable(table)?.extensions.join(), 'statistics,logging');
  strictEqual(readServerTable(table)?.gpus, 'not-built');
  strictEqual(readServerTable([...table, 'I1127 cuda_memory_manager.cc:117] "CUDA memory pool disabled"'])?.gpus, 0);
  strictEqual(readServerTable([gpu(0), gpu(1), ...table])?.gpus, 2);
});

/** Reasons as Triton 2.51 gives them. */
const reasons: readonly (readonly [string, RegExp])[] = [
  [
    "Internal: Unable to initialize shared memory key 'triton_python_backend_shm_region_81' to requested size (1048576 bytes).",
    /--shm-size 1g/,
  ],
  ["Internal: ModuleNotFoundError: No module named 'numpy'", /install that module/],
  ['Not found: triton_python_backend_stub is not found. Searched paths: /b/python', /lacks the stub/],
  ['model appears in two or more repositories', /one folder/],
  ['something new', /conch check/],
];

for (const [reason, fix] of reasons) test(`a model that does not load: ${reason.slice(0, 60)}`, () => match(fixByReason(reason), fix));
