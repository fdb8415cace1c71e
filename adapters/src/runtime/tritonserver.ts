import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, short } from '#core/base/digest.ts';
import { serverFlags } from '#core/release/server-flags.ts';
import type { Runtime } from '#core/ports/agent.ts';
import { lostPython } from './lost-python.ts';
import { type Ports, startServerProcess } from './server-process.ts';

export type TritonserverOptions = {
  /** The folder that scripts/peers/tritonserver.sh prints. */
  readonly home: string;
  readonly logFolder?: string;
  /** For tests: where ports come from. */
  readonly pickPorts?: () => Promise<Ports>;
};

/** The real tritonserver, with a backend of ours for ONNX models on the CPU. */
export function tritonserver({ home, ...options }: TritonserverOptions): Runtime {
  let backends: string | undefined;
  const binary = join(home, 'bin', 'tritonserver');
  const setpriv = programOnPath('setpriv');
  return {
    name: 'tritonserver',
    start: ({ id, repository }) => {
      backends ??= backendFolder(home);
      const flags = [
        `--model-repository=${repository}`,
        `--backend-directory=${backends}`,
        ...serverFlags,
        '--http-address=127.0.0.1',
        '--allow-grpc=false',
        // Our backend computes on the CPU; the monitor of GPUs would only complain.
        '--allow-gpu-metrics=false',
      ];
      return startServerProcess({
        ...options,
        id,
        ailing: lostPython(),
        command: ({ http, metrics }) => {
          const args = [...flags, `--http-port=${http}`, `--metrics-port=${metrics}`];
          // Triton does not notice that its parent was killed; the kernel tells it.
          // Its Python processes begin as bash, which takes a socket on its input for somebody who logs in from afar, reads ~/.bashrc,
          // and may then find another Python than ours. (Seen where SHLVL is unset or 0, as below systemd.)
          const input = 'none' as const;
          return setpriv ? { file: setpriv, args: ['--pdeathsig', 'TERM', binary, ...args], input } : { file: binary, args, input };
        },
      });
    },
  };
}

/** Where `scripts/peers/tritonserver.sh` installs it, when it is there. */
export function installedTritonserver(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const home = join(env.CONCH_PEERS ?? join(homedir(), '.cache', 'conch', 'peers'), 'tritonserver');
  return isThere(join(home, '.conch-installed'), constants.R_OK) && isThere(join(home, 'bin', 'tritonserver'), constants.X_OK)
    ? home
    : undefined;
}

/**
 * Triton takes one folder of backends: its Python backend, and ours that runs on it. Made once per text of ours, complete or not at all;
 * a copy, as Python writes its cache beside it.
 */
function backendFolder(home: string): string {
  const ours = fileURLToPath(new URL('./onnxruntime-backend/model.py', import.meta.url));
  const folder = join(home, `backends-${short(digestOf(readFileSync(ours)))}`);
  if (isThere(folder, constants.R_OK)) return folder;
  const made = mkdtempSync(join(home, 'backends-'));
  chmodSync(made, 0o755);
  symlinkSync(join(home, 'backends', 'python'), join(made, 'python'));
  mkdirSync(join(made, 'onnxruntime'));
  copyFileSync(ours, join(made, 'onnxruntime', 'model.py'));
  try {
    renameSync(made, folder);
  } catch (thrown) {
    // Another process was quicker, with the same.
    if (!isThere(folder, constants.R_OK)) throw thrown;
    rmSync(made, { recursive: true });
  }
  return folder;
}

function programOnPath(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return places.find((place) => isThere(place, constants.X_OK));
}

function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
