import { parseArgs } from 'node:util';
import { type Kind, kinds } from '#adapters/runtime/fuzz/case.ts';
import { runFuzz } from '#adapters/runtime/fuzz/run-fuzz.ts';

// node scripts/fuzz-runtimes.ts --seed 1 --cases 500 [--only http|raw|grpc|control] [--case 7 | --case 3..9]
//
// Puts seeded cases to the embedded runtime and to a real tritonserver, and prints where they part and how to see it again.

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      cases: { type: 'string', default: '200' },
      only: { type: 'string', default: kinds.join() },
      case: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  const [from = 0, to = from] = (values.case ?? `0..${Number(values.cases) - 1}`).split('..').map(Number);
  const chosen = values.only.split(',') as Kind[];
  if (![seed, from, to].every(Number.isSafeInteger) || !chosen.every((kind) => kinds.includes(kind))) {
    console.error(`usage: node scripts/fuzz-runtimes.ts --seed 1 --cases 500 [--only ${kinds.join('|')}] [--case 7 | --case 3..9]`);
    return 2;
  }
  let isGood = true;
  for (const kind of chosen) {
    const cases = Array.from({ length: to - from + 1 }, (_, at) => from + at);
    const beganMs = performance.now();
    const tally = await runFuzz({ kind, seed, cases, print: console.log });
    if ('skip' in tally) {
      console.log(tally.skip);
      return 1;
    }
    const { different, onPurpose, metrics, died } = tally;
    const seconds = ((performance.now() - beganMs) / 1000).toFixed(0);
    console.log(
      `${kind}, seed ${seed}: ${tally.cases} cases in ${seconds} s: ${different} differ, ${onPurpose} differ on purpose, ` +
        `${metrics} batches moved other metrics, the real one died ${died} times`,
    );
    isGood = isGood && different === 0 && metrics === 0;
  }
  return isGood ? 0 : 1;
}

process.exitCode = await main();
