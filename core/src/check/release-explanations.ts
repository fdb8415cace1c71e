import type { Explanation } from '../model/rules/rule.ts';
import { notTritons } from './file-explanations.ts';

const ours = 'it compares files of ours, which Triton does not read';

/** Where the pieces of a release say different things. */
const agreeExplains: readonly Explanation[] = [
  {
    code: 'agree/model-name',
    severity: 'error',
    means: 'config.pbtxt, golden set or route name another model than the contract. A route to another name reaches nobody.',
    example: 'contract.yaml   model: digits\nconfig.pbtxt    name: "digit"',
    fix: 'write one name everywhere',
    unrefereed: ours,
  },
  {
    code: 'agree/backend',
    severity: 'error',
    means: 'The backend that Triton would take is not the one of the contract, or does not load the format that the contract names.',
    example: 'contract.yaml   backend: onnxruntime\nconfig.pbtxt    backend: "python"',
    fix: 'write the backend that is meant into both',
    unrefereed: ours,
  },
  {
    code: 'agree/batch',
    severity: 'error',
    means:
      'The largest batch of the contract is not max_batch_size. A smaller one refuses requests that the contract promises; a larger one serves shapes that nobody tried.',
    example: 'contract.yaml   batch: { min: 1, max: 16 }\nconfig.pbtxt    max_batch_size: 8',
    fix: 'write the same number into both',
    unrefereed: ours,
  },
  {
    code: 'agree/tensor-name',
    severity: 'error',
    means:
      'An input or output stands in the contract and not in config.pbtxt, or the other way round. Requests by its name would be refused.',
    example: 'contract.yaml   inputs: [{ name: pixels, … }]\nconfig.pbtxt    input { name: "pixel" … }',
    fix: 'name both alike',
    unrefereed: ours,
  },
  {
    code: 'agree/datatype',
    severity: 'error',
    means: 'config.pbtxt gives an input or output another datatype than the contract promises. Clients would be refused, or read nonsense.',
    example: 'contract.yaml   datatype: FP32\nconfig.pbtxt    data_type: TYPE_FP16',
    fix: 'write the type that the model has into both; TYPE_STRING is BYTES in the contract',
    unrefereed: ours,
  },
  {
    code: 'agree/shape',
    severity: 'error',
    means: 'The dims of config.pbtxt are not the shape of the contract. Neither counts the batch dimension.',
    example: 'contract.yaml   shape: [3, 224, 224]\nconfig.pbtxt    dims: [ 3, 256, 256 ]',
    fix: 'write the shape that the model has into both',
    unrefereed: ours,
  },
  {
    code: 'agree/labels',
    severity: 'error',
    means: 'The file of labels that config.pbtxt gives an output is not the one of the contract.',
    example: 'contract.yaml   labels: labels.txt\nconfig.pbtxt    no label_filename',
    fix: 'name the same file in both, or in neither',
    unrefereed: ours,
  },
  {
    code: 'agree/delay',
    severity: 'warning',
    means: 'The batcher may hold requests longer than the contract lets them queue.',
    example: 'contract.yaml   performance: { …, queue: 10ms }\nconfig.pbtxt    max_queue_delay_microseconds: 50000',
    fix: 'lower the delay, or relax performance.queue',
  },
  {
    code: 'agree/timeout',
    severity: 'warning',
    means: 'Requests that wait are refused only after the time in which their answer was due.',
    example: 'contract.yaml   performance: { …, p99: 40ms }\nconfig.pbtxt    default_timeout_microseconds: 1000000',
    fix: 'write at most performance.p99',
  },
  {
    code: 'agree/memory',
    severity: 'warning',
    means: "All instances together need more memory for weights alone than the contract's resources have.",
    example: 'contract.yaml   resources: { …, memory: 1GiB }\nconfig.pbtxt    instance_group { count: 8 }  # of a model of 500 MB',
    fix: 'lower the count, or raise resources.memory',
  },
  {
    code: 'agree/version',
    severity: 'error',
    means: 'What config.pbtxt serves is not what the contract packs: a version is served without its files, or its files are never served.',
    example: 'contract.yaml   files: [1/model.onnx]\nconfig.pbtxt    version_policy { specific { versions: [ 2 ] } }',
    fix: "serve the version that holds the contract's files",
    unrefereed: ours,
  },
  {
    code: 'agree/gpu-class',
    severity: 'error',
    means: 'The contract promises its performance on another GPU than it asks for, so nobody can hold it to the promise.',
    example: 'resources: { gpu: { class: L4, count: 1 }, … }\nperformance: { gpu: A100, … }',
    fix: 'measure on the GPU that it runs on, and write that one into both',
    unrefereed: ours,
  },
  {
    code: 'agree/route-path',
    severity: 'error',
    means: 'A path of the route does not lead below /v2/models/<model>, where Triton answers for the model: its requests would get a 404.',
    example: '"rules": [{ "host": "*", "path": "/v2/models/digit" }]',
    fix: 'write /v2/models/ and the name of the model',
    unrefereed: ours,
  },
  {
    code: 'agree/part',
    severity: 'error',
    means:
      'The contract says two things of a model: that it belongs to the artifact and to the processing, or that it is the own model and one beside it. Each file of a release is in one part only.',
    example: 'artifact: { models: { tokens: [1/model.py] } }, and runtime: { processing: { tokens: [1/model.py] } }',
    fix: 'name it once: what was trained in artifact.models, what comes before and after it in runtime.processing',
    unrefereed: ours,
  },
];

