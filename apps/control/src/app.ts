import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { ControlWorld } from '#core/ports/control.ts';
import { reconcile } from './reconcile.ts';

export type ControlApp = {
  /** Keeps every model's loop going until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Models that a bug of ours was met in, and which one; they wait for a person, everything else goes on. */
  readonly parked: ReadonlyMap<ModelName, string>;
};

/** Passes that may be under way at one time. */
const passesMax = 8;

/** The control loop: one sequence of passes per model, woken by changes, asleep otherwise. An idle model costs nothing. */
export function controlApp(world: ControlWorld): ControlApp {
  const parked = new Map<ModelName, string>();
  const working = new Map<ModelName, { isDirty: boolean; wake: AbortController }>();
  const waiting: (() => void)[] = [];
  let free = passesMax;

  async function run(signal: AbortSignal): Promise<void> {
    const wake = (model: ModelName): void => wakeUp(model, signal);
    const watches = [world.wishes, world.fleet, world.trials, world.traffic].map((port) => port.watch(wake));
    try {
      for (let delay = 100; !signal.aborted; delay = Math.min(delay * 2, 5000)) {
        try {
          for (const model of new Set([...(await world.store.models()), ...(await world.wishes.models())])) wake(model);
          break;
        } catch (thrown) {
          if (!(thrown instanceof Fault)) throw thrown;
          world.log(`the models cannot be listed yet: ${wordsOf(thrown)}`);
          await world.clock.sleep(delay, signal);
        }
      }
      await new Promise<void>((resolve) =>
        signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
      );
    } finally {
      for (const stop of watches) stop();
      for (const { wake: alarm } of working.values()) alarm.abort();
    }
  }

  function wakeUp(model: ModelName, signal: AbortSignal): void {
    if (signal.aborted || parked.has(model)) return;
    const work = working.get(model);
    if (work) {
      work.isDirty = true;
      work.wake.abort();
      return;
    }
    working.set(model, { isDirty: false, wake: new AbortController() });
    void keepGoing(model, signal);
  }

  /** Passes over one model until nothing is due. */
  async function keepGoing(model: ModelName, signal: AbortSignal): Promise<void> {
    let backoff = 200;
    while (!signal.aborted) {
      const work = { isDirty: false, wake: new AbortController() };
      working.set(model, work);
      const next = await inTurn(() => pass(model));
      if (next === 'parked' || (next === 'idle' && !work.isDirty)) break;
      if (next !== 'failed') backoff = 200;
      const delay = next === 'failed' ? (backoff = Math.min(backoff * 2, 5000)) : next === 'idle' ? 0 : next;
      if (delay > 0 && !work.isDirty && !signal.aborted) await world.clock.sleep(delay, AbortSignal.any([work.wake.signal, signal]));
    }
    // In the same turn as the last look at `isDirty`, so that no wake is lost in between.
    working.delete(model);
  }

  async function pass(model: ModelName): Promise<number | 'idle' | 'failed' | 'parked'> {
    try {
      return await reconcile(world, model);
    } catch (thrown) {
      if (thrown instanceof Fault) {
        world.log(`${model}: ${wordsOf(thrown)}; tried again soon`);
        return 'failed';
      }
      parked.set(model, wordsOf(thrown));
      world.log(`PAGE ${model} is parked, a bug of ours: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
      return 'parked';
    }
  }

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free--;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  }

  return { run, parked };
}
