import { deepStrictEqual, ok, rejects, strictEqual } from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Digest, short } from '#core/base/digest.ts';
import { Bug, Fault } from '#core/base/fault.ts';
import type { PoolTarget } from '#core/ports/targets.ts';
import type { Packed } from '#core/release/pack.ts';
import { servingDigest } from '#core/release/release.ts';
import { exampleFolder, exampleRelease } from '../registry/example-release.ts';
import { type MemoryRegistry, memoryRegistry } from '../registry/memory.ts';
import { diskArtifacts } from './artifacts.ts';

const a = exampleRelease('a');
const model = readFileSync(join(exampleFolder('a'), 'repository/digits/1/model.onnx'));

function cpuParts({ release }: Packed) {
  const { cpu } = release.classes;
  if (!cpu) throw new Bug('the example is packed for cpu');
  return cpu;
}

function targetOf(packed: Packed): PoolTarget {
  const { model } = packed.release;
  const serving = servingDigest(model, 'cpu', cpuParts(packed));
  return { pool: 'p', model, release: packed.digest, serving, gpuClass: 'cpu', servers: 1, loadMs: 1000 };
}

async function world(...releases: Packed[]) {
  const registry = memoryRegistry();
  for (const release of releases) await registry.store(release);
  const home = mkdtempSync(join(tmpdir(), 'conch-artifacts-'));
  const lines: string[] = [];
  return {
    registry,
    home,
    lines,
    models: join(home, 'agent/models'),
    open: () => diskArtifacts({ registry, home, log: (line) => lines.push(line) }),
  };
}

/** A registry that nobody can reach, whatever is in it. */
const unreachable = (): MemoryRegistry => {
  const down = async (): Promise<never> => {
    throw new Fault('registry/unavailable', 'the registry is down', { isRetryable: true });
  };
  return { ...memoryRegistry(), fetch: down, verify: down, stream: () => ({ [Symbol.asyncIterator]: () => ({ next: down }) }) };
};

test('a release is unpacked as a model repository that nobody can write to by mistake', async () => {
  const { open, models } = await world(a);
  const { repository, parts, contract, golden, configTexts } = await open().materialise(targetOf(a));
  strictEqual(repository, join(models, short(targetOf(a).serving), 'repository'));
  deepStrictEqual(readFileSync(join(repository, 'digits/1/model.onnx')), model);
  deepStrictEqual(readdirSync(join(repository, 'digits')).sort(), ['1', 'config.pbtxt', 'labels.txt']);
  deepStrictEqual([parts, contract.model, golden.cases.length], [cpuParts(a), 'digits', 100]);
  ok(configTexts['digits']?.includes('max_batch_size: 16'));
  deepStrictEqual(
    [statSync(join(repository, 'digits/1/model.onnx')).mode & 0o777, statSync(join(repository, 'digits')).mode & 0o777],
    [0o444, 0o555],
  );
  deepStrictEqual(readdirSync(models), [short(targetOf(a).serving)]);
});

test('what is on disk is observed anew each time, and equals the parts of the release', async () => {
  const { open } = await world(a);
  const artifacts = open();
  deepStrictEqual((await artifacts.observe(targetOf(a))).artifact, 'absent');
  const { repository } = await artifacts.materialise(targetOf(a));
  const { artifact, config, engine, processing, versions } = cpuParts(a);
  deepStrictEqual(await artifacts.observe(targetOf(a)), { artifact, config, engine, processing, versions });
  const path = join(repository, 'digits/1/model.onnx');
  chmodSync(path, 0o644);
  writeFileSync(path, model.subarray(1));
  ok((await artifacts.observe(targetOf(a))).artifact !== artifact);
});

test('servers that start together share one unpacking, and one that starts later finds it', async () => {
  const { open, registry } = await world(a);
  let streams = 0;
  const stream = registry.stream;
  registry.stream = (blob) => {
    streams += 1;
    return stream(blob);
  };
  const artifacts = open();
  const all = await Promise.all([1, 2, 3].map(() => artifacts.materialise(targetOf(a))));
  strictEqual(new Set(all.map(({ repository }) => repository)).size, 1);
  await open().materialise(targetOf(a));
  strictEqual(streams, 2, 'two layers, each read once');
});

test('what was unpacked once needs no registry again: a rollback works while it is down', async () => {
  const { open, home } = await world(a);
  const first = await open().materialise(targetOf(a));
  const later = await diskArtifacts({ registry: unreachable(), home }).materialise(targetOf(a));
  deepStrictEqual(later, first);
  deepStrictEqual(await diskArtifacts({ registry: unreachable(), home }).golden(a.digest), first.golden);
});

test('a changed byte in the registry never reaches the disk that servers read', async () => {
  const { open, registry, models } = await world(a);
  const layer = largest(a);
  const bytes = registry.blobs.get(layer) ?? new Uint8Array(0);
  registry.blobs.set(layer, bytes.with(2000, (bytes[2000] ?? 0) ^ 1));
  await rejects(open().materialise(targetOf(a)), { code: 'artifact/corrupt', isRetryable: false });
  deepStrictEqual(readdirSync(models), []);
  registry.blobs.set(layer, bytes);
  await open().materialise(targetOf(a));
});

