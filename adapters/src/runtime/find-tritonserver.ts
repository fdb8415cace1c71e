import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Fault } from '#core/base/fault.ts';

/** A tritonserver of this machine, as its folders show it; nothing was started. */
export type FoundTritonserver = {
  readonly binary: string;
  /** Where it was found: named by CONCH_TRITONSERVER, on the PATH, in NVIDIA's folder, or installed by us. */
  readonly by: 'named' | 'path' | 'opt' | 'installed';
  /** Where its backends are. */
  readonly backendFolder: string;
  readonly backends: readonly string[];
  /** What would run an ONNX model: its own backend, ours on its Python backend, or nothing. */
  readonly onnx: 'native' | 'python' | 'none';
};

/** Where NVIDIA's images have it. */
const nvidiaFolder = '/opt/tritonserver';

export type Env = Readonly<Record<string, string | undefined>>;

/** The folder that `conch runtime install` and scripts/peers install into. */
export function peersFolder(env: Env = process.env): string {
  return env['CONCH_PEERS'] || join(homedir(), '.cache', 'conch', 'peers');
}

/**
 * Every tritonserver there is: one that CONCH_TRITONSERVER names, those on the PATH, NVIDIA's, the one that we installed. One that is
 * reached in two ways stands where it is found first.
 */
export function findTritonservers(env: Env = process.env, opt = nvidiaFolder): FoundTritonserver[] {
  const named = env['CONCH_TRITONSERVER'];
  if (named && programAt(named) === undefined) {
    const says = `CONCH_TRITONSERVER names ${named}, which is no program; name a tritonserver, or unset it`;
    throw new Fault('runtime/missing', says, { isRetryable: false });
  }
  const installed = installedTritonserver(env);
  const places: (readonly [FoundTritonserver['by'], string])[] = [
    ...(named ? [['named', named] as const] : []),
    ...(env['PATH'] ?? '').split(delimiter).map((folder) => ['path', join(folder || '.', 'tritonserver')] as const),
    ['opt', join(opt, 'bin', 'tritonserver')],
    ...(installed === undefined ? [] : [['installed', join(installed, 'bin', 'tritonserver')] as const]),
  ];
  const found = new Map<string, FoundTritonserver>();
  for (const [by, place] of places) {
    const binary = programAt(place);
    if (binary !== undefined && !found.has(binary)) found.set(binary, tritonserverAt(binary, by, opt));
  }
  return [...found.values()];
}

/** The one that a local world runs servers on: the first that can run ONNX models, else the first. */
export function chosenTritonserver(found: readonly FoundTritonserver[]): FoundTritonserver | undefined {
  return found.find(({ onnx, by }) => onnx !== 'none' || by === 'named') ?? found[0];
}

/** Where `scripts/peers/tritonserver.sh` installs it, when it is there, and whole. */
export function installedTritonserver(env: Env = process.env): string | undefined {
  const home = join(peersFolder(env), 'tritonserver');
  return isThere(join(home, '.conch-installed'), constants.R_OK) && programAt(join(home, 'bin', 'tritonserver')) !== undefined
    ? home
    : undefined;
}

export function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** What lies around a binary. */
export function tritonserverAt(binary: string, by: FoundTritonserver['by'], opt = nvidiaFolder): FoundTritonserver {
  const beside = join(dirname(dirname(binary)), 'backends');
  // A tritonserver elsewhere has this folder built in.
  const backendFolder = isThere(beside, constants.R_OK) ? beside : join(opt, 'backends');
  const backends = backendsIn(backendFolder);
  const isNative = isThere(join(backendFolder, 'onnxruntime', 'libtriton_onnxruntime.so'), constants.R_OK);
  const onnx = isNative ? 'native' : backends.includes('python') ? 'python' : 'none';
  return { binary, by, backendFolder, backends, onnx };
}

/** Folders that hold a backend: its library, or the Python code of one. */
function backendsIn(folder: string): string[] {
  const list = (path: string): string[] => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  };
  return list(folder)
    .filter((name) => list(join(folder, name)).some((file) => file.startsWith(`libtriton_${name}`) || file === 'model.py'))
    .sort();
}

/** The file itself, past links: backends lie beside it. */
function programAt(place: string): string | undefined {
  try {
    const path = realpathSync(place);
    return statSync(path).isFile() && isThere(path, constants.X_OK) ? path : undefined;
  } catch {
    return undefined;
  }
}
