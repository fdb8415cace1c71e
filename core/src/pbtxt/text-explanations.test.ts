import { match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { readConfigText } from './read-config.ts';
import { textExplanations } from './text-explanations.ts';

/** This one cannot be shown in a line. */
const shown = textExplanations.filter(({ code }) => code !== 'config/too-long');

for (const { code, severity, example, ...rest } of shown) {
  test(`the example of ${code} is found wrong by that name, in Triton's words`, () => {
    const isOlder = code === 'config/field-too-new';
    const { findings } = readConfigText(example, 'config.pbtxt', () => !isOlder);
    const found = findings.find((one) => one.code === code);
    strictEqual(found?.severity, severity);
    if ('triton' in rest) match(found.triton ?? '', inWords(rest.triton));
  });
}

test('a file that is far too long is told so', () => {
  strictEqual(readConfigText('#'.repeat(8_000_001), 'config.pbtxt').findings[0]?.code, 'config/too-long');
});

/** `…` stands for what differs. */
function inWords(triton: string): RegExp {
  const parts = triton.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}`);
}
