import { type OnnxFacts, type OnnxValue, sessionInputs } from '../model-file/onnx.ts';
import type { ModelConfigJson, ModelInputJson } from '../pbtxt/model-config.ts';

/** A configuration after its backend filled in what it may; or what the backend says when it cannot. */
export type Completed = { readonly config: ModelConfigJson } | { readonly says: string };

/**
 * What the ONNX Runtime backend fills in with auto-complete on: nothing where inputs and outputs are both given; otherwise the empty list of
 * the two, the largest batch (the flag's default where none is written), and dynamic batching. Source: triton-inference-server/onnxruntime_backend,
 * ModelState::AutoCompleteConfig. The order of what it adds is not fixed there; here it is the model's.
 */
export function completeOnnx(config: ModelConfigJson, facts: OnnxFacts, defaultMaxBatchSize: number): Completed {
  const { input = [], output = [], batch_input: added = [] } = config;
  if (input.length + added.length > 0 && output.length > 0) return { config };
  const inputs = sessionInputs(facts);
  const strange = [...inputs, ...facts.outputs].find(({ isTensor }) => !isTensor);
  if (strange) return { says: unsupportedType(strange) };

  const canBatch = [...inputs, ...facts.outputs].every(({ shape = [] }) => shape[0]?.size === -1);
  const written = config.max_batch_size ?? 0;
  if (!canBatch && written !== 0) {
    return {
      says: `autofill failed for model '${config.name}': model does not support batching while non-zero max_batch_size is specified`,
    };
  }
  const largest = canBatch && written === 0 ? Math.max(defaultMaxBatchSize, 0) : written;
  const isScheduled = config.dynamic_batching !== undefined || config.sequence_batching !== undefined;
  return {
    config: {
      ...config,
      ...(largest === 0 ? {} : { max_batch_size: largest }),
      ...(canBatch && largest > 1 && !isScheduled ? { dynamic_batching: {} } : {}),
      ...(input.length + added.length === 0 ? { input: inputs.map((value) => tensorOf(value, largest > 0)) } : {}),
      ...(output.length === 0 ? { output: facts.outputs.map((value) => tensorOf(value, largest > 0)) } : {}),
    },
  };
}

/** A tensor as the backend writes it down, the batch dimension left out. A scalar becomes dims [ 1 ], reshaped where the model batches. */
export function tensorOf({ name, dataType, shape = [] }: OnnxValue, isBatching: boolean): ModelInputJson {
  const dims = shape.slice(isBatching ? 1 : 0).map(({ size }) => size);
  const type = dataType === 'TYPE_INVALID' ? {} : { data_type: dataType };
  if (dims.length > 0) return { name, ...type, dims };
  return { name, ...type, dims: [1], ...(isBatching ? { reshape: {} } : {}) };
}

export const unsupportedType = ({ name, onnxType }: OnnxValue): string =>
  `Unsupported ONNX Type 'ONNX_TYPE_${onnxType.toUpperCase()}' for I/O '${name}', expected 'ONNX_TYPE_TENSOR'.`;
