import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { standIn } from '../check/check-in-test.ts';
import { foundIn, runInit, treeOf } from './init-in-test.ts';

const plan = Uint8Array.from([...Buffer.from('ftrt'), ...new Array<number>(20).fill(0), 10, 5, 0, 18, ...new Array<number>(64).fill(7)]);

test('what a TensorRT plan does not tell is told by flags, with an example made for it', async (t) => {
  standIn(t, { 'engine.plan': plan });
  const { code, noted } = await runInit('engine.plan', { input: ['image:FP32:3,224,224'] });
  strictEqual(code, 2);
  match(noted, /a plan of TensorRT 10\.5\.0 does not tell its outputs, whether it has a batch dimension and which GPU it is for/);
  match(noted, /fix: say it, .*: conch init engine\.plan --input image:FP32:3,224,224 --output output__0:FP32:1000 --batch 8 --gpu L4/);
  const typed = { input: ['image:FP32:3,224,224'], output: ['scores:FP32:1000'], batch: '8', gpu: 'L4' };
  strictEqual((await runInit('engine.plan', typed)).code, 0);
  match(readFileSync('engine/repository/engine/config.pbtxt', 'utf8'), /max_batch_size: 8[^]*dims: \[ 3, 224, 224 \][^]*KIND_GPU/);
  deepStrictEqual(await foundIn('engine', 'gpu=L4'), ['unknown']);
});

test('where somebody sits at the terminal, the same is asked, and a wrong answer is asked again', async (t) => {
  standIn(t, { 'engine.plan': plan });
  const answers = ['image', 'image:FP32:3,224,224 mask:BOOL:1', 'scores:FLOAT:1000', 'scores:FP32:1000', '8', 'L4'];
  const { code, noted } = await runInit('engine.plan', {}, answers);
  strictEqual(code, 0);
  match(noted, /All inputs[^]*'image' is not NAME:DATATYPE:DIMS[^]*'FLOAT' is not a datatype[^]*The largest batch[^]*The class of GPU/);
  match(readFileSync('engine/contract.yaml', 'utf8'), /name: mask, datatype: BOOL/);
});

test('when nobody answers any more, nothing is written', async (t) => {
  standIn(t, { 'engine.plan': plan });
  await rejects(runInit('engine.plan', {}, ['image:FP32:3']));
  deepStrictEqual(Object.keys(treeOf('.')), ['engine.plan']);
});

test('a Python model is asked for the types and shapes of the names that stand in it', async (t) => {
  standIn(t, {
    'echo/1/model.py': [
      'import triton_python_backend_utils as pb_utils',
      'class TritonPythonModel:',
      '    def execute(self, requests):',
      '        text = pb_utils.get_input_tensor_by_name(requests[0], "TEXT")',
      '        return [pb_utils.InferenceResponse([pb_utils.Tensor("LENGTH", text)])]',
      '',
    ].join('\n'),
  });
  const { noted } = await runInit('echo/1/model.py', { into: 'releases' });
  match(noted, /conch init echo\/1\/model\.py --input TEXT:FP32:3,224,224 --output LENGTH:FP32:1000 --batch 8/);
  const wrong = await runInit('echo/1/model.py', { into: 'releases', input: ['TEXTS:BYTES:1'] });
  match(wrong.noted, /no input "TEXTS": it has TEXT[^]*did you mean "TEXT"/);
  const typed = { into: 'releases', input: ['TEXT:BYTES:1'], output: ['LENGTH:INT32:1'], batch: '0' };
  strictEqual((await runInit('echo/1/model.py', typed)).code, 0);
  deepStrictEqual(await foundIn('releases/echo'), ['unknown']);
});
