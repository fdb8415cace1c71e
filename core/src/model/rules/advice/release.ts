import type { Finding } from '../../../base/finding.ts';
import type { Pen, Rule } from '../rule.ts';

/** What changes under a release, or should never be in one. */
export const releaseAdvice: Rule = {
  explains: [
    {
      code: 'advice/version-not-pinned',
      severity: 'warning',
      means: 'Several versions are there, and the policy takes whatever is newest: a folder that is added changes what is served.',
      example: 'folders 1 and 2, and no version_policy',
      fix: 'write version_policy { specific { versions: [ … ] } }',
    },
    {
      code: 'advice/mutable-path',
      severity: 'warning',
      means: 'A parameter points at something that may be another thing tomorrow: a bucket, a tag, `latest`.',
      example: 'parameters { key: "tokenizer" value { string_value: "s3://models/latest" } }',
      fix: 'put the file into the model, or pin it by digest',
    },
    {
      code: 'advice/secret',
      severity: 'warning',
      means:
        'A parameter looks like a password, key or token. Everybody who can read the model, or ask Triton for its configuration, reads it too.',
      example: 'parameters { key: "api_key" value { string_value: "…" } }',
      fix: 'give it to the server in its environment, and take it out here; then change it',
    },
    {
      code: 'advice/host-path',
      severity: 'warning',
      means: 'A path of a machine stands in the configuration: it is not part of the model, and is not there elsewhere.',
      example: 'model_operations { op_library_filename: "/home/me/ops.so" }',
      fix: 'put the file into the model’s folder',
    },
    {
      code: 'advice/backend-guessed',
      severity: 'warning',
      means: 'No backend is written, and Triton guesses it from the files of the folder that comes first by name.',
      example: 'max_batch_size: 8  # and 1/model.onnx',
      fix: 'write backend: "…"',
    },
  ],
  *judge({ config, written, served, entries, inferenceFailure }, pen) {
    const numbers = entries.filter(({ kind, name }) => kind === 'folder' && /^[1-9]\d*$/.test(name));
    if (numbers.length > 1 && !written.version_policy && served.length > 0) {
      yield pen.at(['version_policy'], 'advice/version-not-pinned', `${numbers.length} versions are there, and Triton takes the newest`);
    }
    for (const [key, { string_value: value = '' }] of Object.entries(config.parameters ?? {})) {
      const path = ['parameters', key];
      if (isSecret(key, value)) yield pen.at(path, 'advice/secret', `the parameter "${key}" looks like a secret`);
      else if (isMutable(value)) yield pen.at(path, 'advice/mutable-path', `"${value}" can change under us`);
    }
    yield* hostPaths(config.model_operations?.op_library_filename ?? [], pen);
    const isFromFiles = ['onnxruntime', 'tensorrt', 'pytorch', 'openvino', 'python'].includes(config.backend ?? '');
    if (!written.backend && !written.platform && !written.default_model_filename && isFromFiles && inferenceFailure === 'none') {
      const says = `Triton guesses the backend "${config.backend}" from the files`;
      yield pen.at(['backend'], 'advice/backend-guessed', says, `write backend: "${config.backend}"`);
    }
  },
};

function* hostPaths(files: readonly string[], pen: Pen): Iterable<Finding> {
  for (const [index, file] of files.entries()) {
    if (!/^\/(home|root|Users|tmp|mnt)\//.test(file)) continue;
    yield pen.at(['model_operations', 'op_library_filename', index], 'advice/host-path', `"${file}" is a path of one machine`);
  }
}

function isSecret(key: string, value: string): boolean {
  if (value === '' || /^(\$|\{\{|file:|env:)/.test(value) || /^(true|false|\d{1,6})$/i.test(value)) return false;
  const isNamed = /(^|[_.-])(password|passwd|secret|token|api_?key|access_?key|private_?key|credentials?)$/i.test(key);
  const isShaped = /^(AKIA[0-9A-Z]{16}|ghp_\w{36}|hf_\w{30,}|sk-\w{20,}|xox[bp]-.+|-----BEGIN .*PRIVATE KEY-----[^]*)$/.test(value);
  return isShaped || (isNamed && value.length >= 6 && !value.includes('/'));
}

function isMutable(text: string): boolean {
  if (/@sha256:[0-9a-f]{64}$/.test(text)) return false;
  return /(^|[:@/_-])latest$/i.test(text) || /^(s3|gs|as|https?|hdfs|abfss?|wasbs?):\/\//i.test(text);
}
