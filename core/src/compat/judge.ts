import type { Finding } from '../base/finding.ts';
import type { RuntimeFacts } from './facts.ts';
import { backendVerdicts } from './judge-backend.ts';
import { capabilityVerdicts } from './judge-capability.ts';
import { driverVerdicts } from './judge-driver.ts';
import { onnxVerdicts } from './judge-onnx.ts';
import { tensorRtVerdicts } from './judge-tensorrt.ts';
import type { Target } from './target.ts';
import { newestTriton, tritonVersion } from './triton-versions.ts';
import type { Verdict } from './verdict.ts';

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
