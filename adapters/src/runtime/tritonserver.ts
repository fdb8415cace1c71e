import { chmodSync, constants, copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, short } from '#core/base/digest.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { serverFlags } from '#core/release/server-flags.ts';
import type { Runtime } from '#core/ports/agent.ts';
import { type FoundTritonserver, isThere, peersFolder } from './find-tritonserver.ts';
import { lostPython } from './lost-python.ts';
import { type Ports, startServerProcess } from './server-process.ts';

export type TritonserverOptions = {
  /** The one that is meant, as `findTritonservers` gives it. */
  readonly found: Pick<FoundTritonserver, 'binary' | 'backendFolder' | 'backends' | 'onnx'>;
  readonly logFolder?: string;
  /** For tests: where ports come from. */
  readonly pickPorts?: () => Promise<Ports>;
};

/** The real tritonserver. Where it has no backend for ONNX models, ours runs them, on its Python backend and on the CPU. */
export function tritonserver({ found, ...options }: TritonserverOptions): Runtime {
  let backends: string | undefined;
  const { binary } = found;
  const setpriv = programOnPath('setpriv');
  return {
    name: 'tritonserver',
    start: ({ id, repository }) => {
      backends ??= backendsOf(found);
      const flags = [
        `--model-repository=${repository}`,
        `--backend-directory=${backends}`,
        ...serverFlags,
        '--http-address=127.0.0.1',
        '--allow-grpc=false',
        // Memory is read per process by the agent; the monitor of GPUs would only complain where there are none.
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

/** The one folder of backends that a tritonserver is given, so that it can run ONNX models where that is possible at all. */
export function backendsOf(found: TritonserverOptions['found']): string {
  return found.onnx === 'python' ? withOurBackend(found) : found.backendFolder;
}

/**
 * All of its own, and ours that runs on its Python backend. Made once per text of ours, complete or
 * not at all; a copy, as Python writes its cache beside it. It lies with what we install: that of the tritonserver may not be ours to write.
 */
function withOurBackend({ backendFolder, backends }: TritonserverOptions['found']): string {
  const ours = fileURLToPath(new URL('./onnxruntime-backend/model.py', import.meta.url));
  const peers = peersFolder();
  const key = digestOf([backendFolder, ...backends, readFileSync(ours, 'utf8')].join('\n'));
  const folder = join(peers, `backends-${short(key)}`);
  if (isThere(folder, constants.R_OK)) return folder;
  try {
    makeBackends({ ours, peers, folder }, { backendFolder, backends });
  } catch (cause) {
    const says = `Conch's ONNX backend cannot be put into ${peers}: ${wordsOf(cause)}; name a folder that can be written with CONCH_PEERS`;
    throw new Fault('runtime/unwritable', says, { isRetryable: true, cause });
  }
  return folder;
}

function makeBackends(
  { ours, peers, folder }: { ours: string; peers: string; folder: string },
  { backendFolder, backends }: Pick<FoundTritonserver, 'backendFolder' | 'backends'>,
): void {
  mkdirSync(peers, { recursive: true });
  const made = mkdtempSync(join(peers, 'backends-'));
  chmodSync(made, 0o755);
  for (const name of backends.filter((one) => one !== 'onnxruntime')) symlinkSync(join(backendFolder, name), join(made, name));
  mkdirSync(join(made, 'onnxruntime'));
  copyFileSync(ours, join(made, 'onnxruntime', 'model.py'));
  try {
    renameSync(made, folder);
  } catch (thrown) {
    // Another process was quicker, with the same.
    if (!isThere(folder, constants.R_OK)) throw thrown;
    rmSync(made, { recursive: true });
  }
}

function programOnPath(name: string): string | undefined {
  const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return places.find((place) => isThere(place, constants.X_OK));
}
