import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMadeUp } from './made-up-file.ts';
import { zip } from './made-up-zip.ts';
import { isProblem } from './problem.ts';
import { readTorch } from './torchscript.ts';

const read = (bytes: Uint8Array) => readMadeUp(readTorch('model.pt', bytes.length), bytes).read;
const is = (files: Readonly<Record<string, string>>) => {
  const found = read(zip(files));
  return isProblem(found) ? found.problem : found.is;
};

const code = `class Net(Module):
  __parameters__ = []
  training : bool
  def forward(self: __torch__.nets.Net,
    pixels: Tensor,
    sizes: Dict[str, Tensor],
    scale: float=1.) -> Tuple[Tensor, Tensor]:
    return (pixels, pixels)
class Other(Module):
  def forward(self: __torch__.nets.Other) -> Tensor:
    return 0
`;
const script = {
  'net/data.pkl': '\u0080\u0002c__torch__.nets\nNet\nq\u0000)\u0081}',
  'net/constants.pkl': '\u0080\u0002).',
  'net/code/__torch__/nets.py': code,
  'net/version': '3\n',
};

test('TorchScript is known by its code, and its forward() is read where it is not packed', () => {
  deepStrictEqual(read(zip(script)), {
    is: 'torchscript',
    isEncrypted: false,
    forward: [
      { name: 'pixels', type: 'Tensor' },
      { name: 'sizes', type: 'Dict[str, Tensor]' },
      { name: 'scale', type: 'float' },
    ],
  });
  deepStrictEqual(read(zip(script, { isPacked: true })), { is: 'torchscript', isEncrypted: false, forward: undefined });
});

test('a zip of more than 4 GiB, and one with a comment, is read alike', () => {
  deepStrictEqual(read(zip(script, { isWide: true })), read(zip(script)));
  deepStrictEqual(read(zip(script, { comment: 'PK\u0005\u0006 and more'.repeat(600) })), read(zip(script)));
});

test('what else PyTorch writes is told apart', () => {
  strictEqual(is({ 'net/data.pkl': '', 'net/data/0': 'x', 'net/version': '3\n' }), 'torch.save');
  strictEqual(is({ 'net/archive_format': 'pt2', 'net/data/aotinductor/model/a.so': '', 'net/version': '1' }), 'aoti');
  strictEqual(is({ 'net/archive_format': 'pt2', 'net/models/model.json': '{}' }), 'exported program');
  strictEqual(is({ 'serialized_exported_program.json': '{}', version: '2' }), 'exported program');
  strictEqual(is({ 'word/document.xml': '' }), 'other zip');
  strictEqual(is({}), 'other zip');
});

test('the pickle of PyTorch before 1.6 is known by its number', () => {
  const magic = [0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
  deepStrictEqual(read(Uint8Array.from([...magic, 0, 0])), { is: 'old torch.save', isEncrypted: false, forward: undefined });
});

test('an encrypted zip is said to be one', () => {
  const found = read(zip(script, { isEncrypted: true }));
  ok(!isProblem(found) && found.isEncrypted);
});

test('a zip that is cut off anywhere is a problem', () => {
  const whole = zip(script);
  for (let end = 2; end < whole.length; end += 1) ok(isProblem(read(whole.subarray(0, end))), `cut off after ${end} bytes`);
});

test('any bytes, and any damage to a zip, give facts or a problem', () => {
  const whole = [zip(script), zip(script, { isWide: true })];
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void read(bytes)));
  fc.assert(
    fc.property(fc.nat(1), fc.array(fc.tuple(fc.nat(3000), fc.nat(255)), { maxLength: 5 }), (which, changes) => {
      const bytes = whole[which]?.slice() ?? new Uint8Array(0);
      for (const [at, byte] of changes) bytes[bytes.length - 1 - (at % bytes.length)] = byte;
      read(bytes);
    }),
    { numRuns: 3000 },
  );
});
