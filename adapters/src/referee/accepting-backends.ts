import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, short } from '#core/base/digest.ts';

/** The backends that the referee knows: one that is only its own, and the names that configurations use. */
export const acceptedBackends: readonly string[] = [
  'accept',
  'identity',
  'onnxruntime',
  'tensorrt',
  'pytorch',
  'tensorflow',
  'openvino',
  'dali',
  'fil',
  'python',
  'vllm',
];

const compiler = 'cc';

/**
 * The folder of backends that accept every model, below the folder that tritonserver is installed in. Compiled once per text of ours,
 * complete or not at all. Each has a library of its own file: Triton keeps one open library a path.
 */
export function acceptingBackends(home: string): string {
  const ours = fileURLToPath(new URL('./accepting-backend.c', import.meta.url));
  const text = `${readFileSync(ours, 'utf8')}\n${acceptedBackends.join(' ')}`;
  const folder = join(home, `accepting-backends-${short(digestOf(text))}`);
  if (existsSync(folder)) return folder;
  const made = mkdtempSync(join(home, 'accepting-backends-'));
  chmodSync(made, 0o755);
  const library = join(made, 'library');
  compile(ours, library);
  for (const name of acceptedBackends) {
    mkdirSync(join(made, name));
    copyFileSync(library, join(made, name, `libtriton_${name}.so`));
  }
  rmSync(library);
  try {
    renameSync(made, folder);
  } catch (thrown) {
    // Another process was quicker, with the same.
    if (!existsSync(folder)) throw thrown;
    rmSync(made, { recursive: true });
  }
  return folder;
}

export function hasCompiler(): boolean {
  return spawnSync(compiler, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** The TRITONBACKEND functions are left open: the server that loads the library has them. */
function compile(source: string, library: string): void {
  const { status, stderr, error } = spawnSync(compiler, ['-shared', '-fPIC', '-O1', '-o', library, source], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${compiler} could not compile ${source}: ${error?.message ?? stderr}`);
}
