import type { Rule } from './rule.ts';

/** A library of one's own may decide what goes into a batch. */
export const batchStrategy: Rule = {
  explains: [
    {
      code: 'config/batch-strategy-sequence',
      severity: 'error',
      means: 'Custom batching and sequence batching exclude each other.',
      triton: 'Custom batching enabled for model …, but sequence batching is also specified.',
      example: 'sequence_batching { }\nparameters { key: "TRITON_BATCH_STRATEGY_PATH" value { string_value: "/x.so" } }',
      fix: 'take one of them out',
    },
    {
      code: 'layout/batch-strategy-missing',
      severity: 'error',
      means:
        "The library of TRITON_BATCH_STRATEGY_PATH is not there. A relative path is taken from the server's working folder, so write it in full.",
      triton: 'Batching library path not found: …',
      example: 'parameters { key: "TRITON_BATCH_STRATEGY_PATH" value { string_value: "" } }',
      fix: "name a library in the model's folder by its full path, or take the parameter out",
    },
  ],
  *judge({ config, conditions }, pen) {
    const path = config.parameters?.TRITON_BATCH_STRATEGY_PATH;
    if (!path || config.ensemble_scheduling) return;
    const at = ['parameters', 'TRITON_BATCH_STRATEGY_PATH'];
    const value = path.string_value ?? '';
    // A full path leads to a disk that only the server sees.
    if (value === '' || (!value.startsWith('/') && conditions.backends !== 'judged')) {
      yield pen.at(at, 'layout/batch-strategy-missing', `Batching library path not found: ${value}`);
    }
  },
  *needs({ config, conditions }) {
    const value = config.parameters?.TRITON_BATCH_STRATEGY_PATH?.string_value ?? '';
    if (value !== '' && conditions.backends === 'judged') yield `the batching library ${value}`;
  },
};
