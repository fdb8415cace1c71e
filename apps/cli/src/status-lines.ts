import { type Digest, short } from '#core/base/digest.ts';
import { formatDuration, type Ms } from '#core/base/time.ts';
import { absentGates } from '#core/gates/all.ts';
import type { RouteTarget } from '#core/ports/targets.ts';
import type { Desired, Server } from '#core/rollout/known.ts';
import { isLive, isReturning, type ModelState, weightOf } from '#core/rollout/state.ts';
import { targets } from '#core/rollout/targets.ts';
import { type Kind, kinds } from './announced.ts';
import { homeFlag, named } from './home.ts';
import { gateLines } from './journal-lines.ts';
import type { HomeSeen, Looked, ModelSeen } from './look-at-home.ts';
import type { Paint, Terminal } from './terminal.ts';

type Painter = Pick<Terminal, 'paint'>;

/** A whole home as lines: what runs, then each model. */
export function statusLines(seen: HomeSeen, now: Ms, terminal: Painter): string[] {
  const { home, environment, models } = seen;
  const where =
    'unknown' in environment
      ? `environment unknown: ${environment.unknown}`
      : environment.known === 'none'
        ? 'no environment yet: conch up makes one'
        : `environment ${environment.known.name}, GPU class ${environment.known.gpuClass}`;
  const lines = [`home ${named(home.folder)}, ${where}`, ...kinds.map((kind) => processLine(kind, seen, terminal))];
  if (models.length === 0) {
    const isUp = kinds.every((kind) => seen.processes.some((one) => one.kind === kind));
    return [
      ...lines,
      '',
      'no model is here yet',
      `Next: ${isUp ? '' : `conch up${homeFlag(home)} && `}conch promote digits examples/digits/releases/a${homeFlag(home)}`,
    ];
  }
  return [...lines, ...models.flatMap((model) => ['', ...modelLines(model, seen, now, terminal)])];
}

function processLine(kind: Kind, { processes, home }: HomeSeen, { paint }: Painter): string {
  const found = processes.filter((one) => one.kind === kind);
  if (found.length === 0) {
    const consequence = {
      control: 'nothing is decided; clients are served on, but an unfinished candidate loses its traffic when its lease runs out',
      gateway: 'clients reach nobody',
      agent: 'servers are neither started nor proven',
    }[kind];
    return `${kind.padEnd(8)} ${paint('bad', 'down')}: ${consequence} (start it: conch up${homeFlag(home)})`;
  }
  return found
    .map(({ is, pid, client }) => {
      const state = is === 'answering' ? paint('good', 'runs') : paint('warn', 'runs, but does not answer');
      return `${kind.padEnd(8)} ${state}, pid ${pid}${client ? `, clients at ${client}` : ''}`;
    })
    .join('\n');
}

