import type { OnnxOpset } from './onnx.ts';

/** The opset that a model imports of a domain: the last one where it says several. */
export function importOf(opsets: readonly OnnxOpset[], domain: string): number | undefined {
  const version = opsets.findLast((one) => one.domain === domain || (domain === '' && one.domain === 'ai.onnx'))?.version;
  return version === undefined ? undefined : int32(version);
}

/** ONNX Runtime keeps opsets in 32 bits, and cuts off what is above. */
export function int32(version: number): number {
  return Number.isSafeInteger(version) ? Number(BigInt.asIntN(32, BigInt(version))) : version;
}
