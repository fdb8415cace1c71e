import { deepStrictEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '#core/base/digest.ts';
import type { Registry } from '#core/ports/registry.ts';
import { exampleRelease } from './example-release.ts';

/** A registry, and a hand that reaches past it. */
export type OpenRegistry = {
  readonly registry: Registry;
  damage(blob: Digest, edit: (bytes: Uint8Array) => Uint8Array | 'gone'): Promise<void>;
};

const bytesMax = 2 ** 24;

/** What every registry must do. */
export function registryContract(name: string, open: () => Promise<OpenRegistry>): void {
  const [a, b] = [exampleRelease('a'), exampleRelease('b')];

  test(`${name}: what was stored is what comes back`, async () => {
    const { registry } = await open();
    await registry.store(a);
    for (const [blob, bytes] of a.blobs) {
      deepStrictEqual(await registry.fetch(blob, bytesMax), bytes);
      deepStrictEqual(await streamed(registry, blob), bytes);
      await registry.verify(blob);
    }
  });

  test(`${name}: releases are listed by model, once each, in the order of storing`, async () => {
    const { registry } = await open();
    deepStrictEqual(await registry.releases('digits'), []);
    for (const release of [b, a, b]) await registry.store(release);
    deepStrictEqual(await registry.releases('digits'), [b.digest, a.digest]);
    deepStrictEqual(await registry.releases('other'), []);
  });

  test(`${name}: a blob that is not there is missing, and asking again would not help`, async () => {
    const { registry } = await open();
    const missing = { code: 'registry/missing', isRetryable: false };
    await rejects(registry.fetch(a.digest, bytesMax), missing);
    await rejects(streamed(registry, a.digest), missing);
    await rejects(registry.verify(a.digest), missing);
  });

  test(`${name}: a changed byte is refused, whichever way it is read`, async () => {
    const { registry, damage } = await open();
    await registry.store(a);
    const layer = largest(a.blobs);
    await registry.verify(layer);
    await damage(layer, (bytes) => bytes.with(700, (bytes[700] ?? 0) ^ 1));
    const corrupt = { code: 'artifact/corrupt', isRetryable: false };
    await rejects(registry.fetch(layer, bytesMax), corrupt);
    await rejects(streamed(registry, layer), corrupt);
    await rejects(registry.verify(layer), corrupt);
  });

  test(`${name}: a blob that was cut off is refused, and storing the release again mends it`, async () => {
    const { registry, damage } = await open();
    await registry.store(a);
    const layer = largest(a.blobs);
    await damage(layer, (bytes) => bytes.slice(0, 100));
    await rejects(registry.verify(layer), { code: 'artifact/corrupt' });
    await registry.store(a);
    await registry.verify(layer);
    await damage(layer, () => 'gone');
    await rejects(registry.verify(layer), { code: 'registry/missing' });
  });

  test(`${name}: a blob that is larger than it can be is refused before it is read`, async () => {
    const { registry } = await open();
    await registry.store(a);
    await rejects(registry.fetch(largest(a.blobs), 10), { code: 'artifact/corrupt' });
  });
}

async function streamed(registry: Registry, blob: Digest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of registry.stream(blob)) chunks.push(chunk);
  return new Uint8Array(Buffer.concat(chunks));
}

function largest(blobs: ReadonlyMap<Digest, Uint8Array>): Digest {
  const [first] = [...blobs].sort(([, one], [, other]) => other.length - one.length);
  return first?.[0] ?? 'sha256:';
}
