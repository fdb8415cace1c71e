import { short } from '#core/base/digest.ts';
import type { Ms } from '#core/base/time.ts';
import { named } from '../home.ts';
import type { Paint, Terminal } from '../terminal.ts';
import type { Played } from './play.ts';

/** What happened, one rollout after the other: its stages and how long they took, the verdict and why, and what clients got meanwhile. */
export function summaryLines(
  played: readonly Played[],
  { lateMs, refused }: { lateMs: Ms; refused: number },
  { paint }: Pick<Terminal, 'paint'>,
): string[] {
  const rows = played.map((one) => ({ ...one, cells: cellsOf(one) }));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(({ cells }) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column < 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ');
  return [
    paint('strong', line(head)),
    ...rows.flatMap(({ cells, told: { end, why, stages } }) => [
      paint(endPaint(end), line(cells)),
      `    ${paint('faint', stages.map(({ stage, ms }) => `${stage} ${(ms / 1000).toFixed(1)} s`).join(' → '))}`,
      ...(end === 'done' ? [] : [`    ${why.says}`]),
    ]),
    paint(
      'faint',
      `failed: lost for the client, since nothing is sent twice. late: a good answer after more than ${lateMs} ms, counted from when it was due;`,
    ),
    paint('faint', 'servers that start share the processors of this machine with those that serve.'),
    paint('faint', `${refused} requests were refused before the first release; they are not in the table.`),
  ];
}

const head = ['release', 'digest', 'verdict', 'took', 'sent', 'failed', 'late'];

function cellsOf({ name, digest, told, chapter: { all } }: Played): string[] {
  const took = told.ended === 'not yet' ? 'not yet' : `${((told.ended - told.began) / 1000).toFixed(1)} s`;
  const verdict = told.end === 'done' ? 'full traffic' : told.end;
  return [name, short(digest), verdict, took, String(all.sent), String(all.failed), String(all.late)];
}

function endPaint(end: string): Paint {
  return end === 'done' ? 'good' : end === 'rolled-back' ? 'bad' : 'warn';
}

/** How to do each step by hand, in a world that goes on. */
export function byHandLines(folder: string, isKept: boolean): string[] {
  const flag = isKept ? ` --home ${named(folder)}` : '';
  const home = isKept ? named(folder) : '.conch';
  const promote = (name: string): string =>
    `  ./conch promote digits examples/digits/releases/${name}${flag} && ./conch rollout watch digits${flag}`;
  return [
    isKept ? 'Everything goes on running. Each step by hand, from here:' : 'Each step by hand, in a world that goes on until ./conch down:',
    ...(isKept ? [] : ['  ./conch up']),
    `  node_modules/.bin/node examples/digits/send.ts --home ${home} --rate 500 --seconds 600 &    # clients: a rollout is judged by their traffic`,
    ...['a', 'b', 'c', 'c2', 'd'].map(promote),
    `  ./conch pack --despite-disagreements examples/digits/releases/e-truncated${flag}    # then promote the digest that it prints; e-misfit too`,
    promote('b-again'),
    `  kill -9 $(sed 's/.*"pid":\\([0-9]*\\).*/\\1/' ${home}/run/control.json); ./conch up${flag}    # while that one is under way`,
    `  ./conch status${flag}; ./conch journal digits${flag}; ./conch down${flag}`,
  ];
}
