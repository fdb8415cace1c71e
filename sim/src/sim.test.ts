import { deepStrictEqual, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import { virtualClock } from '#adapters/clock/virtual.ts';
import { FakeFleet } from '#adapters/fleet/fake.ts';
import { memoryJournal } from '#adapters/journal/memory.ts';
import { memoryStore } from '#adapters/store/memory.ts';
import { fakeGateways } from '#adapters/traffic/fake.ts';
import { memoryWishes } from '#adapters/wishes/memory.ts';
import { controlApp } from '#apps/control/src/app.ts';
import { digestOf } from '#core/base/digest.ts';
import type { ControlWorld } from '#core/ports/control.ts';
import { emptyState } from '#core/rollout/state.ts';
import { imagine } from './imagine.ts';
import { stories } from './stories.ts';

const rolloutsMin = 1000;
const rolloutsASeed = stories.reduce((sum, { releases }) => sum + releases.length, 0);
const seeds = Number(process.env['CONCH_SIM_SEEDS'] ?? Math.ceil(rolloutsMin / rolloutsASeed));

for (const story of stories) {
  test(`${story.name}: ${story.says} (${seeds} seeds)`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { violations } = await imagine(story, seed);
      ok(violations.length === 0, `${violations.join('\n')}\nreplay: npm run sim -- --story ${story.name} --seed ${seed}`);
    }
  });
}

test('one seed tells one story: every line of it is the same again', async () => {
  const story = stories.find(({ name }) => name === 'everything') ?? stories[0];
  ok(story);
  const [one, two] = [await imagine(story, 7), await imagine(story, 7)];
  deepStrictEqual(one, two);
  ok(one.log.length > 10);
});

test('an idle world of 10,000 models costs no observation and no write', async () => {
  const clock = virtualClock(1_000_000);
  const store = memoryStore();
  const wishes = memoryWishes();
  const fleet = new FakeFleet(clock);
  const gateways = fakeGateways({ clock, dice: () => 0.5, count: 1 });
  const calls: string[] = [];
  const counted = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key, target);
        if (typeof member !== 'function' || key === 'watch' || key === 'now')
          return typeof member === 'function' ? member.bind(target) : member;
        return (...given: unknown[]): unknown => {
          calls.push(`${name}.${String(key)}`);
          return member.apply(target, given);
        };
      },
    });
  const releases = {
    parts: async () => ({ is: 'missing' as const, why: { code: 'test/none' as const, says: 'none' } }),
    findings: async () => [],
  };
  const journal = memoryJournal();
  const world: ControlWorld = {
    clock,
    wishes: counted('wishes', wishes),
    store: counted('store', store),
    journal: counted('journal', journal),
    fleet: counted('fleet', fleet.fleet),
    trials: counted('trials', fleet.trials),
    traffic: counted('traffic', gateways),
    releases: counted('releases', releases),
    log: () => undefined,
  };
  const release = digestOf('a release');
  const models = Array.from({ length: 10_000 }, (_, index) => `model-${index}`);
  for (const model of models) {
    await store.commit({ ...emptyState(model), generation: 0, tried: [ended(release)] }, 0);
    wishes.want({ model, generation: 1, release, placement: 'isolated', capacity: { min: 1, max: 1 } });
  }
  const abort = new AbortController();
  const running = controlApp(world).run(abort.signal);
  await clock.advance(5000);
  ok(calls.length >= models.length, 'each model was looked at once when control started');
  calls.length = 0;
  await clock.advance(3_600_000);
  deepStrictEqual(calls, []);

  wishes.want({ model: 'model-7', generation: 2, release, placement: 'isolated', capacity: { min: 1, max: 1 } });
  await clock.advance(10);
  ok(calls.filter((call) => call === 'store.commit').length > 0, 'a change wakes the model that it is about');
  const stored = await store.load('model-8');
  strictEqual(stored === 'none' ? 0 : stored.revision, 1);
  abort.abort();
  await running;
});

function ended(release: ReturnType<typeof digestOf>): ReturnType<typeof emptyState>['tried'][number] {
  return { desired: 1, release, end: 'rejected', why: { code: 'test/rejected', says: 'a test' }, began: 0, at: 0 };
}
