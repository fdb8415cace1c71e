import type { Finding } from '../base/finding.ts';
import { nearest } from '../base/nearest.ts';
import { readTarget, type Target } from '../compat/target.ts';
import type { Conditions } from '../model/conditions.ts';
import { type ArgProblem, readServerArgs } from '../model/server-args.ts';
import { serverFlags } from '../release/server-flags.ts';
import { conditionsOf } from './conditions-of.ts';

/** What a check is to assume. */
export type Assumed = { readonly target: Target; readonly conditions: Conditions };

/** The same, as somebody asked for it; `said` is what they said, and what nobody said may still be found out. */
export type AskedConditions = Assumed & {
  readonly said: { readonly triton: boolean; readonly gpu: boolean; readonly server: boolean };
};

/**
 * Reads `triton=24.10,gpu=L4` and the flags of a tritonserver. Beside what a target has, it may say gpus=N, how many GPUs there are, and
 * backends=accept-all, which judges what Triton's core alone decides.
 */
export function readConditions({
  target: text,
  serverArgs,
}: {
  target: string;
  serverArgs: string;
}): AskedConditions | { findings: Finding[] } {
  const own = takeOwn(text);
  const read = readTarget(own.rest);
  const { settings: server, gpusHidden, problems } = readServerArgs(serverArgs);
  const findings = [...own.findings, ...('findings' in read ? read.findings : []), ...problems.map(badFlag)];
  if (findings.length > 0 || 'findings' in read) return { findings };
  const conditions = conditionsOf(read.target, server, own.backends);
  const isSaid = (key: string): boolean => new RegExp(`(^|,)\\s*${key}\\s*=`).test(text);
  return {
    target: read.target,
    conditions: { ...conditions, gpus: gpusHidden ? [] : own.gpus === 'unsaid' ? conditions.gpus : idsOf(own.gpus) },
    said: { triton: isSaid('triton'), gpu: isSaid('gpus?') || gpusHidden, server: serverArgs.trim() !== '' },
  };
}

/** What is assumed of a release: what somebody said, then what its contract names, and the flags that releases are served with. */
export function assumedOfRelease(asked: AskedConditions, named: Partial<Pick<Target, 'triton' | 'gpu'>>): Assumed {
  const { said, conditions } = asked;
  const target: Target = {
    ...asked.target,
    ...(said.triton || named.triton === undefined ? {} : { triton: named.triton }),
    ...(said.gpu || named.gpu === undefined ? {} : { gpu: named.gpu }),
  };
  const server = said.server ? conditions.server : readServerArgs(serverFlags.join(' ')).settings;
  const assumed = conditionsOf(target, server, conditions.backends);
  return { target, conditions: { ...assumed, gpus: said.gpu ? conditions.gpus : assumed.gpus } };
}

const idsOf = (count: number): number[] => Array.from({ length: count }, (_, id) => id);

const badFlag = (problem: ArgProblem): Finding => ({
  code: 'compat/server-args',
  severity: 'error',
  place: { file: '--server-args' },
  ...problem,
});

type Own = {
  readonly gpus: number | 'unsaid';
  readonly backends: Conditions['backends'];
  readonly rest: string;
  readonly findings: Finding[];
};

/** Takes out the parts that are about the check, and leaves the others where they stand. */
function takeOwn(text: string): Own {
  let gpus: Own['gpus'] = 'unsaid';
  let backends: Own['backends'] = 'judged';
  const findings: Finding[] = [];
  let column = 1;
  const rest = text.split(',').map((part) => {
    const place = { file: '--target', line: 1, column };
    column += part.length + 1;
    const [, key, value = ''] = /^\s*(gpus|backends)\s*=\s*(.*?)\s*$/.exec(part) ?? [];
    if (key === undefined) return part;
    const wrong = (says: string, fix: string): void => void findings.push({ code: 'compat/target', severity: 'error', place, says, fix });
    if (key === 'gpus') {
      if (/^\d{1,2}$/.test(value)) gpus = Number(value);
      else wrong(`"${value}" is not a number of GPUs`, 'write gpus=2, or gpus=0 for none');
    } else if (value === 'accept-all') backends = { accepting: 'any' };
    else if (value !== 'judged') {
      const like = nearest(value, ['accept-all', 'judged']);
      wrong(`backends cannot be "${value}"`, like ? `did you mean "${like}"?` : 'write backends=accept-all, or leave it out');
    }
    return ' '.repeat(part.length);
  });
  return { gpus, backends, rest: rest.join(','), findings };
}
