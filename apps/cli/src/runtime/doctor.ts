import { embedded } from '#adapters/runtime/embedded.ts';
import { tritonserver } from '#adapters/runtime/tritonserver.ts';
import type { Finding } from '#core/base/finding.ts';
import type { Ms } from '#core/base/time.ts';
import { lookAround } from './around.ts';
import { type Examined, examine } from './examine.ts';
import { runtimesHere } from './runtimes-here.ts';

export type Examination = Examined & { readonly runtime: 'embedded' | 'tritonserver'; readonly version: string; readonly place?: string };
export type Diagnosis = { readonly runtimes: readonly Examination[]; readonly around: readonly Finding[] };

/** Tries every runtime there is, one after the other, and tells each as it is done. */
export async function diagnose({
  patienceMs,
  signal,
  told,
}: {
  readonly patienceMs: Ms;
  readonly signal: AbortSignal;
  readonly told: (one: Examination) => void;
}): Promise<Diagnosis> {
  const around = await lookAround();
  const here = await runtimesHere(signal);
  const runtimes: Examination[] = [];
  const tell = (one: Examination): void => {
    runtimes.push(one);
    told(one);
  };
  const ours = { runtime: embedded(), place: 'embedded', has: { onnx: true, python: false }, patienceMs, signal };
  const { version, findings } = here.embedded;
  tell({ runtime: 'embedded', version, ...(findings.length > 0 ? { works: [], findings } : await examine(ours)) });
  for (const found of here.tritonservers) {
    if (signal.aborted) break;
    const about = { runtime: 'tritonserver', version: found.version, place: found.binary } as const;
    if (found.findings.length > 0) {
      tell({ ...about, works: [], findings: found.findings });
      continue;
    }
    const has = { onnx: found.onnx !== 'none', python: found.backends.includes('python') };
    const examined = await examine({ runtime: tritonserver({ found }), place: found.binary, has, patienceMs, signal });
    tell({ ...about, ...examined, findings: [...examined.findings, ...(has.onnx ? [] : [noOnnx(found)])] });
  }
  return { runtimes, around };
}

const noOnnx = ({ binary, backendFolder }: { binary: string; backendFolder: string }): Finding => ({
  code: 'runtime/no-onnx',
  severity: 'warning',
  place: { file: binary },
  says: `it cannot run ONNX models: ${backendFolder} has neither a backend for them nor the Python backend that ours runs on`,
  fix: 'use an image with the onnxruntime backend, or put the python backend there; conch runtime install tritonserver brings one that can',
});
