import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { answered } from '../base/asking.ts';
import { readMadeUp } from './made-up-file.ts';
import { external, graphAttribute, localFunction, type MadeUpModel, model, node, tensorAttribute, value, zeros } from './made-up-onnx.ts';
import { joined, message, varint } from './made-up-protobuf.ts';
import { type OnnxFacts, readOnnx, sessionInputs } from './onnx.ts';
import { isProblem, type Problem } from './problem.ts';

const read = (bytes: Uint8Array): OnnxFacts | Problem => readMadeUp(readOnnx('model.onnx', bytes.length), bytes).read;

function factsOf(made: MadeUpModel): OnnxFacts {
  const facts = read(model(made));
  ok(!isProblem(facts), 'the model gave no facts');
  return facts;
}

test('a model tells who made it, and for which IR version and opsets', () => {
  const { irVersion, producer, producerVersion, opsets, hasGraph } = factsOf({
    irVersion: 9,
    opsets: [
      ['', 18],
      ['ai.onnx.ml', 3],
    ],
  });
  deepStrictEqual([irVersion, producer, producerVersion, hasGraph], [9, 'made-up', '1.2', true]);
  deepStrictEqual(opsets, [
    { domain: '', version: 18 },
    { domain: 'ai.onnx.ml', version: 3 },
  ]);
});

test('edges have their names, types and shapes; a size may be a symbol, nothing at all, or zero', () => {
  const { inputs, outputs } = factsOf({ inputs: [value('x', ['batch', 3, null, 0, '', -5])], outputs: [value('y', [], 8)] });
  deepStrictEqual(inputs, [
    {
      name: 'x',
      dataType: 'TYPE_FP32',
      onnxType: 'float',
      elementType: 1,
      isTensor: true,
      shape: [{ size: -1, symbol: 'batch' }, { size: 3 }, { size: -1 }, { size: 0 }, { size: -1 }, { size: -1 }],
    },
  ]);
  deepStrictEqual(outputs, [{ name: 'y', dataType: 'TYPE_STRING', onnxType: 'string', elementType: 8, isTensor: true, shape: [] }]);
});

test('a tensor of unknown rank has no shape', () => {
  const bare = message([1, 'x'], [2, message([1, message([1, 7])])]);
  strictEqual(factsOf({ inputs: [bare] }).inputs[0]?.shape, undefined);
});

test('what is no tensor is told apart', () => {
  const sequence = message([1, 'x'], [2, message([4, message([1, message([1, message([1, 1])])])])]);
  deepStrictEqual(factsOf({ inputs: [sequence, message([1, 'z'])] }).inputs, [
    { name: 'x', dataType: 'TYPE_INVALID', onnxType: 'sequence', elementType: 0, isTensor: false, shape: undefined },
    { name: 'z', dataType: 'TYPE_INVALID', onnxType: 'nothing', elementType: 0, isTensor: false, shape: undefined },
  ]);
});

for (const [type, name] of [
  [9, 'TYPE_BOOL'],
  [2, 'TYPE_UINT8'],
  [16, 'TYPE_BF16'],
  [10, 'TYPE_FP16'],
  [14, 'TYPE_INVALID'],
  [17, 'TYPE_INVALID'],
  [22, 'TYPE_INVALID'],
  [99, 'TYPE_INVALID'],
] as const) {
  test(`Triton calls ONNX's element type ${type} ${name}`, () =>
    strictEqual(factsOf({ inputs: [value('x', [1], type)] }).inputs[0]?.dataType, name));
}

test('an input with an initializer is a constant, dense or sparse', () => {
  const facts = factsOf({
    inputs: [value('x'), value('w'), value('s')],
    initializers: [zeros('w', 2)],
    sparse: [message([1, zeros('s', 1)])],
  });
  deepStrictEqual([...facts.initializers], ['w', 's']);
  deepStrictEqual(
    sessionInputs(facts).map(({ name }) => name),
    ['x'],
  );
});

test('operators are counted, those in branches too; functions keep theirs', () => {
  const inner: MadeUpModel = { inputs: [], outputs: [value('z')], nodes: [node('Abs', ['x'], ['z']), node('Abs', ['z'], ['q'])] };
  const { operators, functions } = factsOf({
    nodes: [
      node('If', ['c'], ['y'], { attributes: [graphAttribute('then_branch', inner), graphAttribute('else_branch', inner)] }),
      node('Abs', ['x'], ['y'], { domain: 'ai.onnx' }),
      node('F', ['x'], ['y'], { domain: 'foo', overload: 'two' }),
    ],
    functions: [localFunction('foo', 'F', { overload: 'two' })],
  });
  deepStrictEqual(operators, [
    { domain: '', op: 'Abs', overload: '', count: 5 },
    { domain: '', op: 'If', overload: '', count: 1 },
    { domain: 'foo', op: 'F', overload: 'two', count: 1 },
  ]);
  deepStrictEqual(functions, [
    {
      domain: 'foo',
      name: 'F',
      overload: 'two',
      opsets: [{ domain: '', version: 17 }],
      operators: [{ domain: '', op: 'Identity', overload: '', count: 1 }],
    },
  ]);
});