const goldenExplains: readonly Explanation[] = [
  {
    code: 'golden/tensor-name',
    severity: 'error',
    means: 'The golden set expects an output that the contract does not have.',
    example: '"outputs": { "probs": … }, and the contract has "probabilities"',
    fix: 'name both alike',
    unrefereed: ours,
  },
  {
    code: 'golden/datatype',
    severity: 'error',
    means: 'The golden set expects an output in another datatype than the contract promises, so no answer could be right.',
    example: '"probabilities": { "datatype": "FP64", … }, and the contract promises FP32',
    fix: 'write the set again in the datatype of the contract',
    unrefereed: ours,
  },
  {
    code: 'golden/case',
    severity: 'error',
    means:
      'A case asks or expects what the contract does not have: an input is missing or strange, or a shape, datatype or label does not fit.',
    example: 'a case with "shape": [1, 63] where the contract takes [1 to 16, 64]',
    fix: 'write the cases again from the contract of today',
    unrefereed: ours,
  },
  {
    code: 'golden/health-case',
    severity: 'error',
    means: 'The case that the health check is to send is not in the golden set, so no server could ever be proven.',
    example: 'health: { request: golden, case: first, within: 1s }, and no case with the id "first"',
    fix: 'name a case that is there',
    unrefereed: ours,
  },
  {
    code: 'golden/few-cases',
    severity: 'warning',
    means: 'Few cases say little of each class, and a server that is wrong now and then may pass them all.',
    example: 'a golden set with three cases',
    fix: 'give at least 20, some of every class',
    unrefereed: ours,
  },
];

/** What a folder that is to be a release lacks, or has too much of. */
const layoutExplains: readonly Explanation[] = [
  {
    code: 'layout/config-missing',
    severity: 'error',
    means: 'There is no config.pbtxt. With auto-complete off, as the servers of a release run, Triton does not load the model without one.',
    triton: 'failed to open text file for read …: No such file or directory',
    example: 'models/digits/1/model.onnx, and no models/digits/config.pbtxt',
    fix: 'write it, or let conch config write it',
  },
  {
    code: 'layout/config-unreadable',
    severity: 'error',
    means:
      'config.pbtxt is there and cannot be read: it is a folder, a link that leads nowhere, or not for whoever asks. Of a folder the whole server ends.',
    example: 'a folder named config.pbtxt',
    fix: 'put a file there that everybody who runs Triton may read',
    unrefereed: 'it depends on the machine',
  },
  {
    code: 'layout/unreadable',
    severity: 'error',
    means: 'A file beside the model is there and cannot be read.',
    example: 'a golden.json that only its owner may read',
    fix: 'make it readable',
    unrefereed: notTritons,
  },
  {
    code: 'layout/encoding',
    severity: 'error',
    means: 'A text file of the release is no UTF-8.',
    example: 'a contract.yaml saved as UTF-16',
    fix: 'save it as UTF-8',
    unrefereed: notTritons,
  },
  {
    code: 'layout/model-folder',
    severity: 'error',
    means: "Below repository/ lies a folder that is not the contract's model. A release holds one model.",
    example: 'contract.yaml with model: digits, and repository/digit/',
    fix: 'name the folder as the model, or take it out',
    unrefereed: ours,
  },
  {
    code: 'layout/version-unused',
    severity: 'warning',
    means: 'A version is packed that the version policy does not serve. It makes the release larger, and nothing else.',
    example: 'folders 1 and 2, and version_policy { specific { versions: [ 1 ] } }',
    fix: 'take it out, or serve it',
    unrefereed: ours,
  },
  {
    code: 'layout/file-missing',
    severity: 'error',
    means: 'A file that contract, configuration or backend asks for is not there.',
    example: 'files: [1/model.onnx], and no 1/model.onnx',
    fix: 'add it, or name the file that is there',
    unrefereed: ours,
  },
  {
    code: 'layout/file-unlisted',
    severity: 'warning',
    means: 'A file is packed that the contract does not name. Whoever reads the contract does not know that it runs, too.',
    example: 'files: [1/model.onnx], and also 1/model.onnx.data',
    fix: 'name it in artifact.files, or take it out',
    unrefereed: ours,
  },
  {
    code: 'layout/file-empty',
    severity: 'error',
    means: 'A file of the model has no bytes: an upload or a checkout of Git LFS may have gone wrong.',
    example: 'a 1/model.onnx of 0 bytes',
    fix: 'copy it again',
    unrefereed: ours,
  },
  {
    code: 'layout/file-escapes',
    severity: 'error',
    means: "default_model_filename leads out of the version's folder. What is elsewhere is not part of the release.",
    example: 'default_model_filename: "../shared/model.onnx"',
    fix: "put the file into the version's folder, and name it alone",
    unrefereed: ours,
  },
];

