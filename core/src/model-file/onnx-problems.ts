import type { Asking } from '../base/asking.ts';
import type { OnnxFacts } from './onnx.ts';
import { externalProblems } from './onnx-external.ts';
import { int32 } from './onnx-opset.ts';
import { operatorProblems } from './onnx-operator-problems.ts';
import type { OnnxPlace, OnnxProblem } from './onnx-problem.ts';
import { type OnnxRuntimeVersion, onnxRuntimeVersion, onnxRuntimeVersions } from './onnxruntime-versions.ts';
import type { Problem } from './problem.ts';

/** All that ONNX Runtime would refuse, in the order in which it looks. Asks for listings where a model has tensors in other files. */
export function* onnxProblems(facts: OnnxFacts, place: OnnxPlace): Asking<readonly OnnxProblem[]> {
  const reach = place.onnxRuntime === undefined ? undefined : onnxRuntimeVersion(place.onnxRuntime);
  const says = place.onnxRuntime === undefined ? 'ONNX Runtime' : `ONNX Runtime ${place.onnxRuntime}`;
  const frame = frameProblems(facts);
  if (frame.length > 0) return frame;
  return [...versionProblems(facts, reach, says), ...operatorProblems(facts, reach), ...(yield* externalProblems(facts.external, place))];
}

/** What ONNX Runtime makes of a file that gave no facts; `undefined` when that is not known. */
export function unreadableOnnx({ problem, why }: Problem): OnnxProblem | undefined {
  switch (why) {
    case 'malformed':
      return { code: 'onnx/not-a-model', says: problem, fix: 'export the model again, or copy it again from where it loads' };
    case 'truncated':
      return { code: 'onnx/truncated', says: problem, fix: 'copy the file again, and compare its size with the original' };
    case 'unseen':
    case 'limit':
      return undefined;
  }
}

/** Measured: protobuf reads no file of 2^31 - 1 bytes, and one that is a byte shorter. */
export function tooLargeForOnnx(size: number): OnnxProblem | undefined {
  const sizeMax = 2 ** 31 - 2;
  if (size <= sizeMax) return undefined;
  return {
    code: 'onnx/too-large',
    says: `the file has ${size} bytes, and protobuf reads at most ${sizeMax}`,
    fix: 'save the weights as external data beside the model',
  };
}

function frameProblems({ hasGraph, opsets, irVersion }: OnnxFacts): OnnxProblem[] {
  if (!hasGraph) {
    return [{ code: 'onnx/no-graph', says: 'the file holds no graph: it is empty, or not an ONNX model', fix: 'export the model again' }];
  }
  if (opsets.length === 0) {
    return [{ code: 'onnx/no-opset', says: 'the model says no opset, so its operators have no meaning', fix: 'export the model again' }];
  }
  if (irVersion === undefined) {
    return [{ code: 'onnx/no-ir-version', says: 'the model says no IR version', fix: 'export the model again' }];
  }
  return [];
}

function versionProblems(
  { irVersion = 0, opsets, functions }: OnnxFacts,
  reach: OnnxRuntimeVersion | undefined,
  runtime: string,
): OnnxProblem[] {
  const asked = [...opsets, ...functions.flatMap((local) => local.opsets)];
  // An opset of ai.onnx passes, however new: only the empty name of the default domain is held against what the release has.
  const newest = (domain: string) => Math.max(0, ...asked.filter((one) => one.domain === domain).map(({ version }) => int32(version)));
  return [
    ...tooNew('ir', 'IR version', irVersion, reach, runtime),
    ...tooNew('opset', 'opset', newest(''), reach, runtime),
    ...tooNew('mlOpset', 'ai.onnx.ml opset', newest('ai.onnx.ml'), reach, runtime),
    ...asked
      .filter(({ domain, version }) => domain === 'com.microsoft' && int32(version) > 1)
      .slice(0, 1)
      .map(microsoftTooNew),
  ];
}

function tooNew(
  what: 'ir' | 'opset' | 'mlOpset',
  name: string,
  version: number,
  reach: OnnxRuntimeVersion | undefined,
  runtime: string,
): OnnxProblem[] {
  const first = onnxRuntimeVersions.find((one) => one[what] >= version);
  if (version <= (reach ?? oldestAssumed)[what]) return [];
  const from = first === undefined ? `a newer ONNX Runtime than ${newestKnown}` : `ONNX Runtime ${first.version} or newer`;
  const code = what === 'ir' ? 'onnx/ir-version' : 'onnx/opset';
  const fix = `${what === 'ir' ? 'save the model with an older IR version' : 'export the model with an older opset'}, or take ${from}`;
  if (reach === undefined) return [{ code, says: `the model has ${name} ${version}`, fix, needs: from }];
  return [{ code, says: `the model has ${name} ${version}, and ${runtime} takes at most ${reach[what]}`, fix }];
}

/** Where the release is not known, it is taken to be this one at least: Triton has come with newer ones since 2024. */
const oldestAssumed = { ir: 9, opset: 19, mlOpset: 3 };
const newestKnown = onnxRuntimeVersions.at(-1)?.version ?? '';

function microsoftTooNew({ version }: { readonly version: number }): OnnxProblem {
  return {
    code: 'onnx/opset',
    says: `the model has com.microsoft opset ${version}, and ONNX Runtime has only 1`,
    fix: 'import com.microsoft 1',
  };
}
