import type { Rule } from './rule.ts';

/** What Triton adds to a batch is made of one input that there is, and goes to an output that there is. */
export const batchTensors: Rule = {
  explains: [
    {
      code: 'config/batch-kind-unknown',
      severity: 'error',
      means: 'Triton does not know this kind of batch tensor.',
      triton: "unknown batch input kind ''",
      example: 'batch_input { kind: 9 target_name: "n" data_type: TYPE_FP32 source_input: "x" }',
      fix: 'write one of the kinds of BatchInput or BatchOutput',
    },
    {
      code: 'config/batch-source-count',
      severity: 'error',
      means: 'A batch tensor is made of exactly one input.',
      triton: "batch input kind '…' expects 1 source input, got …",
      example: 'batch_input { kind: BATCH_ELEMENT_COUNT target_name: "n" data_type: TYPE_FP32 }',
      fix: 'write one source_input',
    },
    {
      code: 'config/batch-data-type',
      severity: 'error',
      means: 'Triton makes batch inputs of TYPE_INT32 or TYPE_FP32 only.',
      triton: 'batch input data type must be TYPE_INT32 or TYPE_FP32',
      example: 'batch_input { kind: BATCH_ELEMENT_COUNT target_name: "n" data_type: TYPE_INT64 source_input: "x" }',
      fix: 'write data_type: TYPE_INT32 or TYPE_FP32',
    },
    {
      code: 'config/batch-source-unknown',
      severity: 'error',
      means: 'A batch tensor is made of an input that the configuration does not have.',
      triton: "unknown source input name '…'",
      example: 'batch_input { kind: BATCH_ELEMENT_COUNT target_name: "n" data_type: TYPE_FP32 source_input: "y" }',
      fix: 'name one of the inputs',
    },
    {
      code: 'config/batch-target-unknown',
      severity: 'error',
      means: 'A batch_output is for an output that the configuration does not have.',
      triton: "unknown target output name '…'",
      example: 'batch_output { target_name: "z" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "x" }',
      fix: 'name one of the outputs',
    },
    {
      code: 'config/batch-target-twice',
      severity: 'error',
      means: 'A batch_output names one output twice.',
      triton: "target output name '…' can only be specified once",
      example: 'batch_output { target_name: [ "y", "y" ] kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "x" }',
      fix: 'name it once',
    },
  ],
  *judge({ config }, pen) {
    const forModel = ` for ${config.name}`;
    const inputs = new Set((config.input ?? []).map(({ name = '' }) => name));
    const outputs = new Set((config.output ?? []).map(({ name = '' }) => name));
    for (const direction of ['input', 'output'] as const) {
      const list = `batch_${direction}` as const;
      for (const [index, { kind, source_input: sources = [], data_type: type, target_name: targets = [] }] of (
        config[list] ?? []
      ).entries()) {
        const path = [list, index];
        const known = typeof kind === 'string' || kind === undefined;
        if (!known) yield pen.at([...path, 'kind'], 'config/batch-kind-unknown', `unknown batch ${direction} kind ''${forModel}`);
        else if (sources.length !== 1) {
          const shown = kind ?? (direction === 'input' ? 'BATCH_ELEMENT_COUNT' : 'BATCH_SCATTER_WITH_INPUT_SHAPE');
          const says = `batch ${direction} kind '${shown}' expects 1 source input, got ${sources.length}${forModel}`;
          yield pen.at(path, 'config/batch-source-count', says);
        }
        if (direction === 'input' && type !== 'TYPE_INT32' && type !== 'TYPE_FP32') {
          yield pen.at(
            [...path, 'data_type'],
            'config/batch-data-type',
            `batch input data type must be TYPE_INT32 or TYPE_FP32${forModel}`,
          );
        }
        for (const [at, source] of sources.entries()) {
          if (inputs.has(source)) continue;
          yield pen.at([...path, 'source_input', at], 'config/batch-source-unknown', `unknown source input name '${source}'${forModel}`);
        }
        if (direction === 'input') continue;
        for (const [at, target] of targets.entries()) {
          const here = [...path, 'target_name', at];
          if (!outputs.has(target)) yield pen.at(here, 'config/batch-target-unknown', `unknown target output name '${target}'${forModel}`);
          else if (targets.indexOf(target) < at) {
            yield pen.at(here, 'config/batch-target-twice', `target output name '${target}' can only be specified once${forModel}`);
          }
        }
      }
    }
  },
};
