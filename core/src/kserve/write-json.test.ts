import { strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { writeJson } from './write-json.ts';

test('escapes have capitals, as a tritonserver 2.51 wrote them', () => {
  strictEqual(writeJson('\u0000\b\u000b\u001f\u007f é/\u2028"\\'), String.raw`"\u0000\b\u000B\u001F${'\u007f é/\u2028'}\"\\"`);
});

test('what only looks like an escape stays as it is', () => {
  strictEqual(writeJson([String.raw`\u001f`, '\u001f']), String.raw`["\\u001f","\u001F"]`);
});
