import { parseArgs } from 'node:util';
import type { CaseLine } from './mutate-configs/case.ts';
import { type Dice, diceOf } from '#core/base/dice.ts';
import { ensembleCase } from './mutate-configs/ensemble.ts';
import { fieldsCase } from './mutate-configs/fields.ts';
import { jsonLine } from './mutate-configs/json-line.ts';
import { layoutCase } from './mutate-configs/layout.ts';
import { textCase } from './mutate-configs/text.ts';

// node scripts/mutate-configs.ts --seed 1 --count 2000 --kind fields     cases for scripts/referee.ts, a JSON line each
//
// The same seed makes the same cases, and more of them begin with the same.

const kinds: Readonly<Record<string, (dice: Dice, id: string) => CaseLine>> = {
  text: textCase,
  fields: fieldsCase,
  layout: layoutCase,
  ensemble: ensembleCase,
};

function main(): number {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '1000' },
      kind: { type: 'string', default: 'all' },
    },
  });
  const chosen = values.kind === 'all' ? Object.keys(kinds) : [values.kind];
  const [seed, count] = [Number(values.seed), Number(values.count)];
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(count) || chosen.some((kind) => !kinds[kind])) {
    console.error(`usage: node scripts/mutate-configs.ts --seed 1 --count 2000 --kind ${[...Object.keys(kinds), 'all'].join('|')}`);
    return 2;
  }
  for (const kind of chosen) {
    const make = kinds[kind] as (dice: Dice, id: string) => CaseLine;
    const dice = diceOf(seed * 7919 + Object.keys(kinds).indexOf(kind));
    for (let at = 0; at < count; at += 1) process.stdout.write(jsonLine(make(dice, `${kind}-${seed}-${at}`)));
  }
  return 0;
}

process.exitCode = main();
