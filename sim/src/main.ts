import { parseArgs } from 'node:util';
import { imagine } from './imagine.ts';
import { stories } from './stories.ts';

const help = `Tells stories of rollouts in an imagined world, seeded; all invariants are checked at every step.

  npm run sim -- --story good --seed 7        one story, told with all that happens in it
  npm run sim -- --seeds 100                  every story, with seeds 1 to 100 (--from N to begin elsewhere)

stories:
${stories.map(({ name, says }) => `  ${name.padEnd(20)}${says}`).join('\n')}`;

const { values } = parseArgs({
  options: {
    story: { type: 'string' },
    seed: { type: 'string' },
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
const chosen = stories.filter(({ name }) => values.story === undefined || name === values.story);
if (values.help || chosen.length === 0) {
  console.log(chosen.length === 0 ? `there is no story '${values.story}'\n\n${help}` : help);
  process.exit(values.help ? 0 : 2);
}

let broken = 0;
for (const story of chosen) {
  const [from, many] = values.seed === undefined ? [Number(values.from), Number(values.seeds)] : [Number(values.seed), 1];
  const ends = new Map<string, number>();
  const began = performance.now();
  for (let seed = from; seed < from + many; seed++) {
    const telling = await imagine(story, seed);
    if (values.seed !== undefined) console.log(telling.log.join('\n'));
    const last = telling.ends.join(', ');
    ends.set(last, (ends.get(last) ?? 0) + 1);
    for (const violation of telling.violations.slice(0, 3)) {
      console.log(`BROKEN  ${story.name}, seed ${seed}: ${violation}\n        npm run sim -- --story ${story.name} --seed ${seed}`);
    }
    broken += telling.violations.length > 0 ? 1 : 0;
  }
  const each = ((performance.now() - began) / many).toFixed(0);
  console.log(`${story.name.padEnd(20)}${[...ends].map(([end, count]) => `${count}x ${end}`).join('; ')}  (${each} ms each)`);
}
process.exit(broken > 0 ? 1 : 0);
