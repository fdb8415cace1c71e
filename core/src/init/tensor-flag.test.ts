import { deepStrictEqual, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { readTensor, writeTensor } from './tensor-flag.ts';

const takes: readonly (readonly [typed: string, means: string])[] = [
  ['image:FP32:3,224,224', 'image:FP32:3,224,224'],
  ['tokens:int64:-1', 'tokens:INT64:-1'],
  ['text:TYPE_STRING:1', 'text:BYTES:1'],
  ['serving:x:0:FP16:[2, 3]', 'serving:x:0:FP16:2,3'],
];

for (const [typed, means] of takes) {
  test(`${typed} is read as ${means}`, () => {
    const read = readTensor(typed);
    ok(!('wrong' in read), JSON.stringify(read));
    deepStrictEqual(writeTensor(read), means);
  });
}

const refuses: readonly (readonly [typed: string, words: RegExp])[] = [
  ['image', /is not NAME:DATATYPE:DIMS/],
  ['image:FP32', /is not NAME:DATATYPE:DIMS/],
  ['image:FP32:', /for one value write FP32:1/],
  ['image:FLOAT:3', /'FLOAT' is not a datatype/],
  ['image:FP23:3', /did you mean FP32/],
  ['image:FP32:3x4', /'3x4' in 'FP32:3x4' is not a dimension/],
  ['image:FP32:0', /'0' in 'FP32:0' is not a dimension/],
  ['', /is not NAME:DATATYPE:DIMS/],
];

for (const [typed, words] of refuses) {
  test(`'${typed}' is refused with words`, () => {
    const read = readTensor(typed);
    ok('wrong' in read);
    match(read.wrong, words);
  });
}