test('tensors in other files say where, how much, and whether anything takes them in', () => {
  const facts = factsOf({
    initializers: [
      external('w', { location: 'w.bin', offset: 4096, length: 24 }, [2, 3]),
      external('spare', { location: 'w.bin' }, [5], 22),
    ],
    nodes: [
      node('Add', ['x', 'w'], ['y']),
      node('Constant', [], ['c'], { attributes: [tensorAttribute('value', external('t', { location: 'c.bin' }, [2], 8))] }),
      node('Abs', ['c'], ['d']),
    ],
  });
  deepStrictEqual(facts.external, [
    { tensor: 't', location: 'c.bin', offset: undefined, length: undefined, bytes: undefined, isUsed: true },
    { tensor: 'w', location: 'w.bin', offset: '4096', length: '24', bytes: 24, isUsed: true },
    { tensor: 'spare', location: 'w.bin', offset: undefined, length: undefined, bytes: 3, isUsed: false },
  ]);
});

test('weights are jumped over: a model of many megabytes costs a few small reads', () => {
  const bytes = model({ initializers: [zeros('a', 1_000_000), zeros('b', 1_000_000), zeros('c', 1_000_000)] });
  const { read: facts, asks, askedBytes } = readMadeUp(readOnnx('model.onnx', bytes.length), bytes);
  ok(!isProblem(facts));
  deepStrictEqual([...facts.initializers], ['a', 'b', 'c']);
  ok(asks <= 5 && askedBytes < 100_000, `${asks} reads of ${askedBytes} bytes`);
});

test('numbers past 32 and 53 bits do not lead astray', () => {
  const far = joined([
    message([1, 8]),
    message([8, message([2, 2n ** 62n])]),
    message([8, message([2, -(2n ** 62n)])]),
    message([7, new Uint8Array(0)]),
  ]);
  const facts = read(far);
  ok(!isProblem(facts));
  deepStrictEqual(
    facts.opsets.map(({ version }) => version),
    [2 ** 62, -(2 ** 62)],
  );
});

test('what lies behind 2^60 bytes that nobody wants is read as well', () => {
  const unwanted = joined([message([1, 8]), Uint8Array.of(0xba, 0x3e), varint(2n ** 60n)]);
  const behind = unwanted.length + 2 ** 60;
  // Past 2^53 only even places can be written as numbers, and a length must be one of them.
  const graph = message([7, message([2, 'far'], [3, new Uint8Array(245)])]);
  const facts = answered(readOnnx('model.onnx', behind + graph.length), (ask) => {
    if ('list' in ask) return { unseen: 'absent' };
    return (ask.from < 2 ** 59 ? joined([unwanted, new Uint8Array(ask.size)]) : graph).subarray(0, ask.size);
  });
  ok(!isProblem(facts) && facts.hasGraph);
});

test('the examples are read as what they are', () => {
  const file = (release: string) =>
    join(import.meta.dirname, `../../../examples/digits/releases/${release}/repository/digits/1/model.onnx`);
  for (const release of ['a', 'b', 'c', 'd']) {
    const bytes = readFileSync(file(release));
    const facts = read(bytes);
    ok(!isProblem(facts));
    deepStrictEqual(
      [...sessionInputs(facts), ...facts.outputs].map(({ name, dataType, shape }) => [name, dataType, shape]),
      [
        ['pixels', 'TYPE_FP32', [{ size: -1, symbol: 'batch' }, { size: 64 }]],
        ['probabilities', 'TYPE_FP32', [{ size: -1, symbol: 'batch' }, { size: 10 }]],
      ],
    );
  }
  const cut = readFileSync(file('e-truncated'));
  strictEqual(statSync(file('e-truncated')).size, cut.length);
  deepStrictEqual(read(cut), {
    problem: `it is cut off: its last part is longer than the ${cut.length} bytes of the file`,
    why: 'truncated',
  });
});

test('a file that cannot be read, or grows shorter, leaves the verdict open', () => {
  deepStrictEqual(
    answered(readOnnx('m', 10), () => ({ unseen: 'no leave to read it' })),
    { problem: 'its bytes could not be read: no leave to read it', why: 'unseen' },
  );
  deepStrictEqual(
    answered(readOnnx('m', 10), () => Uint8Array.of(8)),
    { problem: 'it became shorter while it was read', why: 'unseen' },
  );
});

test('a model that is built to take for ever is given up', () => {
  const many = joined(new Array<Uint8Array>(300_000).fill(message([8, message([2, 1])])));
  const facts = read(joined([message([1, 8]), many]));
  ok(isProblem(facts));
  strictEqual(facts.why, 'limit');
  const long = read(joined([message([1, 8]), message([2, 'x'.repeat(100_000)])]));
  ok(isProblem(long));
  match(long.problem, /where a name belongs/);
});

test('any bytes give facts or a problem', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      read(bytes);
    }),
    { numRuns: 2000 },
  );
});

test('any damage to a model gives facts or a problem', () => {
  const whole = model({
    nodes: [
      node('Constant', [], ['c'], { attributes: [tensorAttribute('value', external('t', { location: 'c.bin' }))] }),
      node('Add', ['x', 'c'], ['y']),
    ],
    initializers: [zeros('w', 4), external('e', { location: 'w.bin', offset: 8, length: 8 })],
    functions: [localFunction('foo', 'F')],
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(whole.length), (changes, end) => {
      const bytes = whole.slice(0, whole.length - (end % 3 === 0 ? end : 0));
      for (const [at, byte] of changes) bytes[at] = byte;
      read(bytes);
    }),
    { numRuns: 3000 },
  );
});