function modelLines(seen: ModelSeen, home: HomeSeen, now: Ms, terminal: Painter): string[] {
  const { model, state, servers, gateways } = seen;
  const { stable, rollout, kept, tried, paused, verdicts } = state;
  const { paint } = terminal;
  const row = (name: string, ...lines: readonly string[]): string[] =>
    lines.map((line, index) => `  ${(index === 0 ? name : '').padEnd(9)} ${line}`);
  const { route } = targets(state);
  return [
    paint('strong', model),
    ...row(
      'stable',
      stable === 'none'
        ? paint('warn', 'none: clients get a 503 that says so')
        : `${short(stable.release)}, ${counted(stable.servers, 'server')} on ${stable.gpuClass}`,
    ),
    ...row('desired', ...desiredLines(seen, home, terminal)),
    ...(rollout === 'none' ? [] : row('rollout', ...rolloutLines(state, now, terminal))),
    ...(paused === 'no' ? [] : row('paused', `${paint('warn', paused.says)} (go on: conch rollout resume ${model}${homeFlag(home.home)})`)),
    ...row('route', route === 'none' ? 'none: clients get a 404' : splitOf(route)),
    ...(verdicts === 'none' ? [] : row('gates', ...gateLines(verdicts, terminal, ''), ...absentLines(state, terminal))),
    ...row('servers', ...listed(servers, (known) => serverLines(known, state, terminal), 'none')),
    ...row(
      'gateways',
      ...listed(
        gateways,
        (known) =>
          known.map(({ gateway, accepted, inFlight }) => {
            const under = Object.values(inFlight).reduce((sum, count) => sum + count, 0);
            const isBehind = accepted < state.generation;
            return `${gateway}: route generation ${accepted}${isBehind ? paint('warn', ` of ${state.generation}`) : ''}, ${counted(under, 'request')} under way`;
          }),
        'none',
      ),
    ),
    ...(stable === 'none' ? [] : row('absent', absentOf(state))),
    ...(kept.length === 0
      ? []
      : row(
          'kept',
          ...kept.map(
            ({ arm, until }) =>
              `${short(arm.release)}, warm for another ${formatDuration(Math.max(0, until - now))} (go back: conch rollback ${model}${homeFlag(home.home)})`,
          ),
        )),
    ...row(
      'tried',
      ...tried
        .slice(0, 5)
        .map(
          ({ desired: generation, release, end, why, at }) =>
            `generation ${generation}, ${short(release)}: ${paint(end === 'done' ? 'good' : 'bad', end)} ${formatDuration(now - at)} ago${end === 'done' ? '' : `: ${why.says}`}`,
        ),
    ),
  ];
}

/** What Git says; and where it is not what serves, why not, and how to make both agree. */
function desiredLines({ model, state, desired }: ModelSeen, { home }: HomeSeen, { paint }: Painter): string[] {
  if ('unknown' in desired) return [paint('bad', `cannot be read: ${desired.unknown}`)];
  if (desired.known === 'none') return ['nothing; stable goes on serving'];
  const { known } = desired;
  const { stable, rollout, tried } = state;
  const says = `${short(known.release)}, generation ${known.generation}`;
  if (stable !== 'none' && stable.release === known.release) return [`${says}: it is stable`];
  if (rollout !== 'none' && rollout.desired === known.generation && !isReturning(rollout)) return [`${says}: on its way`];
  const ended = tried.find((one) => one.desired === known.generation);
  if (!ended) return [`${says}: not begun yet`];
  const agree = stable === 'none' ? [] : [`to make Git agree: conch promote ${model} ${short(stable.release)}${homeFlag(home)}`];
  return [
    `${paint('warn', `${says}, but it is not what serves`)}: it ended ${ended.end} (${ended.why.says})`,
    ...agree,
    `to try it once more: conch promote ${model} ${short(known.release)}${homeFlag(home)}`,
  ];
}

function rolloutLines({ rollout, stable }: ModelState, now: Ms, { paint }: Painter): string[] {
  if (rollout === 'none') return [];
  const from = stable === 'none' ? 'no release' : short(stable.release);
  const since = `for ${formatDuration(now - rollout.since)}`;
  const name = paint('strong', rollout.stage);
  if (isReturning(rollout)) {
    return [`${name} ${since}: ${short(rollout.release)} goes, clients are on ${from}`, paint('bad', rollout.why.says)];
  }
  if (!isLive(rollout)) return [`${name} ${since}: ${from} → ${short(rollout.release)}, no client traffic yet`];
  const steps = [...rollout.facts.policy.steps, 100].map((weight) =>
    weight === weightOf(rollout) ? paint('strong', `[${weight}]`) : String(weight),
  );
  return [`${name} at ${weightOf(rollout)} % ${since}: ${from} → ${short(rollout.release)}, steps ${steps.join(' ')} %`];
}

function splitOf({ arms, split }: RouteTarget): string {
  if (split === 'none') return 'clients get a 503: no release serves';
  return arms.map(({ arm, release }) => `${arm} ${split[arm] ?? 0} % (${short(release)})`).join(', ');
}

