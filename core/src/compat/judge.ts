import type { Finding, Place } from '../base/finding.ts';
import { backendVerdicts } from './judge-backend.ts';
import { capabilityVerdicts } from './judge-capability.ts';
import { driverVerdicts } from './judge-driver.ts';
import { onnxVerdicts } from './judge-onnx.ts';
import { tensorRtVerdicts } from './judge-tensorrt.ts';
import type { Target } from './target.ts';
import { newestTriton, tritonVersion } from './triton-versions.ts';
import type { Verdict } from './verdict.ts';

/** What of one model decides whether a target can run it. */
export type RuntimeFacts = {
  /** Where the findings point: the model file, or its config.pbtxt. */
  readonly place: Place;
  readonly backend: string;
  /** The stamps of an ONNX file, as it writes them. */
  readonly onnx?: OnnxStamps;
  /** The header of a TensorRT plan, as far as it could be read. */
  readonly tensorRt?: TensorRtStamps;
  /** The kinds of its instance groups. None is KIND_AUTO. */
  readonly kinds: readonly InstanceKind[];
};

export type OnnxStamps = {
  readonly irVersion: number | undefined;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
};

export type TensorRtStamps = {
  /** The TensorRT that built the plan, such as 10.4.0.26; the last part may be missing. */
  readonly version?: string;
  /** The compute capability of the GPU that it was built on. */
  readonly computeCapability?: string;
  readonly isVersionCompatible?: boolean;
  readonly isHardwareCompatible?: boolean;
};

export type InstanceKind = 'KIND_AUTO' | 'KIND_GPU' | 'KIND_CPU' | 'KIND_MODEL';

/** What would stop a model on a target. What cannot be judged is not a finding: `needs` says what we would have to know. */
export function compatibilityFindings(facts: RuntimeFacts, target: Target): { findings: Finding[]; needs: string[] } {
  const verdicts = [
    ...versionVerdicts(target),
    ...backendVerdicts(facts, target),
    ...onnxVerdicts(facts, target),
    ...tensorRtVerdicts(facts, target),
    ...capabilityVerdicts(facts, target),
    ...driverVerdicts(facts, target),
  ];
  return {
    findings: verdicts.flatMap((verdict) => ('needs' in verdict ? [] : [{ ...verdict, place: facts.place }])),
    needs: verdicts.flatMap((verdict) => ('needs' in verdict ? [verdict.needs] : [])),
  };
}

function versionVerdicts({ triton }: Target): Verdict[] {
  if (tritonVersion(triton) !== undefined) return [];
  return [
    {
      code: 'compat/unknown-version',
      severity: 'warning',
      says: `nothing is known of Triton ${triton}: what follows is judged by the releases next to it`,
      fix: `take a release from 23.01 to ${newestTriton}, or a newer Conch`,
    },
  ];
}
