import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seeded } from '#core/base/seeded.ts';
import { model, node, value, zeros } from '#core/model-file/made-up-onnx.ts';

/**
 * Writes a repository of typical models: six of ten are ONNX models with dynamic batching, three are Python, one is an ensemble of two
 * before it. Each configuration has about 60 lines with comments. A third get warnings, one in twenty an error. The same seed writes the
 * same bytes. Returns the configurations' texts.
 */
export function writeMadeUpModels(folder: string, { count, seed }: { count: number; seed: number }): readonly string[] {
  const dice = seeded(seed);
  const texts: string[] = [];
  let sizes = { width: 0, rows: 0 };
  for (let index = 0; index < count; index += 1) {
    const kind = kinds[index % kinds.length] ?? 'onnx';
    // Models of one ensemble have the same sizes.
    if (index % kinds.length === 0) sizes = { width: 32 * (1 + Math.floor(dice() * 16)), rows: 1 + Math.floor(dice() * 8) };
    const name = nameOf(kind, index);
    const asked: Asked = { name, index, flaw: flawOf(dice()), ...sizes };
    const text = writers[kind](join(folder, name), asked);
    writeFileSync(join(folder, name, 'config.pbtxt'), text);
    texts.push(text);
  }
  return texts;
}

/** An ensemble runs the two models before it: the last ONNX model and the last Python model. */
const kinds = ['onnx', 'onnx', 'python', 'onnx', 'python', 'onnx', 'onnx', 'onnx', 'python', 'ensemble'] as const;
type Kind = (typeof kinds)[number];

const nameOf = (kind: Kind, index: number): string => `${kind === 'onnx' ? 'ranker' : kind}_${String(index).padStart(5, '0')}`;

type Flaw = 'none' | 'unbounded queue' | 'preferred sizes' | 'stray file' | 'unknown field' | 'wrong type' | 'no model file';
type Asked = { readonly name: string; readonly index: number; readonly flaw: Flaw; readonly width: number; readonly rows: number };

const flaws: readonly (readonly [share: number, flaw: Flaw])[] = [
  [0.65, 'none'],
  [0.15, 'unbounded queue'],
  [0.1, 'preferred sizes'],
  [0.05, 'stray file'],
  [0.02, 'unknown field'],
  [0.02, 'wrong type'],
  [0.01, 'no model file'],
];

function flawOf(thrown: number): Flaw {
  let left = thrown;
  for (const [share, flaw] of flaws) {
    if (left < share) return flaw;
    left -= share;
  }
  return 'none';
}

const writers: Readonly<Record<Kind, (folder: string, asked: Asked) => string>> = {
  onnx: writeOnnx,
  python: writePython,
  ensemble: writeEnsemble,
};

function writeOnnx(folder: string, asked: Asked): string {
  const { name, flaw, width, rows, index } = asked;
  mkdirSync(join(folder, '1'), { recursive: true });
  if (flaw !== 'no model file') writeFileSync(join(folder, '1', 'model.onnx'), onnxOf(asked));
  if (flaw === 'stray file') writeFileSync(join(folder, 'config.pbtxt~'), '');
  writeFileSync(join(folder, 'labels.txt'), Array.from({ length: 10 }, (_, label) => `class ${label}\n`).join(''));
  const queue = flaw === 'unbounded queue' ? '' : queuePolicy;
  const delay = flaw === 'preferred sizes' ? '' : '\n  max_queue_delay_microseconds: 2000';
  return `# ${name}: scores candidates by ${width} features.
# Owner: ranking team, on call in #ranking.
name: "${name}"
backend: "onnxruntime"
max_batch_size: ${32 * rows}${flaw === 'unknown field' ? '\nmax_bacth_size: 8' : ''}

# As the exporter named them.
input [
  {
    name: "features"
    data_type: ${flaw === 'wrong type' ? 'TYPE_FP16' : 'TYPE_FP32'}
    dims: [ ${rows}, ${width} ]
  },
  {
    name: "mask"
    data_type: TYPE_INT64
    dims: [ ${width} ]
  }
]
output [
  {
    name: "scores"
    data_type: TYPE_FP32
    dims: [ 10 ]
    label_filename: "labels.txt"  # ten classes
  }
]

# One on each GPU, and two on the CPU for the night.
instance_group [
  {
    count: ${1 + (index % 3)}
    kind: KIND_CPU
  }
]
dynamic_batching {
  preferred_batch_size: [ 8, 16 ]${delay}${queue}
}

version_policy: { latest: { num_versions: 1 } }
optimization {
  priority: PRIORITY_MAX
  input_pinned_memory { enable: true }
  output_pinned_memory { enable: true }
}
parameters {
  key: "intra_op_thread_count"
  value { string_value: "${1 + (index % 4)}" }
}
parameters { key: "inter_op_thread_count" value: { string_value: "1" } }
model_warmup {
  name: "one of zeros"
  batch_size: 1
  inputs { key: "features" value { data_type: TYPE_FP32 dims: [ ${rows}, ${width} ] zero_data: true } }
  inputs { key: "mask" value { data_type: TYPE_INT64 dims: [ ${width} ] zero_data: true } }
}
`;
}

const queuePolicy = `
  default_queue_policy {
    timeout_action: REJECT
    default_timeout_microseconds: 100000
    max_queue_size: 256
  }`;

