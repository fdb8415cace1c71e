import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { newestTriton } from '../compat/triton-versions.ts';
import { assumedOfRelease, readConditions } from './read-conditions.ts';

function read(target: string, serverArgs = '') {
  const asked = readConditions({ target, serverArgs });
  ok(!('findings' in asked));
  return asked;
}

test('without a word, the newest Triton is meant, with its usual flags, and nobody knows of a GPU', () => {
  const { target, conditions, said } = read('');
  deepStrictEqual([target.triton, target.gpu, conditions.gpus, conditions.backends], [newestTriton, 'unknown', 'unknown', 'judged']);
  deepStrictEqual([conditions.server.autoComplete, said], [true, { triton: false, gpu: false, server: false }]);
});

const gpus: readonly [target: string, gpus: unknown, serverArgs?: string][] = [
  ['gpu=none', []],
  ['gpu=cpu', []],
  ['gpu=L4', 'some'],
  ['gpu=L4,gpus=2', [0, 1]],
  ['gpus=0', []],
  ['gpus=1,gpu=L4', [0]],
  ['gpu=L4,gpus=2', [], 'CUDA_VISIBLE_DEVICES= tritonserver'],
];
for (const [target, expected, serverArgs = ''] of gpus) {
  test(`${target} ${serverArgs} gives the GPUs ${JSON.stringify(expected)}`, () => {
    deepStrictEqual(read(target, serverArgs).conditions.gpus, expected);
  });
}

test('backends=accept-all judges what the core of Triton alone decides', () => {
  deepStrictEqual(read('triton=24.10, backends=accept-all').conditions.backends, { accepting: 'any' });
  deepStrictEqual(read('backends=accept-all,triton=2.51.0').conditions.triton, { major: 2, minor: 51 });
});

test('what is wrong is told where it stands, in the target and in the flags', () => {
  const asked = readConditions({ target: 'gpus=many,triton=24.10,backends=acept-all,gpu=L4', serverArgs: '--model-namespacing=perhaps' });
  deepStrictEqual('findings' in asked && asked.findings.map(({ code, place, says, fix }) => [code, place.column, says, fix]), [
    ['compat/target', 1, '"many" is not a number of GPUs', 'write gpus=2, or gpus=0 for none'],
    ['compat/target', 24, 'backends cannot be "acept-all"', 'did you mean "accept-all"?'],
    ['compat/server-args', undefined, '--model-namespacing is true or false, got "perhaps"', undefined],
  ]);
});

test('of a release, what its contract names is assumed where nobody says otherwise, and the flags that releases are served with', () => {
  const named = { triton: '24.10', gpu: 'cpu' } as const;
  const of = (target: string, serverArgs = '') => {
    const assumed = assumedOfRelease(read(target, serverArgs), named);
    return [assumed.target.triton, assumed.conditions.triton.minor, assumed.conditions.gpus, assumed.conditions.server.autoComplete];
  };
  deepStrictEqual(of(''), ['24.10', 51, [], false]);
  deepStrictEqual(of('triton=25.06'), ['25.06', 59, [], false]);
  deepStrictEqual(of('gpus=2'), ['24.10', 51, [0, 1], false]);
  deepStrictEqual(of('gpu=L4', '--exit-on-error=false'), ['24.10', 51, 'some', true]);
});
