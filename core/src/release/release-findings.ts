import { type Finding, hasError } from '../base/finding.ts';
import { tritonMinor } from '../base/triton-version.ts';
import { answered, isUnseen } from '../base/asking.ts';
import { Repository } from '../model/check-repository.ts';
import { type Conditions, defaultSettings } from '../model/conditions.ts';
import { treeOf } from '../model/made-up-tree.ts';
import type { Pieces } from './agree/rule.ts';
import { disagreements } from './agree.ts';
import { repositoryPath } from './layout.ts';

/**
 * Why a release would not load, or would not keep its contract: where its pieces disagree, and what Triton would refuse of its configuration
 * on the runtime that it pins. Pack and the rollout's Validate both ask this. Advice is left to `conch check`.
 */
export function releaseFindings(pieces: Pieces): Finding[] {
  const own = disagreements(pieces);
  const has = hasError(own);
  const repository = new Repository(repositoryPath, conditionsOf(pieces));
  const said = [pieces.contract.model, ...Object.keys(pieces.beside)].flatMap((model) => {
    const report = answered(repository.check(model), answers(pieces));
    return isUnseen(report) ? [] : report.findings.filter(({ severity }) => severity === 'error');
  });
  // What is missing was said already, beside the contract that names it.
  return [...own, ...said.filter(({ code }) => !(has && isAboutFiles(code)))];
}

/** Servers of a release run with auto-complete off: what it says is all there is. */
function conditionsOf({ contract: { runtime, resources } }: Pieces): Conditions {
  return {
    triton: tritonMinor(runtime.triton),
    gpus: resources.gpu.class === 'cpu' ? [] : 'unknown',
    server: { ...defaultSettings, autoComplete: false },
    backends: 'judged',
  };
}

function answers({ files }: Pieces): ReturnType<typeof treeOf> {
  const encoder = new TextEncoder();
  return treeOf(
    files.map(({ path, size, text, bytes }) => ({ path, size, bytes: bytes ?? (text === undefined ? undefined : encoder.encode(text)) })),
  );
}

const isAboutFiles = (code: string): boolean =>
  code.startsWith('layout/') || code.startsWith('warmup/file') || code === 'config/name-mismatch';
