import type { Entry } from '../../base/asking.ts';
import type { Rule } from './rule.ts';

const libraryName = 'batchstrategy.so';

/** The header of a library alone is longer. */
const elfBytesMin = 64;

/** A library of one's own may decide what goes into a batch; one named batchstrategy.so is found by itself. */
export const batchStrategy: Rule = {
  explains: [
    {
      code: 'config/batch-strategy-sequence',
      severity: 'error',
      means: 'Custom batching and sequence batching exclude each other.',
      triton: 'TRITON_BATCH_STRATEGY_PATH cannot be specified with sequence batcher, using default batching strategy',
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
    {
      code: 'layout/batch-strategy-broken',
      severity: 'error',
      means: 'A file batchstrategy.so stands beside the model: Triton loads it for the batching, and this one is no library.',
      triton: 'unable to load shared library: …/batchstrategy.so: file too short',
      example: 'an empty 1/batchstrategy.so',
      fix: 'take it out, or put the library there',
    },
  ],
  *judge({ config, conditions, entries, served, folder }, pen) {
    const folders = [{ at: '', entries }, ...served.map((version) => ({ at: `${version.number}/`, entries: version.entries }))];
    for (const { at, entries: inside } of config.ensemble_scheduling || config.sequence_batching ? [] : folders) {
      const library = Array.isArray(inside)
        ? (inside as readonly Entry[]).find(({ name, kind }) => name === libraryName && kind === 'file')
        : undefined;
      if (!library || library.size >= elfBytesMin) continue;
      yield pen.file(
        `${at}${libraryName}`,
        'layout/batch-strategy-broken',
        `unable to load shared library: ${folder}/${at}${libraryName}: file too short`,
      );
    }
    const path = config.parameters?.TRITON_BATCH_STRATEGY_PATH;
    if (!path || config.ensemble_scheduling) return;
    const at = ['parameters', 'TRITON_BATCH_STRATEGY_PATH'];
    const value = path.string_value ?? '';
    if (config.sequence_batching) {
      const says = 'TRITON_BATCH_STRATEGY_PATH cannot be specified with sequence batcher, using default batching strategy';
      yield pen.at(at, 'config/batch-strategy-sequence', says);
      return;
    }
    // A full path leads to a disk that only the server sees.
    if (value === '' || (!value.startsWith('/') && conditions.backends !== 'judged')) {
      yield pen.at(at, 'layout/batch-strategy-missing', `Batching library path not found: ${value}`);
    }
  },
  *needs({ config, conditions, entries }) {
    if (entries.some(({ name, size }) => name === libraryName && size >= elfBytesMin))
      yield `running ${libraryName}: Triton takes it for the model's batching`;
    const value = config.parameters?.TRITON_BATCH_STRATEGY_PATH?.string_value ?? '';
    if (value !== '' && conditions.backends === 'judged') yield `the batching library ${value}`;
  },
};