function serverLines(servers: readonly Server[], state: ModelState, { paint }: Painter): string[] {
  return servers.map(({ id, pool, state: at, substitution, restarts }) => {
    const paints: Record<typeof at.is, Paint> = { proven: 'good', starting: 'faint', failed: 'bad' };
    const says =
      at.is === 'starting'
        ? `: ${at.says}`
        : at.is === 'failed'
          ? `: ${at.why.says}`
          : ` on ${at.observed.runtime.name} ${at.observed.runtime.version}`;
    const stands = substitution === 'none' ? '' : paint('warn', `, substituted: ${substitution}`);
    return `${id} (${roleOf(pool, state)}) ${paint(paints[at.is], at.is)}${says}${stands}${restarts > 0 ? `, ${counted(restarts, 'restart')}` : ''}`;
  });
}

function roleOf(pool: string, { stable, rollout, kept }: ModelState): string {
  if (stable !== 'none' && stable.pool === pool) return 'stable';
  if (rollout !== 'none' && 'candidate' in rollout && rollout.candidate.pool === pool) return 'candidate';
  if (rollout !== 'none' && 'baseline' in rollout && rollout.baseline !== 'none' && rollout.baseline.pool === pool) return 'baseline';
  return kept.some(({ arm }) => arm.pool === pool) ? 'kept' : 'retiring';
}

/** Parts and gates that this model or this GPU class does not have: said, never skipped in silence. */
function absentOf({ stable }: ModelState): string {
  if (stable === 'none') return '';
  const parts = Object.entries({ 'TensorRT engine': stable.parts.engine, processing: stable.parts.processing });
  const names = parts.filter(([, part]) => part === 'absent').map(([name]) => name);
  const gates = absentGates(stable.gpuClass).map(({ gate, why }) => `gate ${gate} (${why})`);
  return [...names.map((name) => `part ${name}`), ...gates].join(', ') || 'nothing';
}

function absentLines({ rollout }: ModelState, { paint }: Painter): string[] {
  const gpuClass = rollout !== 'none' && 'facts' in rollout ? rollout.facts.policy.gpuClass : 'cpu';
  return absentGates(gpuClass).map(({ gate, why }) => `${gate.padEnd(12)}  ${paint('faint', 'absent  ')}  ${why}`);
}

function listed<T>(looked: Looked<readonly T[]>, lines: (known: readonly T[]) => string[], none: string): string[] {
  if ('unknown' in looked) return [`unknown: ${looked.unknown}`];
  return looked.known.length === 0 ? [none] : lines(looked.known);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The same for programs: stable names, nothing derived that a program could not derive itself. */
export function statusValue({ home, processes, environment, models }: HomeSeen): unknown {
  return {
    home: home.folder,
    environment,
    processes: processes.map(({ kind, id, is, pid, client, admin, url, startedAt }) => ({
      kind,
      id,
      is,
      pid,
      client,
      admin,
      url,
      startedAt,
    })),
    models: models.map(({ model, state, desired, servers, gateways }) => {
      const { stable, rollout, paused, verdicts, kept, tried, generation } = state;
      const isStable = stable !== 'none';
      return {
        model,
        generation,
        stable: isStable ? { release: stable.release, pool: stable.pool, servers: stable.servers } : 'none',
        desired,
        agrees: agreesWith(desired, isStable ? stable.release : 'none'),
        rollout:
          rollout === 'none'
            ? 'none'
            : {
                stage: rollout.stage,
                release: rollout.release,
                since: rollout.since,
                ...(isLive(rollout) ? { weight: weightOf(rollout), step: rollout.step } : {}),
              },
        paused,
        verdicts,
        tried,
        kept: kept.map(({ arm, until }) => ({ release: arm.release, pool: arm.pool, until })),
        servers,
        gateways,
        absentGates: isStable ? absentGates(stable.gpuClass) : [],
      };
    }),
  };
}

function agreesWith(desired: Looked<Desired | 'none'>, stable: Digest | 'none'): boolean | 'unknown' {
  if ('unknown' in desired) return 'unknown';
  return desired.known === 'none' || desired.known.release === stable;
}
