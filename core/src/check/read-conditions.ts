import type { Finding } from '../base/finding.ts';
import { nearest } from '../base/nearest.ts';
import { readTarget, type Target } from '../compat/target.ts';
import type { Conditions, ServerSettings } from '../model/conditions.ts';
import { type ArgProblem, readServerArgs } from '../model/server-args.ts';
import { conditionsOf } from './conditions-of.ts';

/** What a check is to assume, as somebody asked for it. */
export type AskedConditions = {
  readonly target: Target;
  readonly server: ServerSettings;
  readonly conditions: Conditions;
  /** Whether the target said a Triton, or the newest one is meant. */
  readonly isTritonSaid: boolean;
  /** Whether tritonserver's flags were said. */
  readonly isServerSaid: boolean;
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
  const { target } = read;
  const conditions = conditionsOf(target, server, own.backends);
  return {
    target,
    server,
    conditions: { ...conditions, gpus: gpusHidden ? [] : own.gpus === 'unsaid' ? conditions.gpus : idsOf(own.gpus) },
    isTritonSaid: /(^|,)\s*triton\s*=/.test(own.rest),
    isServerSaid: serverArgs.trim() !== '',
  };
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
