import type { Finding } from '../base/finding.ts';
import { isObject } from '../pbtxt/plain-config.ts';
import type { IndexEntry } from '../ports/agent.ts';
import type { Heard, HeardProbe } from './heard.ts';
import { judgeModels } from './judge-models.ts';
import { noAnswer, notTriton } from './not-triton.ts';
import { entriesMax, errorIn, jsonIn, readIndex } from './read-index.ts';
import { showConfig, type ShownConfig } from './shown-config.ts';

/** A line of the index, and what the version said when it was asked itself. A model without a version is known by name only. */
export type ProbedVersion = IndexEntry & { readonly isReady: boolean | 'unknown'; readonly config?: ShownConfig };

export type ServerFacts = { readonly name: string; readonly version: string; readonly extensions: readonly string[] };

/** What a probe found. `unknown`: it could not be looked at. */
export type Probe = {
  readonly url: string;
  readonly verdict: 'healthy' | 'not-healthy' | 'unknown';
  readonly isLive: boolean | 'unknown';
  readonly isReady: boolean | 'unknown';
  readonly server?: ServerFacts;
  /** Absent where the server does not list its models. */
  readonly versions?: readonly ProbedVersion[];
  readonly findings: readonly Finding[];
};

type Said = Pick<Finding, 'code' | 'says' | 'fix'>;

/** Whether this is a healthy Triton, and if not, why: everything out of what it answered. */
export function judgeProbe(heard: HeardProbe): Probe {
  const { url, live, ready } = heard;
  const as =
    (severity: Finding['severity']) =>
    (said: Said): Finding => ({ severity, place: { file: url }, ...said });
  const unknown = (said: Said): Probe => ({
    url,
    verdict: 'unknown',
    isLive: 'unknown',
    isReady: 'unknown',
    findings: [as('error')(said)],
  });

  if (live.is !== 'answer') return unknown(noAnswer(live, url));
  const server = serverFacts(heard.server);
  if (isEnding(live)) return { ...unknown(ending), verdict: 'not-healthy', isLive: false, isReady: false, ...(server ? { server } : {}) };
  // Metadata may be kept from us where health is not.
  if (server === undefined && !(isRestricted(heard.server) && healthOf(live) !== 'unknown')) return unknown(notTriton(heard));

  const [isLive, isReady] = [healthOf(live), healthOf(ready)];
  const versions = readIndex(heard.index)?.map((entry) => probed(entry, heard));
  const errors: Said[] = [
    ...(isLive === false ? [notLive] : []),
    ...(isLive === 'unknown' || isReady === 'unknown' ? [noHealth(isLive === 'unknown' ? live : ready, url)] : []),
  ];
  const warnings: Said[] = [
    ...(server === undefined
      ? [{ code: 'probe/no-metadata' as const, says: `it does not say what it is: ${errorIn(heard.server)}`, fix: headerFix }]
      : []),
    ...(versions === undefined && isLive !== false ? [noIndex(heard.index, server, url)] : []),
    ...(versions !== undefined && versions.length >= entriesMax
      ? [{ code: 'probe/cut' as const, says: `only the first ${entriesMax} lines of its index were read` }]
      : []),
  ];
  const models = judgeModels({ versions: versions ?? [], isReady, isListed: versions !== undefined, isLive });
  const findings = [...errors.map(as('error')), ...models.errors.map(as('error')), ...[...warnings, ...models.warnings].map(as('warning'))];
  const isBad = isLive === false || isReady === false || models.errors.length > 0;
  const verdict = isBad ? 'not-healthy' : isLive === 'unknown' || isReady === 'unknown' ? 'unknown' : 'healthy';
  return { url, verdict, isLive, isReady, ...(server ? { server } : {}), ...(versions ? { versions } : {}), findings };
}

/** By the status alone: 200, or 400 (and 503 while it ends). Anything else was not said by a Triton. */
function healthOf(heard: Heard): boolean | 'unknown' {
  if (heard.is !== 'answer') return 'unknown';
  return heard.status === 200 ? true : heard.status === 400 || heard.status === 503 ? false : 'unknown';
}

function serverFacts(heard: Heard): ServerFacts | undefined {
  const json = jsonIn(heard);
  if (!isObject(json) || typeof json['name'] !== 'string' || typeof json['version'] !== 'string') return undefined;
  const extensions = Array.isArray(json['extensions']) ? (json['extensions'] as unknown[]).filter((one) => typeof one === 'string') : [];
  return { name: json['name'], version: json['version'], extensions };
}

function probed(entry: IndexEntry, { versions }: HeardProbe): ProbedVersion {
  const asked = versions.find(({ model, version }) => model === entry.name && version === entry.version);
  const config = asked ? jsonIn(asked.config) : undefined;
  return {
    ...entry,
    isReady: asked ? healthOf(asked.ready) : entry.state === 'READY' ? 'unknown' : false,
    ...(config === undefined ? {} : { config: showConfig(config) }),
  };
}

const isEnding = (live: Heard): boolean => live.is === 'answer' && live.status === 503 && /exiting/i.test(live.body);
const isRestricted = (server: Heard): boolean => server.is === 'answer' && (server.status === 401 || server.status === 403);

const headerFix = "give what it wants: --header 'NAME: VALUE'";
const ending: Said = {
  code: 'probe/ending',
  says: 'the server is about to end; it finishes what is under way and takes nothing new',
  fix: 'wait for the one that takes its place',
};
const notLive: Said = {
  code: 'probe/not-live',
  says: 'the server runs and could not begin: it is not live',
  fix: 'most often its --model-repository is no folder that it can read; the first errors in its log say it',
};

function noHealth(heard: Heard, url: string): Said {
  if (heard.is !== 'answer') return noAnswer(heard, url);
  const isKept = heard.status === 401 || heard.status === 403;
  return {
    code: 'probe/no-health',
    says: `it does not say whether it is healthy: status ${heard.status}${errorIn(heard) === '' ? '' : `: ${errorIn(heard)}`}`,
    fix: isKept ? headerFix : 'ask the server itself, past whatever stands before it',
  };
}

function noIndex(index: Heard, server: ServerFacts | undefined, url: string): Said {
  const byName = `ask for a model by its name: curl ${url}/v2/models/NAME/ready`;
  if (index.is !== 'answer') return { ...noAnswer(index, url), says: `its models could not be listed: ${noAnswer(index, url).says}` };
  if (server?.name === 'conch') {
    return {
      code: 'probe/gateway',
      says: "this is Conch's gateway: it serves models and lists none",
      fix: `conch status says what it serves; or ${byName}`,
    };
  }
  if (index.status === 401 || index.status === 403) {
    return {
      code: 'probe/index-refused',
      says: `it does not list its models (${index.status}): ${errorIn(index)}`,
      fix: `${headerFix}; or ${byName}`,
    };
  }
  if (server && !server.extensions.includes('model_repository')) {
    return { code: 'probe/no-repository', says: `${server.name} has no repository extension, so it does not list its models`, fix: byName };
  }
  const what =
    index.status === 200
      ? index.isWhole
        ? 'what it sends is no list'
        : 'its list is longer than anyone should read'
      : `status ${index.status}: ${errorIn(index)}`;
  return { code: 'probe/no-index', says: `its models could not be listed: ${what}`, fix: byName };
}
