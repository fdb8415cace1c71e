import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Ask, answered } from '../base/asking.ts';
import { defaultTarget } from '../compat/target.ts';
import { defaultSettings } from '../model/conditions.ts';
import { madeUpTree } from '../model/made-up-tree.ts';
import { checksOf } from './check-path.ts';
import { conditionsOf } from './conditions-of.ts';
import { finish } from './finish.ts';
import { whatStandsThere } from './what-stands-there.ts';
import { withContract } from './with-contract.ts';

const conditions = conditionsOf(defaultTarget, defaultSettings, 'judged');

/** What a user would get for a folder: every report, or why there is none. */
function check(files: Readonly<Record<string, string | Uint8Array>>): { asked: Ask[]; verdicts: string[] } {
  const asked: Ask[] = [];
  const answer = madeUpTree(files);
  const listen = (ask: Ask) => {
    asked.push(ask);
    return answer(ask);
  };
  const standing = answered(whatStandsThere('r'), listen);
  const verdicts: string[] = [];
  for (const one of checksOf(standing, conditions, withContract)) {
    const report = answered(one, listen);
    verdicts.push('why' in report ? report.why : finish(report, defaultTarget, conditions).verdict);
  }
  return { asked, verdicts };
}

const names = [
  'config.pbtxt',
  '1/model.onnx',
  '1/model.py',
  '1/model.plan',
  '1/model.pt',
  '1/model.xml',
  'labels.txt',
  'warmup/a',
  '2/model.onnx',
  'configs/x.pbtxt',
];
const starts = [
  'backend: "onnxruntime"\n',
  'backend: "python"\n',
  'platform: "ensemble"\n',
  'backend: "tensorrt"\n',
  'backend: "pytorch"\n',
  'backend: "openvino"\n',
  '',
];
const ends = [
  '',
  'output { name: "y" data_type: TYPE_FP32 dims: 1 label_filename: "labels.txt" }',
  'model_warmup { batch_size: 1 inputs { key: "x" value { data_type: TYPE_STRING dims: 1 input_data_file: "a" } } }',
  'ensemble_scheduling { step { model_name: "m" } }',
];

test('no bytes in any file make a check fail: each model gets a verdict', () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.constantFrom('', 'ftrt', 'PK\u0003\u0004', '<?xml version="1.0"?><net', '\u0008\u0007', 'class TritonPythonModel:'),
  );
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom(...names), content),
      fc.constantFrom(...starts),
      fc.constantFrom(...ends),
      fc.boolean(),
      (files, start, end, isText) => {
        const placed: Record<string, string | Uint8Array> = Object.fromEntries(
          Object.entries(files).map(([name, bytes]) => [`r/m/${name}`, bytes]),
        );
        if (isText) placed['r/m/config.pbtxt'] = `${start}${end}`;
        for (const verdict of check(placed).verdicts) ok(['accept', 'reject', 'unknown'].includes(verdict), verdict);
      },
    ),
    { numRuns: 1500 },
  );
});

test('no bytes in contract, golden set and route make it fail either', () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.constantFrom('{', '[]', 'a: &a [*a]', 'contract: conch/v1\n', '{"golden":"conch/v1"}', '- - - -'),
  );
  fc.assert(
    fc.property(content, content, content, (contract, golden, route) => {
      const files = {
        'r/contract.yaml': contract,
        'r/golden.json': golden,
        'r/route.json': route,
        'r/repository/m/config.pbtxt': 'backend: "x"',
        'r/repository/m/1/x': '',
      };
      ok(check(files).verdicts.length === 1);
    }),
    { numRuns: 300 },
  );
});

test('weights are never read: of a large model the header alone is asked for', () => {
  const weights = new Uint8Array(20_000_000).fill(7);
  // A graph whose one initializer holds twenty million bytes.
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  const field = (number: number, bytes: Uint8Array): Uint8Array => Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]);
  const join = (...parts: Uint8Array[]): Uint8Array => {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  };
  const tensor = join(field(9, weights), weights);
  const graph = join(field(5, tensor), tensor);
  const model = join(Uint8Array.from([8, 7]), field(7, graph), graph, Uint8Array.from([66, 2, 16, 13]));
  const { asked } = check({ 'r/m/config.pbtxt': 'backend: "onnxruntime"', 'r/m/1/model.onnx': model });
  const bytes = asked.reduce(
    (sum, ask) => sum + ('read' in ask && ask.read.endsWith('.onnx') ? Math.min(ask.size, model.length - ask.from) : 0),
    0,
  );
  ok(bytes > 0 && bytes < 1_000_000, `${bytes} bytes were asked for`);
});
