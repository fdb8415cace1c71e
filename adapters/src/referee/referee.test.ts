import { deepStrictEqual, match, strictEqual } from 'node:assert';
import { after, describe, test } from 'node:test';
import { type Case, missingForReferee, openReferee, type Referee } from './triton-referee.ts';

const missing = missingForReferee();
if (missing !== undefined && process.env.CONCH_CI === '1') throw new Error(`${missing}; CONCH_CI=1 allows no skipping`);

describe('the referee', { skip: missing ?? false }, () => {
  let opened: Promise<Referee> | undefined;
  const judge = async (files: Case['files'], model = 'm') => {
    opened ??= openReferee();
    return (await opened).judge({ id: 'a test', model, files });
  };
  after(async () => (await opened)?.close());

  test('accepts a model whose folder and configuration are right', async () => {
    const { verdict, reason } = await judge({ 'm/config.pbtxt': plain('accept'), 'm/1/': '' });
    deepStrictEqual({ verdict, reason }, { verdict: 'accept', reason: '' });
  });

  for (const backend of ['onnxruntime', 'tensorrt', 'pytorch', 'tensorflow', 'openvino', 'dali', 'fil', 'python', 'vllm', 'identity'])
    test(`accepts what says backend ${backend}, and never opens its model`, async () => {
      const platform = platforms[backend] ? `platform: "${platforms[backend]}"` : '';
      const ruling = await judge({ 'm/config.pbtxt': `${plain(backend)} ${platform}`, 'm/1/model.py': 'raise SystemExit' });
      strictEqual(ruling.verdict, 'accept', ruling.reason);
    });

  test('runs warm-up requests, and answers them', async () => {
    const input = 'inputs { key: "x" value { data_type: TYPE_FP32 dims: 4 zero_data: true } }';
    const config = `${plain('accept')} model_warmup { name: "zeros" batch_size: 1 count: 3 ${input} }`;
    strictEqual((await judge({ 'm/config.pbtxt': config, 'm/1/': '' })).verdict, 'accept');
  });

  test('says in its own words why a configuration cannot be polled, which the answer does not', async () => {
    const ruling = await judge({ 'm/config.pbtxt': `${plain('accept')} max_batch_size: -1`, 'm/1/': '' });
    strictEqual(ruling.reason, "'max_batch_size' must be non-negative value for m");
    strictEqual(ruling.log[0], "500 failed to load 'm', failed to poll from model repository");
  });

  test('says the first reason of a model whose versions do not load', async () => {
    const config = `${plain('accept')} version_policy { all { } } instance_group { kind: KIND_CPU gpus: 0 }`;
    const ruling = await judge({ 'm/config.pbtxt': config, 'm/1/': '', 'm/2/': '' });
    strictEqual(ruling.reason, 'Invalid argument: instance group m_0 of model m has kind KIND_CPU but specifies one or more GPUs');
  });

  test('says where the text of a configuration is wrong, with line and column from 1', async () => {
    const { verdict, text } = await judge({ 'm/config.pbtxt': 'backend: "accept"\n  max_bacth_size: 8\n', 'm/1/': '' });
    strictEqual(verdict, 'reject');
    deepStrictEqual(text, { line: 2, column: 17, says: 'Message type "inference.ModelConfig" has no field named "max_bacth_size".' });
  });

  test('says which model of an ensemble is missing, and remembers none of the case before', async () => {
    const folder = { 'e/config.pbtxt': ensemble, 'e/1/': '' };
    strictEqual((await judge({ ...folder, 'a/config.pbtxt': plain('identity'), 'a/1/': '' }, 'e')).verdict, 'accept');
    const alone = await judge(folder, 'e');
    strictEqual(alone.reason, 'ensemble e contains models that are not available or ambiguous: a');
    strictEqual((await judge({ 'e/config.pbtxt': 'odd: 1', 'e/1/': '' }, 'e')).text?.line, 1);
  });

  test('notes that a case ended the server, and goes on with another', async () => {
    const config = `${plain('tensorrt')} platform: "tensorrt_plan" instance_group { kind: KIND_CPU profile: "99999999999" }`;
    const ruling = await judge({ 'm/config.pbtxt': config, 'm/1/': '' });
    deepStrictEqual([ruling.verdict, ruling.died], ['reject', true]);
    match(ruling.reason, /std::out_of_range.*stoi/);
    strictEqual((await judge({ 'm/config.pbtxt': plain('accept'), 'm/1/': '' })).verdict, 'accept');
  });
});

const platforms: Readonly<Record<string, string>> = {
  tensorflow: 'tensorflow_savedmodel',
};

const tensors = 'input { name: "x" data_type: TYPE_FP32 dims: 4 } output { name: "y" data_type: TYPE_FP32 dims: 4 }';

function plain(backend: string): string {
  return `backend: "${backend}" ${tensors}`;
}

const ensemble = `platform: "ensemble" ${tensors}
  ensemble_scheduling { step { model_name: "a" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } } }`;
