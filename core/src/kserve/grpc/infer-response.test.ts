import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { encodeInferResponse, encodeStreamInferResponse } from './infer-response.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const outputs = [
  { name: 'O', datatype: 'FP32', shape: [1, 2], raw: new Uint8Array(new Float32Array([1, 2]).buffer) },
  { name: 'S', datatype: 'BYTES', shape: [], raw: new Uint8Array() },
];

// What is expected is what tritonclient 2.51 writes.
test('an answer has one raw entry for each output, also for an empty one', () => {
  strictEqual(
    hex(encodeInferResponse({ modelName: 'm', modelVersion: '1', id: 'i', parameters: [['triton_final_response', false]], outputs })),
    '0a016d1201311a0169221b0a15747269746f6e5f66696e616c5f726573706f6e7365120208002a0d0a014f1204465033321a0201022a0a0a01531205425954455332080000803f000000403200',
  );
});

test('parameters of an answer keep their kinds: a bigint is an int64, a number a double', () => {
  strictEqual(
    hex(
      encodeInferResponse({
        id: '',
        parameters: [
          ['d', 2.5],
          ['n', -3n],
          ['f', false],
          ['t', ''],
        ],
      }),
    ),
    '220e0a016412092100000000000004' + '4022100a016e120b10fdffffffffffffffff01' + '22070a01661202080022070a017412021a00',
  );
});

test('an error on a stream says whose it is', () => {
  strictEqual(hex(encodeStreamInferResponse('no', { id: 'i' })), '0a026e6f12031a0169');
  strictEqual(hex(encodeStreamInferResponse('no', { id: '' })), '0a026e6f1200');
});

test('data of any length has its length before it', () => {
  for (const length of [0, 127, 128, 16_383, 16_384, 2_097_152]) {
    const raw = new Uint8Array(length).fill(7);
    const output = { name: 'O', datatype: 'UINT8', shape: [length], raw };
    for (const bytes of [
      encodeInferResponse({ id: 'i', outputs: [output, output] }),
      innerOf(encodeStreamInferResponse('', { id: 'i', outputs: [output, output] })),
    ]) {
      const reader = new BinaryReader(bytes);
      const raws = [];
      while (reader.pos < reader.len) {
        const [number, wireType] = reader.tag();
        if (number === 6) raws.push(reader.bytes());
        else reader.skip(wireType);
      }
      deepStrictEqual(
        raws.map((one) => one.length),
        [length, length],
      );
      strictEqual(
        raws.every((one) => one.every((byte) => byte === 7)),
        true,
      );
    }
  }
});

function innerOf(stream: Uint8Array): Uint8Array {
  const reader = new BinaryReader(stream);
  deepStrictEqual(reader.tag(), [2, WireType.LengthDelimited]);
  const inner = reader.bytes();
  strictEqual(reader.pos, reader.len);
  return inner;
}

test('a message that cannot be written leaves nothing behind in the next one', () => {
  const output = { name: 'O', datatype: 'FP32', shape: [0.5], raw: new Uint8Array() };
  throws(() => encodeInferResponse({ id: 'x', outputs: [output] }));
  strictEqual(hex(encodeInferResponse({ id: 'i' })), '1a0169');
});
