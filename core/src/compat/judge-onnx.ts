import { type OnnxRuntimeVersion, onnxRuntimeVersion } from '../model-file/onnxruntime-versions.ts';
import type { RuntimeFacts } from './facts.ts';
import type { Target } from './target.ts';
import { knownAround, tritonVersion, tritonVersions } from './triton-versions.ts';
import type { Verdict } from './verdict.ts';

type Stamp = {
  readonly code: 'compat/opset' | 'compat/ir-version';
  readonly what: string;
  readonly version: number;
  readonly newest: (row: OnnxRuntimeVersion) => number;
};

/** Whether the ONNX Runtime of the target loads what a model is stamped with. */
export function onnxVerdicts({ backend, onnx }: RuntimeFacts, { triton }: Target): Verdict[] {
  if (backend !== 'onnxruntime' || onnx === undefined || tritonVersion(triton)?.onnxRuntime === 'none') return [];
  return [...opsetsOf(onnx.opsets), ...irOf(onnx.irVersion)].flatMap((stamp) => judge(stamp, triton));
}

const opsetsOf = (opsets: readonly { readonly domain: string; readonly version: number }[]): Stamp[] =>
  opsets.flatMap(({ domain, version }): Stamp[] => {
    if (domain === '' || domain === 'ai.onnx') return [{ code: 'compat/opset', what: 'opset', version, newest: (row) => row.opset }];
    // Domains other than ONNX's own bring their own operators, and are no matter of versions that we know.
    return domain === 'ai.onnx.ml' ? [{ code: 'compat/opset', what: 'ai.onnx.ml opset', version, newest: (row) => row.mlOpset }] : [];
  });

const irOf = (version: number | undefined): Stamp[] =>
  version === undefined ? [] : [{ code: 'compat/ir-version', what: 'IR version', version, newest: (row) => row.ir }];

function judge({ code, what, version, newest }: Stamp, triton: string): Verdict[] {
  const { least, most } = knownAround('onnxRuntime', triton);
  if (reaches(least, version, newest)) return [];
  const first = firstTriton(version, newest);
  const upTo = most === undefined ? undefined : limitOf(most, newest);
  if (most === undefined || upTo === undefined || upTo >= version) {
    const edges = most === undefined ? `at least ${least}` : least === undefined ? `at most ${most}` : `${least} to ${most}`;
    return [{ needs: `the ONNX Runtime of Triton ${triton}, which is ${edges}: does it load ${what} ${version}?` }];
  }
  const runtime = least === most ? `ONNX Runtime ${most}` : `ONNX Runtime ${most} or older`;
  const older = `${code === 'compat/opset' ? 'export the model with' : 'save the model with'} ${what} ${upTo} or older`;
  return [
    {
      code,
      severity: 'error',
      says: `the model has ${what} ${version}, and Triton ${triton} has ${runtime}, which loads up to ${upTo}`,
      fix: first === undefined ? `${older}; no release that we know loads it as it is` : `${older}, or take Triton ${first} or newer`,
    },
  ];
}

const limitOf = (runtime: string, newest: Stamp['newest']): number | undefined => {
  const row = onnxRuntimeVersion(runtime);
  return row && newest(row);
};

const reaches = (runtime: string | undefined, version: number, newest: Stamp['newest']): boolean =>
  runtime !== undefined && (limitOf(runtime, newest) ?? 0) >= version;

function firstTriton(version: number, newest: Stamp['newest']): string | undefined {
  return tritonVersions.find(({ onnxRuntime }) => reaches(onnxRuntime, version, newest))?.container;
}
