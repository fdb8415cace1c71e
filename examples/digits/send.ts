import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { labelledImages } from '#adapters/load/labelled-images.ts';
import { openLoop } from '#adapters/load/open-loop.ts';
import { announcedGateways } from '#adapters/traffic/announced.ts';

// Clients of the digits model: held-out images on their own schedule, never sent twice, so that a rollout has something to be judged by.
//   node_modules/.bin/node examples/digits/send.ts --home .conch --rate 500 --seconds 60

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '.conch' },
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
  },
});
const [gateway] = await announcedGateways(values.home);
if (!gateway) {
  console.error(`no gateway runs in ${values.home}; start one with: conch up --home ${values.home}`);
  process.exit(2);
}

const images = labelledImages(join(import.meta.dirname, 'traffic.json'), { model: 'digits', input: 'pixels' });
const [rate, seconds, seed] = [values.rate, values.seconds, values.seed].map(Number) as [number, number, number];
if (!(rate > 0 && seconds > 0 && Number.isInteger(seed))) {
  console.error('--rate and --seconds take numbers above 0, --seed a whole number');
  process.exit(2);
}
const load = openLoop({
  url: gateway.client,
  bodies: (index) => images.request(index),
  labelOf: (answer) => images.labelOf(answer),
  rate,
  arrival: 'poisson',
  seed,
});

console.log(`${rate} requests a second to ${gateway.client} for ${seconds} s; Ctrl-C ends it`);
const tell = setInterval(() => console.log(line(load.recent(2000), 'last 2 s')), 2000);
const end = new Promise<void>((done) => {
  setTimeout(done, seconds * 1000);
  process.once('SIGINT', () => done());
  process.once('SIGTERM', () => done());
});
await end;
clearInterval(tell);
const figures = await load.stop();
console.log(line(figures, 'in all'));
for (const { reason, count, example } of figures.failures) console.log(`  failed ${count} times: ${reason}  ${example}`);
for (const [release, count] of Object.entries(figures.byRelease)) console.log(`  answered by release ${release}: ${count}`);
process.exit(0);

function line({ sent, failed, right, wrong, p50Ms, p99Ms }: ReturnType<typeof load.figures>, when: string): string {
  const share = right + wrong === 0 ? 'none' : `${((right / (right + wrong)) * 100).toFixed(1)} %`;
  return `${when}: sent ${sent}, failed ${failed}, right ${share}, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`;
}
