import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type LoadRequest, openLoop } from '#adapters/load/open-loop.ts';
import { announcedGateways } from '#adapters/traffic/announced.ts';

// Clients of the reviews model: texts that no release was trained on, on their own schedule, never sent twice.
//   node_modules/.bin/node examples/reviews/send.ts --home .conch --rate 100 --seconds 120

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '.conch' },
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '120' },
  },
});
const [gateway] = await announcedGateways(values.home);
if (!gateway) {
  console.error(`no gateway runs in ${values.home}; start one with: conch up --home ${values.home}`);
  process.exit(2);
}
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
if (!(rate > 0 && seconds > 0)) {
  console.error('--rate and --seconds take numbers above 0');
  process.exit(2);
}

type Review = { readonly id: string; readonly text: string; readonly label: string };
const { reviews } = JSON.parse(readFileSync(join(import.meta.dirname, 'traffic.json'), 'utf8')) as { reviews: Review[] };
const requests = reviews.map(({ id, text, label }): LoadRequest => {
  const inputs = [{ name: 'TEXT', datatype: 'BYTES', shape: [1, 1], data: [text] }];
  return { path: '/v2/models/reviews/infer', body: JSON.stringify({ id, inputs }), label };
});
const labelOf = (answer: Buffer): string | undefined => {
  const { outputs } = JSON.parse(answer.toString('utf8')) as { outputs: { name: string; data: string[] }[] };
  return outputs.find(({ name }) => name === 'LABEL')?.data[0];
};

const bodies = (index: number): LoadRequest => requests[index % requests.length] as LoadRequest;
const load = openLoop({ url: gateway.client, bodies, labelOf, rate, arrival: 'poisson', seed: 1 });
console.log(`${rate} requests a second to ${gateway.client} for ${seconds} s; Ctrl-C ends it`);
const end = new Promise<void>((done) => {
  setTimeout(done, seconds * 1000);
  process.once('SIGINT', () => done());
  process.once('SIGTERM', () => done());
});
await end;
const { sent, failed, right, wrong, p50Ms, p99Ms, failures, byRelease } = await load.stop();
const share = right + wrong === 0 ? 'none' : `${((right / (right + wrong)) * 100).toFixed(1)} %`;
console.log(`in all: sent ${sent}, failed ${failed}, right ${share}, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`);
for (const { reason, count, example } of failures) console.log(`  failed ${count} times: ${reason}  ${example}`);
for (const [release, count] of Object.entries(byRelease)) console.log(`  answered by release ${release}: ${count}`);
process.exit(0);