test('a registry that goes away in the middle leaves nothing half-written, and the next try succeeds', async () => {
  const { open, registry, models } = await world(a);
  const stream = registry.stream;
  registry.stream = async function* (blob) {
    for await (const chunk of stream(blob)) yield chunk.subarray(0, 1500);
    throw new Fault('registry/unavailable', 'connection reset', { isRetryable: true });
  };
  const artifacts = open();
  await rejects(artifacts.materialise(targetOf(a)), { code: 'registry/unavailable', isRetryable: true });
  deepStrictEqual(readdirSync(models), []);
  registry.stream = stream;
  await artifacts.materialise(targetOf(a));
});

test('a file that was changed, added or taken away on disk is set aside with the whole copy, and unpacked again', async () => {
  const damages: readonly ((digits: string) => void)[] = [
    (digits) =>
      writeFileSync(
        join(digits, '1/model.onnx'),
        model.map((byte, index) => (index === 99 ? byte ^ 1 : byte)),
      ),
    (digits) => writeFileSync(join(digits, '1/more.onnx'), 'x'),
    (digits) => rmSync(join(digits, 'labels.txt')),
  ];
  for (const damage of damages) {
    const { open, lines } = await world(a);
    const { repository } = await open().materialise(targetOf(a));
    const digits = join(repository, 'digits');
    for (const path of [digits, join(digits, '1')]) chmodSync(path, 0o755);
    chmodSync(join(digits, '1/model.onnx'), 0o644);
    damage(digits);
    await open().materialise(targetOf(a));
    deepStrictEqual(readFileSync(join(digits, '1/model.onnx')), model);
    deepStrictEqual(readdirSync(digits).length, 3);
    strictEqual(lines.length, 1, lines.join('\n'));
    ok(existsSync(join(repository, '../../', `${short(targetOf(a).serving)}.damaged`)));
  }
});

test('a file that only looks changed is read again, and left where it is', async () => {
  const { open, lines } = await world(a);
  const { repository } = await open().materialise(targetOf(a));
  const path = join(repository, 'digits/labels.txt');
  chmodSync(path, 0o644);
  await open().materialise(targetOf(a));
  deepStrictEqual(lines, []);
});

test('what a killed agent left half-written is cleared away', async () => {
  const { open, models } = await world(a);
  mkdirSync(join(models, '.draft-999999999-abc/models'), { recursive: true });
  await open().materialise(targetOf(a));
  deepStrictEqual(readdirSync(models), [short(targetOf(a).serving)]);
});

test('a release whose layers are not the parts that it names is refused', async () => {
  const b = exampleRelease('b');
  const { open, registry } = await world(a);
  // A registry that passes every digest check and still hands out another layer: the image of `a` rewritten to carry the weights of `b`.
  const stream = registry.stream;
  await registry.store(b);
  registry.stream = (blob) => stream(blob === largest(a) ? largest(b) : blob);
  await rejects(open().materialise(targetOf(a)), { code: 'artifact/corrupt' });
});

test('a pool that asks for a release by the wrong serving digest is refused', async () => {
  const { open } = await world(a);
  await rejects(open().materialise({ ...targetOf(a), serving: a.digest }), { code: 'registry/unreadable', isRetryable: false });
  await rejects(open().materialise({ ...targetOf(a), gpuClass: 'nvidia-l4' }), { code: 'registry/unreadable', isRetryable: false });
});

function largest({ blobs, release }: Packed): Digest {
  const text = new TextDecoder().decode(blobs.get(release.classes.cpu?.image ?? 'sha256:'));
  const [layer] = (JSON.parse(text) as { layers: { digest: Digest }[] }).layers;
  return layer?.digest ?? 'sha256:';
}

test('a release of several models is unpacked whole, and each file is observed in the part that it belongs to', async () => {
  const reviews = exampleRelease('reviews/a');
  const { open } = await world(reviews);
  const artifacts = open();
  const { repository, configTexts } = await artifacts.materialise(targetOf(reviews));
  const models = ['reviews', 'reviews_classifier', 'reviews_labels', 'reviews_tokens'];
  deepStrictEqual([readdirSync(repository).sort(), Object.keys(configTexts).sort()], [models, models]);
  const { artifact, config, engine, processing, versions } = cpuParts(reviews);
  const released = { artifact, config, engine, processing, versions };
  deepStrictEqual(await artifacts.observe(targetOf(reviews)), released);
  const path = join(repository, 'reviews_tokens/1/vocabulary.txt');
  chmodSync(path, 0o644);
  writeFileSync(path, 'words');
  const { processing: now, ...same } = await artifacts.observe(targetOf(reviews));
  deepStrictEqual({ ...same, processing }, released);
  ok(now !== processing && now !== 'absent');
});

test('where Python would leave its cache there is a file of that name, and a cache that came there all the same is found', async () => {
  const reviews = exampleRelease('reviews/a');
  const { open, lines } = await world(reviews);
  const artifacts = open();
  const { repository } = await artifacts.materialise(targetOf(reviews));
  const cache = join(repository, 'reviews_labels/1/__pycache__');
  ok(statSync(cache).isFile());
  chmodSync(join(repository, 'reviews_labels/1'), 0o755);
  rmSync(cache, { force: true });
  mkdirSync(cache);
  writeFileSync(join(cache, 'model.cpython-311.pyc'), '');
  ok((await artifacts.observe(targetOf(reviews))).artifact !== cpuParts(reviews).artifact);
  await artifacts.materialise(targetOf(reviews));
  ok(lines[0]?.includes('reviews_labels/1/__pycache__/model.cpython-311.pyc is not part of the release'), lines[0]);
  ok(statSync(cache).isFile());
});
