import { deepStrictEqual, ok, rejects } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Bug, Fault } from '#core/base/fault.ts';
import { formatFinding } from '#core/base/finding.ts';
import type { Environment } from '#core/contract/policy.ts';
import { readEnvironment } from '#core/contract/read-environment.ts';
import type { Registry } from '#core/ports/registry.ts';
import { servingDigest } from '#core/release/release.ts';
import { exampleRelease } from './example-release.ts';
import { memoryRegistry } from './memory.ts';
import { registryReleases } from './releases.ts';

const a = exampleRelease('a');

function laptop(): Environment {
  const read = readEnvironment(readFileSync(new URL('../../../examples/environments/laptop.yaml', import.meta.url), 'utf8'), 'laptop.yaml');
  if ('findings' in read) throw new Bug(read.findings.map(formatFinding).join('\n'));
  return read.environment;
}

test('a release that is all there gives its facts: parts, serving digest, and the policy of contract and environment', async () => {
  const registry = memoryRegistry();
  await registry.store(a);
  const seen = await registryReleases(registry, laptop()).parts(a.digest);
  ok(seen.is === 'present');
  const { cpu } = a.release.classes;
  ok(cpu);
  deepStrictEqual(seen.facts.parts, a.release);
  deepStrictEqual(seen.facts.serving, servingDigest('digits', 'cpu', cpu));
  deepStrictEqual([seen.facts.model, seen.facts.gpuClass, seen.facts.release], ['digits', 'cpu', a.digest]);
  deepStrictEqual([seen.facts.policy.steps, seen.facts.policy.lookMs, seen.facts.policy.serversMax], [[10, 25, 50], 250, 12]);
  deepStrictEqual(await registryReleases(registry, laptop()).findings(a.digest), []);
});

test('every blob counts: without any one of them the release is missing, and with a changed byte in any it is corrupt', async () => {
  for (const blob of a.blobs.keys()) {
    const registry = memoryRegistry();
    const releases = registryReleases(registry, laptop());
    await registry.store(a);
    deepStrictEqual((await releases.parts(a.digest)).is, 'present');
    const bytes = registry.blobs.get(blob) ?? new Uint8Array(0);
    registry.blobs.delete(blob);
    const missing = await releases.parts(a.digest);
    deepStrictEqual([missing.is, missing.is === 'missing' && missing.why.code], ['missing', 'registry/missing']);
    registry.blobs.set(blob, bytes.with(0, (bytes[0] ?? 0) ^ 1));
    const corrupt = await releases.parts(a.digest);
    deepStrictEqual([corrupt.is, corrupt.is === 'corrupt' && corrupt.why.code], ['corrupt', 'artifact/corrupt']);
  }
});

test('a release for another class of accelerator is missing here, and says for which it is', async () => {
  const registry = memoryRegistry();
  await registry.store(a);
  deepStrictEqual(await registryReleases(registry, { ...laptop(), gpuClass: 'nvidia-l4' }).parts(a.digest), {
    is: 'missing',
    why: { code: 'release/gpu-class', says: 'the release is packed for cpu, and laptop runs on nvidia-l4' },
  });
});

test('a registry that cannot be asked is a fault and never a missing release', async () => {
  const down = async (): Promise<never> => {
    throw new Fault('registry/unavailable', 'the disk sleeps', { isRetryable: true });
  };
  const registry: Registry = { ...memoryRegistry(), fetch: down };
  await rejects(registryReleases(registry, laptop()).parts(a.digest), { code: 'registry/unavailable' });
});

test('a release whose pieces disagree tells it again, whoever packed it, as far as it needs no weights', async () => {
  const registry = memoryRegistry();
  const misfit = exampleRelease('e-misfit');
  await registry.store(misfit);
  const releases = registryReleases(registry, laptop());
  deepStrictEqual((await releases.parts(misfit.digest)).is, 'present');
  const told = misfit.findings.filter(({ code }) => !code.startsWith('onnx/'));
  deepStrictEqual(await releases.findings(misfit.digest), told);
  ok(told.length > 0 && told.length < misfit.findings.length);
});
