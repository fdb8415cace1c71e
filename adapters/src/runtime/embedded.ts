import { serverFlags } from '#core/release/server-flags.ts';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '#core/ports/agent.ts';
import { type Ports, startServerProcess } from './server-process.ts';

export type EmbeddedOptions = {
  /** The Node.js that runs it; ours when not given. */
  readonly nodePath?: string;
  readonly logFolder?: string;
  /** Port per server that takes faults on purpose: for tests and benchmarks. */
  readonly adminPort?: (id: string) => number;
  /** For tests: where ports come from. */
  readonly pickPorts?: () => Promise<Ports>;
};

/** The runtime of ours: ONNX models on the CPU behind Triton's protocol, a process per server. For rehearsal. */
export function embedded({ nodePath = process.execPath, adminPort, ...options }: EmbeddedOptions = {}): Runtime {
  const main = fileURLToPath(new URL('../../../apps/runtime/src/main.ts', import.meta.url));
  return {
    name: 'embedded',
    start: ({ id, repository }) =>
      startServerProcess({
        ...options,
        id,
        command: ({ http, metrics }) => ({
          file: nodePath,
          args: [
            main,
            `--model-repository=${repository}`,
            '--http-address=127.0.0.1',
            `--http-port=${http}`,
            `--metrics-port=${metrics}`,
            ...serverFlags,
            '--allow-grpc=false',
            '--exit-with-parent=true',
            ...(adminPort ? [`--admin-port=${adminPort(id)}`] : []),
          ],
        }),
      }),
  };
}