const releaseExplains: readonly Explanation[] = [
  {
    code: 'release/mutable-reference',
    severity: 'error',
    means:
      'Something in contract or configuration can be another thing tomorrow: a tag, a bucket, `latest`. The release would change by itself.',
    example: 'parameters { key: "tokenizer" value { string_value: "s3://models/latest" } }',
    fix: 'put the file into the release, or pin it by digest',
    unrefereed: ours,
  },
  {
    code: 'release/runtime-not-pinned',
    severity: 'error',
    means: 'Neither an image nor a wheel says which runtime the release is meant for, so nobody knows on what it was tried.',
    example: 'runtime: { triton: "24.10", backend: onnxruntime, image: absent, wheel: absent, … }',
    fix: 'pin one of them by digest',
    unrefereed: ours,
  },
  {
    code: 'release/path',
    severity: 'error',
    means: 'A file cannot be packed: its path is too long, leads out of the folder or has a backslash, or the file is larger than 8 GiB.',
    example: 'repository/digits/1/..\\model.onnx',
    fix: 'give the file a plain name',
    unrefereed: ours,
  },
  {
    code: 'release/file-not-packed',
    severity: 'warning',
    means: 'A file lies in the folder of the release and is no part of it. It stays out, and nothing that runs will see it.',
    example: 'notes.txt beside contract.yaml',
    fix: "keep it elsewhere, or put it into the model's folder below repository/",
    unrefereed: ours,
  },
  {
    code: 'release/gpu-class',
    severity: 'error',
    means: 'The contract asks for another GPU than the environment has: the release could not run there.',
    example: 'resources: { gpu: { class: L4, … } }, and an environment with gpu: { class: cpu }',
    fix: 'ask for the GPU that is there, or promote it elsewhere',
    unrefereed: ours,
  },
];

/** What contract and comments beside a model call for. */
const adviceExplains: readonly Explanation[] = [
  {
    code: 'advice/no-contract',
    severity: 'warning',
    means: 'There is no contract.yaml, so nobody said what the model takes, promises and needs, and nothing can be held against it.',
    example: 'a folder with repository/ and no contract.yaml',
    fix: 'conch init writes one to start from',
    unrefereed: notTritons,
  },
  {
    code: 'advice/no-golden-set',
    severity: 'warning',
    means: 'There is no golden set: whether a server runs the right model, and gives the right answers, can then not be proven.',
    example: 'a folder with contract.yaml and no golden.json',
    fix: 'ask the training framework for requests and expected answers',
    unrefereed: notTritons,
  },
  {
    code: 'advice/allow-without-reason',
    severity: 'warning',
    means: 'A comment is to silence a warning and gives no reason, so it silences nothing.',
    example: '# conch: allow advice/no-warmup',
    fix: 'write the reason: # conch: allow advice/no-warmup: loads in 20 ms',
    unrefereed: notTritons,
  },
  {
    code: 'advice/allow-unused',
    severity: 'warning',
    means: 'A comment is to silence a warning that is not there, or an error, which cannot be silenced.',
    example: '# conch: allow advice/no-warmup: loads in 20 ms  # where model_warmup is written',
    fix: 'take the comment out',
    unrefereed: notTritons,
  },
];

/** Everything that the pieces of a release may say of each other. */
export const releaseExplanations: readonly Explanation[] = [
  ...agreeExplains,
  ...goldenExplains,
  ...layoutExplains,
  ...releaseExplains,
  ...adviceExplains,
];
