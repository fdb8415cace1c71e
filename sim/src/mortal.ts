import type { AgentWorld } from '#core/ports/agent.ts';
import type { ControlWorld } from '#core/ports/control.ts';

/** One incarnation of a process. `strike` is asked before and after every write whether this is where it dies. */
export type Life = {
  isDead: boolean;
  strike(when: 'before' | 'after', what: string): boolean;
  died(): void;
};

const writes = new Set(['commit', 'append', 'apply']);

/**
 * A world that belongs to one incarnation. Once that one is dead no call returns any more, so that nothing of a crashed process goes
 * on, not even its error handling; a write may have happened although its caller never heard of it.
 */
export function mortal(world: ControlWorld, life: Life): ControlWorld {
  return {
    clock: guard('clock', world.clock, life),
    wishes: guard('wishes', world.wishes, life),
    store: guard('store', world.store, life),
    journal: guard('journal', world.journal, life),
    fleet: guard('fleet', world.fleet, life),
    trials: guard('trials', world.trials, life),
    traffic: guard('traffic', world.traffic, life),
    releases: guard('releases', world.releases, life),
    log: (line) => (life.isDead ? undefined : world.log(line)),
  };
}

/** The same for an agent. */
export function mortalAgent(world: AgentWorld, life: Life): AgentWorld {
  return {
    node: world.node,
    clock: guard('clock', world.clock, life),
    artifacts: guard('artifacts', world.artifacts, life),
    runtime: guard('runtime', world.runtime, life),
    triton: guard('triton', world.triton, life),
    endpoints: guard('endpoints', world.endpoints, life),
    trials: guard('trials', world.trials, life),
    memory: guard('memory', world.memory, life),
    journal: guard('journal', world.journal, life),
    dice: world.dice,
    log: (line) => (life.isDead ? undefined : world.log(line)),
  };
}

function guard<Port extends object>(name: string, port: Port, life: Life): Port {
  return new Proxy(port, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (key === 'watch' || key === 'now') return member.bind(target);
      return async (...given: unknown[]): Promise<unknown> => {
        const isWrite = writes.has(String(key));
        if (life.isDead) return forever();
        if (isWrite && life.strike('before', `${name}.${String(key)}`)) return die(life);
        const result: unknown = await member.apply(target, given);
        if (life.isDead) return forever();
        if (isWrite && life.strike('after', `${name}.${String(key)}`)) return die(life);
        return result;
      };
    },
  });
}

/** One of its own for each call, so that what waits for it can be forgotten. */
const forever = (): Promise<never> => new Promise(() => undefined);

function die(life: Life): Promise<never> {
  life.isDead = true;
  life.died();
  return forever();
}
