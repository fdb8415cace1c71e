import { formatFinding, visible } from '#core/base/finding.ts';
import type { Probe, ProbedVersion } from '#core/probe/judge-probe.ts';
import { shortReason } from '#core/probe/short-reason.ts';
import type { ShownConfig, ShownTensor } from '#core/probe/shown-config.ts';
import type { Paint, Terminal } from '../terminal.ts';

/** What a probe found, for people. */
export function probeLines(probe: Probe, { paint }: Pick<Terminal, 'paint'>): string[] {
  const { server, versions } = probe;
  const name = server ? visible(`${server.name} ${server.version}`) : 'it does not say what it is';
  const findings = probe.findings.map((finding) => {
    const [first = '', ...more] = formatFinding(finding).split('\n');
    return [paint(finding.severity === 'error' ? 'bad' : 'warn', first), ...more].join('\n');
  });
  if (probe.isLive === 'unknown' && !server) return findings;
  return [
    `${probe.url}  ${paint('strong', name)}  ${health('live', probe.isLive)}, ${health('ready', probe.isReady)}`,
    ...(server && server.extensions.length > 0 ? [`extensions: ${visible(server.extensions.join(' '))}`] : []),
    ...(versions ? ['', ...(versions.length === 0 ? ['it has no models'] : versions.flatMap((one) => versionLines(one, paint)))] : []),
    ...(findings.length > 0 ? ['', ...findings] : []),
    '',
    verdicts[probe.verdict](paint),
  ];
}

const verdicts: Readonly<Record<Probe['verdict'], (paint: Terminal['paint']) => string>> = {
  healthy: (paint) => paint('good', 'healthy'),
  'not-healthy': (paint) => paint('bad', 'not healthy'),
  unknown: (paint) => paint('warn', 'whether it is healthy could not be looked at'),
};

const health = (word: string, is: boolean | 'unknown'): string => (is === 'unknown' ? `${word}: unknown` : is ? word : `not ${word}`);

function versionLines(one: ProbedVersion, paint: Terminal['paint']): string[] {
  const title = visible(one.version === undefined ? one.name : `${one.name} ${one.version}`);
  if (one.state === undefined) return [`${title}  ${paint('faint', 'not loaded')}`];
  const isServing = one.state === 'READY' && one.isReady !== false;
  const isUnloaded = one.reason === 'unloaded';
  const shade: Paint = isServing ? 'good' : isUnloaded ? 'faint' : 'bad';
  const state = one.state === 'READY' && one.isReady === false ? 'READY in the index, not ready when asked' : one.state;
  const first = `${title}  ${paint(shade, visible(state))}${one.reason ? `  ${visible(shortReason(one.reason))}` : ''}`;
  return [one.config ? `${first}  ${visible(summaryOf(one.config))}` : first, ...(one.config ? tensorLines(one.config) : [])];
}

function summaryOf(config: ShownConfig): string {
  const instances = config.instances.map(({ count, on }) => `${count} on ${on}`).join(' and ');
  return [
    config.platform || 'no backend named',
    config.maxBatchSize > 0 ? `batches up to ${config.maxBatchSize}` : 'no batches',
    ...batchingWords(config),
    ...(config.isDecoupled ? ['decoupled'] : []),
    ...(instances === '' ? [] : [`instances: ${instances}`]),
  ].join(', ');
}

function batchingWords({ batching, preferredBatchSizes, queueDelayUs }: ShownConfig): string[] {
  if (batching === 'none') return [];
  if (batching !== 'dynamic') return [batching === 'sequence' ? 'sequence batching' : 'an ensemble'];
  const details = [
    ...(preferredBatchSizes.length > 0 ? [`prefers ${preferredBatchSizes.join(', ')}`] : []),
    ...(queueDelayUs > 0 ? [`waits up to ${queueDelayUs} µs`] : []),
  ];
  return [details.length === 0 ? 'dynamic batching' : `dynamic batching (${details.join('; ')})`];
}

/** A model with a hundred inputs has a line of ten, and the number of the others. */
function tensorLines({ inputs, outputs }: ShownConfig): string[] {
  return [tensorLine('in ', inputs), tensorLine('out', outputs)].flat();
}

function tensorLine(side: string, tensors: readonly ShownTensor[]): string[] {
  if (tensors.length === 0) return [];
  const shown = tensors.slice(0, 10).map(({ name, datatype, shape }) => `${name} ${datatype} [${shape.join(', ')}]`);
  const more = tensors.length > 10 ? `, and ${tensors.length - 10} more` : '';
  return [`    ${side} ${visible(shown.join(', '))}${more}`];
}
