import type { Instances } from '../instances/instances.ts';
import type { SequenceSpec } from '../models/sequence-spec.ts';
import { type Batching, formBatch, oneByOne } from './batcher.ts';
import type { Counted } from './execute.ts';
import { type Row, type Rows, SequenceScheduler } from './sequence-scheduler.ts';
import type { States } from './sequence-tensors.ts';
import type { Sequence } from './sequences.ts';

type Oldest = Extract<SequenceSpec['strategy'], { readonly is: 'oldest' }>;

/** Strategy oldest: of each sequence the next request, the oldest first, batched as the dynamic batcher does. */
export class OldestScheduler extends SequenceScheduler {
  readonly #batching: Batching;

  constructor(
    counted: Counted,
    { sequence, strategy, states }: { readonly sequence: SequenceSpec; readonly strategy: Oldest; readonly states: States },
    instances: Instances,
  ) {
    super(counted, sequence, states, instances, strategy.candidatesMax);
    const { preferred, delayMs } = strategy;
    this.#batching = counted.model.batchMax > 0 ? { sizeMax: counted.model.batchMax, preferred, delayMs } : oneByOne;
  }

  protected choose(ready: readonly Sequence[], nowMs: number): Rows {
    const waiting: Exclude<Row, 'empty'>[] = ready.flatMap((sequence) => (sequence.jobs[0] ? [{ sequence, job: sequence.jobs[0] }] : []));
    waiting.sort((a, b) => a.job.sinceMs - b.job.sinceMs);
    const batch = formBatch(
      waiting.map(({ job }) => job),
      this.#batching,
      nowMs,
    );
    return 'waitMs' in batch ? batch : { rows: waiting.slice(0, batch.take) };
  }
}
