/** What the first half of a code means, in the order in which they are listed. */
export const topics: Readonly<Record<string, string>> = {
  config: 'config.pbtxt: its text, and what it says',
  layout: 'files and folders of a model',
  ensemble: 'ensembles and the models that they run',
  backend: 'what single backends refuse',
  onnx: 'ONNX models',
  tensorrt: 'TensorRT engines',
  torch: 'PyTorch models',
  openvino: 'OpenVINO models',
  python: 'models in Python',
  warmup: 'warm-up requests',
  compat: 'the target: version, image, GPU, driver',
  advice: 'what Triton takes and production regrets',
  agree: 'where the pieces of a release say different things',
  contract: 'contract.yaml',
  golden: 'golden.json',
  route: 'route.json',
  environment: 'the file of an environment',
  release: 'releases as a whole',
  oci: 'the store of releases',
  yaml: 'YAML files',
  json: 'JSON files',
  probe: 'what conch probe finds of a server that runs',
  runtime: 'what conch runtime finds of the servers that this machine can run',
};

export const topicOf = (code: string): string => code.slice(0, code.indexOf('/'));
