import type { Digest } from '#core/base/digest.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { Finding } from '#core/base/finding.ts';
import { reason } from '#core/base/reason.ts';
import { type Environment, resolvePolicy } from '#core/contract/policy.ts';
import type { Releases } from '#core/ports/control.ts';
import type { Registry } from '#core/ports/registry.ts';
import { releaseFindings } from '#core/release/release-findings.ts';
import { servingDigest } from '#core/release/release.ts';
import type { PartsSeen, ReleaseFacts } from '#core/rollout/known.ts';
import { fetchContract, fetchPieces, type OpenedRelease, openRelease } from './open-release.ts';

/** Releases of a registry, as one environment sees them. */
export function registryReleases(registry: Registry, environment: Environment): Releases {
  // A release cannot change under its digest: what was read of it once stays true. Whether its bytes are still there is asked each time.
  const known = new Map<Digest, { opened: OpenedRelease; facts: PartsSeen }>();
  const found = new Map<Digest, Finding[]>();
  const fetch = registry.fetch.bind(registry);

  async function look(digest: Digest): Promise<{ opened: OpenedRelease; facts: PartsSeen }> {
    const before = known.get(digest);
    if (before) return before;
    const opened = await openRelease(digest, fetch);
    const seen = { opened, facts: await factsOf(digest, opened) };
    known.set(digest, seen);
    return seen;
  }

  async function factsOf(digest: Digest, { release }: OpenedRelease): Promise<PartsSeen> {
    const { gpuClass, name } = environment;
    const parts = release.classes[gpuClass];
    if (!parts) {
      const packed = Object.keys(release.classes).join(', ') || 'no class at all';
      return { is: 'missing', why: reason('release/gpu-class', `the release is packed for ${packed}, and ${name} runs on ${gpuClass}`) };
    }
    const contract = await fetchContract(release, fetch);
    if (contract.model !== release.model) {
      return {
        is: 'corrupt',
        why: reason('release/model', `release.json is for ${release.model}, and its contract for ${contract.model}`),
      };
    }
    const facts: ReleaseFacts = {
      release: digest,
      model: release.model,
      gpuClass,
      serving: servingDigest(release.model, gpuClass, parts),
      parts: release,
      policy: resolvePolicy(contract, environment),
    };
    return { is: 'present', facts };
  }

  return {
    async parts(digest) {
      try {
        const { opened, facts } = await look(digest);
        for (const blob of opened.blobs) await registry.verify(blob);
        return facts;
      } catch (thrown) {
        // Not knowing is not the same as knowing that it is gone: whatever a retry might mend goes on to the loop.
        if (!(thrown instanceof Fault) || thrown.isRetryable) throw thrown;
        return { is: thrown.code === 'registry/missing' ? 'missing' : 'corrupt', why: reason(thrown.code, wordsOf(thrown)) };
      }
    },

    async findings(digest) {
      const before = found.get(digest);
      if (before) return before;
      try {
        const { opened } = await look(digest);
        const { gpuClass } = environment;
        const read = opened.release.classes[gpuClass] ? await fetchPieces(opened, gpuClass, fetch) : { findings: [] };
        const findings = 'pieces' in read ? releaseFindings(read.pieces) : read.findings;
        found.set(digest, findings);
        return findings;
      } catch (thrown) {
        if (!(thrown instanceof Fault) || thrown.isRetryable) throw thrown;
        // Not remembered: bytes may be mended, and parts() says so then.
        return [{ code: thrown.code, severity: 'error', place: { file: digest }, says: wordsOf(thrown) }];
      }
    },
  };
}
