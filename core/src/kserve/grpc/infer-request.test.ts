import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeInferRequest } from './infer-request.ts';

// Bytes as NVIDIA's tritonclient 2.51 writes them, so that they do not come from our own codec.
const written = Buffer.from(
  '0a066dc3b664656c1201331a0469642d3122100a0161120b10f9ffffffffffffffff0122070a01621202080122080a016312031a0178220e0a0164120921000000' +
    '000000f83f22100a0165120b28ffffffffffffffffff012a1c0a01411204494e54381a01022a0e120cffffffffffffffffff01c8012a490a01421204465033321a02' +
    '0103221d0a177368617265645f6d656d6f72795f627974655f73697a651202100c221b0a147368617265645f6d656d6f72795f726567696f6e12031a01722a150a01' +
    '43120542595445531a01022a064202616242002a240a01441205494e5436341a01022a151a13feffffffffffffffff0180808080808080804032190a014f12140a0e' +
    '636c617373696669636174696f6e1202100232030a01503a030102033a00',
  'hex',
);

test('a request is read with its parameters, tensors, wanted outputs and raw contents', () => {
  const request = decodeInferRequest(written);
  deepStrictEqual([request.modelName, request.modelVersion, request.id], ['mödel', '3', 'id-1']);
  deepStrictEqual(
    [...request.parameters],
    [
      ['a', { choice: 'int64', value: -7n }],
      ['b', { choice: 'bool', value: true }],
      ['c', { choice: 'string', value: 'x' }],
      ['d', { choice: 'double', value: 1.5 }],
      ['e', { choice: 'uint64', value: 2n ** 64n - 1n }],
    ],
  );
  deepStrictEqual(
    request.inputs.map(({ name, datatype, shape, contents }) => [
      name,
      datatype,
      shape,
      contents && Buffer.from(contents.bytes).toString('hex'),
    ]),
    [
      // 200 does not fit an INT8 and is cut, as Triton cuts it.
      ['A', 'INT8', [2], 'ffc8'],
      ['B', 'FP32', [1, 3], undefined],
      ['C', 'BYTES', [2], '02000000616200000000'],
      ['D', 'INT64', [2], 'feffffffffffffff0000000000000040'],
    ],
  );
  deepStrictEqual(request.inputs[1]?.parameters.get('shared_memory_region'), { choice: 'string', value: 'r' });
  deepStrictEqual(request.outputs[0]?.parameters.get('classification'), { choice: 'int64', value: 2n });
  deepStrictEqual(
    request.outputs.map(({ name }) => name),
    ['O', 'P'],
  );
  deepStrictEqual(
    request.raw.map((bytes) => [...bytes]),
    [[1, 2, 3], []],
  );
});

test('raw contents are views into the message, not copies', () => {
  strictEqual(decodeInferRequest(written).raw[0]?.buffer, written.buffer);
});

test('a parameter that chose nothing is told from one that chose a default', () => {
  const entry = (value: string) =>
    Buffer.from(
      `22${(5 + value.length / 2).toString(16).padStart(2, '0')}0a017812${(value.length / 2).toString(16).padStart(2, '0')}${value}`,
      'hex',
    );
  deepStrictEqual(decodeInferRequest(entry('')).parameters.get('x'), { choice: 'none' });
  deepStrictEqual(decodeInferRequest(entry('0800')).parameters.get('x'), { choice: 'bool', value: false });
});

test('a shape may come unpacked, and fields that nobody knows are passed over', () => {
  const request = decodeInferRequest(Buffer.from('fa0102aabb2a07180218030a0149', 'hex'));
  deepStrictEqual(
    request.inputs.map(({ name, shape }) => [name, shape]),
    [['I', [2, 3]]],
  );
});

test('bytes that are no request throw', () => {
  for (const hex of ['0ac8', '0a02fffe', '00', '2a0318', '07']) throws(() => decodeInferRequest(Buffer.from(hex, 'hex')), hex);
});

test('every cut of a request either throws or reads less, and never hangs', () => {
  for (let length = 0; length < written.length; length += 1) {
    try {
      decodeInferRequest(written.subarray(0, length));
    } catch (thrown) {
      strictEqual(thrown instanceof Error, true);
    }
  }
});
