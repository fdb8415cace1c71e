import type { Instances } from '../instances/instances.ts';
import type { SequenceSpec } from '../models/sequence-spec.ts';
import type { Counted } from './execute.ts';
import { type Rows, SequenceScheduler } from './sequence-scheduler.ts';
import type { States } from './sequence-tensors.ts';
import type { Sequence } from './sequences.ts';

type Direct = Extract<SequenceSpec['strategy'], { readonly is: 'direct' }>;

/** Strategy direct: a sequence keeps its row of the batch, and rows of the others that have nothing are empty. */
export class DirectScheduler extends SequenceScheduler {
  readonly #strategy: Direct;
  readonly #slots: number;

  constructor(
    counted: Counted,
    { sequence, strategy, states }: { readonly sequence: SequenceSpec; readonly strategy: Direct; readonly states: States },
    instances: Instances,
  ) {
    const slots = Math.max(1, counted.model.batchMax);
    super(counted, sequence, states, instances, slots);
    this.#strategy = strategy;
    this.#slots = slots;
  }

  protected choose(ready: readonly Sequence[], nowMs: number): Rows {
    const { delayMs, slotUtilizationMin } = this.#strategy;
    const oldestMs = Math.min(...ready.map(({ jobs }) => jobs[0]?.sinceMs ?? nowMs));
    const ageMs = nowMs - oldestMs;
    if (delayMs > ageMs && ready.length / this.#slots < slotUtilizationMin) return { waitMs: delayMs - ageMs };
    const bySlot = [...ready].sort((a, b) => (a.slot?.index ?? 0) - (b.slot?.index ?? 0));
    const shape = bySlot[0]?.jobs[0]?.shape;
    // Rows of another shape wait for the next batch.
    const alike = bySlot.filter(({ jobs }) => jobs[0]?.shape === shape);
    const width = (alike.at(-1)?.slot?.index ?? 0) + 1;
    const rows = Array.from({ length: width }, (_, index) => {
      const sequence = alike.find(({ slot }) => slot?.index === index);
      const job = sequence?.jobs[0];
      return sequence && job ? { sequence, job } : ('empty' as const);
    });
    return { rows };
  }
}
