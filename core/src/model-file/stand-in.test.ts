import { deepStrictEqual } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { readMadeUp } from './made-up-file.ts';
import { readStandIn } from './stand-in.ts';

const read = (text: string | Uint8Array) => {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return readMadeUp(readStandIn('model.onnx', bytes.length), bytes).read;
};
const oid = `sha256:${'ab'.repeat(32)}`;

for (const [what, text, standIn] of [
  ['a Git LFS pointer', `version https://git-lfs.github.com/spec/v1\noid ${oid}\nsize 9\n`, { is: 'git-lfs', oid, size: 9 }],
  ['nothing at all', '', { is: 'empty' }],
  ['zeros', new Uint8Array(100), { is: 'zeros' }],
  ['a page', '<!DOCTYPE html>\n<html><head><title>Sign in</title>', { is: 'html', title: 'Sign in' }],
  ['a page without a title', '\n<html><body>', { is: 'html' }],
  ['a page behind a byte order mark', '\uFEFF<!doctype HTML >', { is: 'html' }],
  [
    'what an object store answers',
    '<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>',
    { is: 'error', says: 'AccessDenied: Access Denied' },
  ],
  ['what an API answers', '{"error": "Repository not found"}', { is: 'error', says: 'Repository not found' }],
  ['what a registry answers', '{"errors":[{"code":"DENIED"}]}', { is: 'error', says: '[{"code":"DENIED"}]' }],
] as const) {
  test(`${what} is told from a model`, () => deepStrictEqual(read(text), standIn));
}

for (const [what, text] of [
  ['a model', new Uint8Array([8, 8, 18, 1, 120])],
  ['a model in JSON', '{"learner": {"gradient_booster": {}}}'],
  ['an OpenVINO model', '<?xml version="1.0"?><net name="m" version="11"><layers/></net>'],
  ['broken JSON', '{"error": '],
  ['a long text that begins like JSON', `{"error": "${'x'.repeat(20_000)}"}`],
] as const) {
  test(`${what} is no stand-in`, () => deepStrictEqual(read(text), undefined));
}

test('any bytes give a stand-in or none', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 300 }), fc.uint8Array({ maxLength: 300 })), (bytes) => void read(bytes)));
});