/** A few layers and 4 to 8 KB. */
function onnxOf({ width, rows, index }: Asked): Uint8Array {
  const layers = 8 + (index % 8);
  const nodes = Array.from({ length: layers }, (_, layer) => [
    node('Add', [layer === 0 ? 'features' : `h${layer - 1}`, `bias${layer}`], [`a${layer}`]),
    node('Relu', [`a${layer}`], [`h${layer}`]),
  ]).flat();
  return model({
    inputs: [value('features', ['batch', rows, width], 1), value('mask', ['batch', width], 7)],
    outputs: [value('scores', ['batch', 10], 1)],
    nodes: [...nodes, node('Cast', ['mask'], ['m']), node('Concat', [`h${layers - 1}`, 'm'], ['scores'])],
    initializers: Array.from({ length: layers }, (_, layer) => zeros(`bias${layer}`, 96)),
  });
}

function writePython(folder: string, { name, flaw, width, index }: Asked): string {
  mkdirSync(join(folder, '1'), { recursive: true });
  if (flaw !== 'no model file') writeFileSync(join(folder, '1', 'model.py'), pythonCode);
  if (flaw === 'stray file') writeFileSync(join(folder, '.DS_Store'), '');
  return `# ${name}: splits text into tokens before the ranker sees it.
name: "${name}"
backend: "python"
max_batch_size: ${16 * (1 + (index % 4))}${flaw === 'unknown field' ? '\ndynamic_bathcing { }' : ''}

input [
  {
    name: "text"          # UTF-8
    data_type: TYPE_STRING
    dims: [ 1 ]
  },
  {
    name: "limit"
    data_type: TYPE_INT32
    dims: [ 1 ]
    optional: true
  }
]
output [
  {
    name: "tokens"
    data_type: ${flaw === 'wrong type' ? 'TYPE_FLOAT' : 'TYPE_INT64'}
    dims: [ ${width} ]
  },
  {
    name: "lengths"
    data_type: TYPE_INT32
    dims: [ 1 ]
  }
]

instance_group [ { count: ${1 + (index % 4)}, kind: KIND_CPU } ]
dynamic_batching {
  max_queue_delay_microseconds: 500${flaw === 'preferred sizes' ? '\n  preserve_ordering: true' : ''}${flaw === 'unbounded queue' ? '' : queuePolicy}
}

# Read by initialize() in model.py.
parameters {
  key: "vocabulary"
  value: { string_value: "vocabulary-${index % 7}.txt" }
}
parameters {
  key: "lower_case"
  value: { string_value: "yes" }
}
parameters {
  key: "EXECUTION_ENV_PATH"
  value: { string_value: "$$TRITON_MODEL_DIRECTORY/environment.tar.gz" }
}
parameters {
  key: "FORCE_CPU_ONLY_INPUT_TENSORS"
  value: { string_value: "yes" }
}
version_policy { specific { versions: 1 } }
model_warmup [
  {
    name: "two words"
    batch_size: 1
    inputs {
      key: "text"
      value: { data_type: TYPE_STRING dims: 1 zero_data: true }
    }
  }
]
`;
}

const pythonCode = `import json

import numpy as np
import triton_python_backend_utils as pb_utils


class TritonPythonModel:
    """Splits text into tokens."""

    def initialize(self, args):
        config = json.loads(args["model_config"])
        self.lower = config["parameters"]["lower_case"]["string_value"] == "yes"
        self.vocabulary = {word: index for index, word in enumerate("the a of to in".split())}

    def execute(self, requests):
        responses = []
        for request in requests:
            texts = pb_utils.get_input_tensor_by_name(request, "text").as_numpy()
            tokens = [self.split(text[0].decode("utf-8")) for text in texts]
            lengths = np.array([[len(one)] for one in tokens], dtype=np.int32)
            responses.append(
                pb_utils.InferenceResponse(
                    output_tensors=[
                        pb_utils.Tensor("tokens", np.array(tokens, dtype=np.int64)),
                        pb_utils.Tensor("lengths", lengths),
                    ]
                )
            )
        return responses

    def split(self, text):
        words = text.lower().split() if self.lower else text.split()
        return [self.vocabulary.get(word, len(self.vocabulary)) for word in words]

    def finalize(self):
        self.vocabulary = {}
`;

function writeEnsemble(folder: string, { name, flaw, width, index, rows }: Asked): string {
  mkdirSync(join(folder, '1'), { recursive: true });
  if (flaw === 'stray file') writeFileSync(join(folder, 'config.pbtxt.orig'), '');
  const [python, onnx] = [nameOf('python', index - 1), nameOf('onnx', index - 2)];
  return `# ${name}: text and features in, tokens and scores out.
# Both steps run side by side; nothing of the one goes into the other.
name: "${name}"
platform: "ensemble"
max_batch_size: 16${flaw === 'unknown field' ? '\nmax_bach_size: 16' : ''}

input [
  {
    name: "QUERY"
    data_type: TYPE_STRING
    dims: [ 1 ]
  },
  {
    name: "FEATURES"
    data_type: ${flaw === 'wrong type' ? 'TYPE_FP16' : 'TYPE_FP32'}
    dims: [ ${rows}, ${width} ]
  },
  {
    name: "MASK"
    data_type: TYPE_INT64
    dims: [ ${width} ]
  }
]
output [
  {
    name: "SCORES"
    data_type: TYPE_FP32
    dims: [ 10 ]
  },
  {
    name: "TOKENS"
    data_type: TYPE_INT64
    dims: [ ${width} ]
  }
]

ensemble_scheduling {
  step [
    {
      # Splits the query.
      model_name: "${python}"
      model_version: -1
      input_map { key: "text" value: "QUERY" }
      output_map { key: "tokens" value: "TOKENS" }
    },
    {
      # Scores the features.
      model_name: "${onnx}"
      model_version: -1
      input_map { key: "features" value: "FEATURES" }
      input_map { key: "mask" value: "MASK" }
      output_map { key: "scores" value: "SCORES" }
    }
  ]
}

# Who asks, and for what.
parameters {
  key: "purpose"
  value: { string_value: "search results, page ${index % 9}" }
}
`;
}
