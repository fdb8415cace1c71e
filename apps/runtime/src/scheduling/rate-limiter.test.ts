import { deepStrictEqual, strictEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import type { InstanceSpec } from '../models/served-model.ts';
import { RateLimiter, type Waiter } from './rate-limiter.ts';

const spec = (name: string, count: number, priority = 1): InstanceSpec => ({
  name,
  resources: [{ name: 'memory', isGlobal: false, count }],
  priority,
});

test('off, every instance may always run', () => {
  const limiter = new RateLimiter(false, []);
  const one = spec('one', 5);
  limiter.know([one]);
  deepStrictEqual(
    [1, 2, 3].map(() => limiter.take({ onFree: () => undefined }, one)),
    [true, true, true],
  );
});

test('an instance waits until what it needs is free, and is told then', () => {
  const limiter = new RateLimiter(true, []);
  const [large, small] = [spec('large', 4), spec('small', 1)];
  limiter.know([large, small]);
  let calls = 0;
  strictEqual(limiter.take({ onFree: () => undefined }, large), true);
  strictEqual(limiter.take({ onFree: () => void (calls += 1) }, small), false);
  limiter.giveBack(waiter(), large);
  strictEqual(calls, 1);
  strictEqual(limiter.take({ onFree: () => undefined }, small), true);
});

test('there is as much as the neediest instance wants, or as a flag says', () => {
  const needy = spec('needy', 2);
  const byNeed = new RateLimiter(true, []);
  byNeed.know([needy]);
  deepStrictEqual([byNeed.take(waiter(), needy), byNeed.take(waiter(), needy)], [true, false]);
  const byFlag = new RateLimiter(true, [{ name: 'memory', count: 4, device: 'all' }]);
  byFlag.know([needy]);
  deepStrictEqual([byFlag.take(waiter(), needy), byFlag.take(waiter(), needy), byFlag.take(waiter(), needy)], [true, true, false]);
});

test('of two that always want to run, the one of priority 2 gets half as many turns', () => {
  const limiter = new RateLimiter(true, []);
  const runs = new Map<InstanceSpec, number>();
  const specs = [spec('often', 1, 1), spec('seldom', 1, 2)];
  limiter.know(specs);
  let running: InstanceSpec | undefined;
  const waiters = specs.map((one): Waiter => {
    const self: Waiter = {
      onFree: () => {
        if (!limiter.take(self, one)) return;
        running = one;
        runs.set(one, (runs.get(one) ?? 0) + 1);
      },
    };
    return self;
  });
  for (const one of waiters) one.onFree();
  for (let turn = 0; turn < 300 && running; turn += 1) {
    const done: InstanceSpec = running;
    running = undefined;
    const index = specs.indexOf(done);
    limiter.giveBack(waiters[index] as Waiter, done);
  }
  const [often = 0, seldom = 0] = specs.map((one) => runs.get(one));
  strictEqual(Math.round(often / seldom), 2);
});

const waiter = (): Waiter => ({ onFree: () => undefined });

test('what is global in one model and a matter of devices in another is refused, until one of them is gone', () => {
  const limiter = new RateLimiter(true, []);
  const [here, everywhere] = [spec('here', 1), { ...spec('everywhere', 1), resources: [{ name: 'memory', isGlobal: true, count: 1 }] }];
  limiter.know([here]);
  throws(
    () => limiter.know([everywhere]),
    /^LoadFailure: Invalid argument: Resource "memory" is present as both global and device-specific resource/,
  );
  limiter.forget([here]);
  limiter.know([everywhere]);
});

test('a flag for another device than the first says nothing of what runs on the CPU', () => {
  const needy = spec('needy', 2);
  const limiter = new RateLimiter(true, [{ name: 'memory', count: 1, device: 10 }]);
  limiter.know([needy]);
  strictEqual(limiter.take(waiter(), needy), true);
});
