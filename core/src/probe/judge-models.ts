import type { Finding } from '../base/finding.ts';
import { shortReason } from './short-reason.ts';
import { fixByReason } from './fix-by-reason.ts';
import type { ProbedVersion } from './judge-probe.ts';

type Said = Pick<Finding, 'code' | 'says' | 'fix'>;

/**
 * Which models serve, and why the server is not ready. Strict readiness wants every version that the server knows to be READY, but for
 * those that were unloaded; a model that is known by name only counts when it failed, and the index does not tell that.
 */
export function judgeModels(seen: {
  readonly versions: readonly ProbedVersion[];
  readonly isListed: boolean;
  readonly isLive: boolean | 'unknown';
  readonly isReady: boolean | 'unknown';
}): { readonly errors: readonly Said[]; readonly warnings: readonly Said[] } {
  const { versions, isReady } = seen;
  const failed = versions.filter(isFailed);
  const named = versions.filter(({ state }) => state === undefined).map(({ name }) => name);
  const silent = versions.filter((one) => one.state === 'READY' && one.isReady === false);
  const unasked = versions.filter((one) => one.state === 'READY' && one.isReady === 'unknown');
  const explains = seen.isListed && seen.isLive === true && isReady === false;
  return {
    errors: [
      ...(explains ? [notReady(failed, named)] : isReady === false && seen.isLive === true ? [notReadyUnlisted] : []),
      ...failed.map(notServing),
      ...silent.map(notAnswering),
    ],
    warnings: [
      ...(isReady === true && failed.length > 0 ? [readyAllTheSame] : []),
      ...(named.length > 0 && isReady !== false ? [notLoaded(named)] : []),
      ...(unasked.length > 0 ? [notAsked(unasked.length)] : []),
    ],
  };
}

const isFailed = ({ state, reason }: ProbedVersion): boolean => state !== undefined && state !== 'READY' && reason !== 'unloaded';

function notReady(failed: readonly ProbedVersion[], named: readonly string[]): Said {
  const code = 'probe/not-ready';
  if (failed.length > 0) {
    const which = failed.length === 1 && failed[0] ? `${titleOf(failed[0])} is not` : `${failed.length} of its model versions are not`;
    return {
      code,
      says: `the server is not ready: ${which}, and with strict readiness one is enough, however well the others serve`,
      fix: 'see below for each; --strict-readiness=false, or readiness asked of the model itself, keeps the others in service meanwhile',
    };
  }
  if (named.length > 0) {
    return {
      code,
      says: `the server is not ready, and the models that it knows by name only are likely why: ${listed(named)}`,
      fix: 'why a model could not be read stands only in its log: look for "Poll failed for model directory" and "failed to load"; conch check says it without a server',
    };
  }
  return {
    code,
    says: 'the server is not ready, and nothing in its index says why',
    fix: 'a model whose load failed and that was unloaded since, or that has no usable version, leaves no trace there: look for "failed to load" in its log; it becomes ready once that model loads, or at the next start',
  };
}

const notReadyUnlisted: Said = {
  code: 'probe/not-ready',
  says: 'the server is not ready, and why cannot be asked',
  fix: 'look for "failed to load" in its log',
};

const readyAllTheSame: Said = {
  code: 'probe/ready-all-the-same',
  says: 'the server says that it is ready although not every model serves: load balancers go on sending requests for those too',
  fix: 'it runs with --strict-readiness=false, or serves on with a version from before: ask readiness of the model itself',
};

function notServing(one: ProbedVersion): Said {
  const { state = '', reason } = one;
  const isMoving = state === 'LOADING' || state === 'UNLOADING';
  return {
    code: isMoving ? 'probe/model-moving' : 'probe/model-not-ready',
    says: `${titleOf(one)} is ${state}${reason ? `: ${shortReason(reason)}` : '; it gives no reason'}`,
    fix: isMoving ? 'wait, and probe again' : fixByReason(reason ?? ''),
  };
}

const notAnswering = (one: ProbedVersion): Said => ({
  code: 'probe/version-not-ready',
  says: `${titleOf(one)} is READY in the index, and says that it is not ready when it is asked itself`,
  fix: 'it changed this moment, or an instance of it reports a fault (is_ready of its backend): probe again, then look at its log',
});

const notLoaded = (names: readonly string[]): Said => ({
  code: 'probe/not-loaded',
  says: `known by name only, so not loaded: ${listed(names)}`,
  fix: 'in explicit mode that is how a model waits; one that could not be read looks the same, and only the log tells ("Poll failed for model directory")',
});

const notAsked = (count: number): Said => ({
  code: 'probe/cut-short',
  says: `${count} of the versions that serve could not be asked themselves`,
  fix: '--timeout 30s waits longer',
});

const titleOf = ({ name, version }: ProbedVersion): string =>
  version === undefined ? `model '${name}'` : `model '${name}' version ${version}`;

function listed(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ');
}
