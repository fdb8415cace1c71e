import type { ControlWorld } from '#core/ports/control.ts';

/** What is left of a process that was killed: its pending calls end in this, and nothing it does reaches the world any more. */
export class Dead extends Error {
  override readonly name = 'Dead';
}

/** One incarnation of a process. `strike` is asked before and after every write whether this is where it dies. */
export type Life = {
  isDead: boolean;
  strike(when: 'before' | 'after', what: string): boolean;
  died(): void;
};

const writes = new Set(['commit', 'append', 'apply']);

/**
 * A world that belongs to one incarnation. Once that one is dead every call throws, so that nothing of a crashed process goes on;
 * a write may have happened although its caller never heard of it.
 */
export function mortal(world: ControlWorld, life: Life): ControlWorld {
  const guard = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get(target, key, receiver) {
        const member: unknown = Reflect.get(target, key, receiver);
        if (typeof member !== 'function') return member;
        if (key === 'watch' || key === 'now') return member.bind(target);
        return async (...given: unknown[]): Promise<unknown> => {
          const isWrite = writes.has(String(key));
          if (life.isDead) throw new Dead(name);
          if (isWrite && life.strike('before', `${name}.${String(key)}`)) die(life);
          const result: unknown = await member.apply(target, given);
          if (life.isDead) throw new Dead(name);
          if (isWrite && life.strike('after', `${name}.${String(key)}`)) die(life);
          return result;
        };
      },
    });
  return {
    clock: guard('clock', world.clock),
    wishes: guard('wishes', world.wishes),
    store: guard('store', world.store),
    journal: guard('journal', world.journal),
    fleet: guard('fleet', world.fleet),
    trials: guard('trials', world.trials),
    traffic: guard('traffic', world.traffic),
    releases: guard('releases', world.releases),
    log: (line) => {
      if (!life.isDead) world.log(line);
    },
  };
}

function die(life: Life): never {
  life.isDead = true;
  life.died();
  throw new Dead('killed');
}
