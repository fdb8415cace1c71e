import type { ModelId } from '../models/model-id.ts';
import type { EnsembleStep } from '../models/served-model.ts';
import type { Inference, InferRequest, InferResponse, InputTensor, OutputTensor } from '../server/inference-server.ts';
import { Refused } from '../server/refused.ts';
import { type Counted, failJob } from './execute.ts';
import type { Job, Scheduler } from './job.ts';
import { neededSteps } from './needed-steps.ts';

/** How a step asks its model: as any client would, but inside, and whatever its namespace. Throws Refused. */
export type InferInside = (model: ModelId, request: InferRequest, answer: (response: InferResponse) => void) => Inference;

/** Runs the steps of an ensemble, each as soon as its inputs are there. It has no queue: the models that it runs have theirs. */
export class EnsembleScheduler implements Scheduler {
  readonly #counted: Counted;
  readonly #infer: InferInside;
  #underWay = 0;

  constructor(counted: Counted, infer: InferInside) {
    this.#counted = counted;
    this.#infer = infer;
  }

  get underWay(): number {
    return this.#underWay;
  }

  get inFlight(): number {
    return this.#underWay;
  }

  enqueue(job: Job): void {
    this.#underWay += 1;
    const end = (): void => {
      this.#underWay -= 1;
    };
    new Journey(this.#counted, this.#infer, job, end).start();
  }

  // Its steps are refused by their own models.
  close(): void {}
  stop(): void {}
}

type Failure = { readonly refused: Refused; readonly isOfBackend: boolean };

/** One request on its way through the steps. */
class Journey {
  readonly #counted: Counted;
  readonly #infer: InferInside;
  readonly #job: Job;
  readonly #end: () => void;
  readonly #tensors = new Map<string, Pick<OutputTensor, 'datatype' | 'shape' | 'bytes'>>();
  readonly #waiting: Set<EnsembleStep>;
  readonly #spent = { inputNs: 0, inferNs: 0, outputNs: 0 };
  #stepsLeft: number;
  #running = 0;
  #failure: Failure | undefined;

  constructor(counted: Counted, infer: InferInside, job: Job, end: () => void) {
    this.#counted = counted;
    this.#infer = infer;
    this.#job = job;
    this.#end = end;
    const { steps, outputs } = counted.model;
    const names = outputs.map(({ name }) => name);
    this.#waiting = new Set(neededSteps(steps, names, job.request.outputs));
    this.#stepsLeft = this.#waiting.size;
  }

  start(): void {
    for (const [index, { name, datatype }] of this.#counted.model.inputs.entries()) {
      const tensor = this.#job.tensors[index];
      if (tensor) this.#tensors.set(name, { datatype, ...tensor });
    }
    this.#goOn();
  }

  /** An optional input that the client left out is never coming. */
  #isReady({ inputs }: EnsembleStep): boolean {
    return [...inputs.values()].every((name) => this.#tensors.has(name) || this.#counted.model.inputs.some((input) => input.name === name));
  }

  #goOn(): void {
    for (const step of [...this.#waiting]) {
      if (this.#failure || !this.#isReady(step)) continue;
      this.#waiting.delete(step);
      this.#run(step);
    }
    if (this.#stepsLeft === 0) this.#succeed();
  }

  #run(step: EnsembleStep): void {
    const inputs: InputTensor[] = [...step.inputs].flatMap(([name, tensor]) => {
      const given = this.#tensors.get(tensor);
      return given ? [{ name, ...given }] : [];
    });
    const request: InferRequest = {
      ...this.#job.request,
      model: { name: step.model.name, version: step.version },
      inputs,
      outputs: [...step.outputs.keys()],
      startedNs: process.hrtime.bigint(),
      // Whether it still runs then is for its model to say, as for any request. The steps of an ensemble in an ensemble are not told: seen on 2.51.0.
      isCancelled: () => this.#job.request.isCancelled === undefined && this.#job.isCancelled(),
      trace: this.#job.request.trace?.step(),
    };
    try {
      this.#infer(step.model, request, (response) => {
        this.#running -= 1;
        this.#answered(step, response);
      });
      this.#running += 1;
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      this.#fail({ refused: thrown, isOfBackend: false });
    }
  }

  #answered(step: EnsembleStep, response: InferResponse): void {
    if ('refused' in response) return this.#fail(response);
    if (this.#failure) return this.#endFailed();
    this.#spent.inputNs += response.spent.inputNs;
    this.#spent.inferNs += response.spent.inferNs;
    this.#spent.outputNs += response.spent.outputNs;
    for (const { name, ...tensor } of response.outputs) {
      const known = step.outputs.get(name);
      if (known !== undefined) this.#tensors.set(known, tensor);
    }
    this.#stepsLeft -= 1;
    this.#goOn();
  }

  #succeed(): void {
    this.#end();
    const { model, statistics } = this.#counted;
    const asked = this.#job.request.outputs;
    const missing = model.outputs.find(({ name }) => !this.#tensors.has(name) && (asked.length === 0 || asked.includes(name)));
    if (missing)
      return failJob(
        statistics,
        this.#job,
        new Refused('Internal', 'unexpected deadlock, at least one output is not set while no more ensemble steps can be made'),
        'OTHER',
      );
    statistics.executed({ rows: this.#job.size, inferences: this.#job.size }, this.#spent, Date.now());
    statistics.succeeded({ ...this.#spent, queueNs: 0, totalNs: (performance.now() - this.#job.startedMs) * 1e6 });
    this.#job.succeed(
      model.outputs.map(({ name }) => this.#tensors.get(name)),
      this.#spent,
    );
  }

  /** No step begins any more; those under way are waited for, and the first failure is told. */
  #fail(failure: Failure): void {
    this.#failure ??= failure;
    this.#endFailed();
  }

  #endFailed(): void {
    if (!this.#failure || this.#running > 0) return;
    this.#end();
    const { model, statistics } = this.#counted;
    const { refused, isOfBackend } = this.#failure;
    // A step that its model does not run is counted twice: seen on 2.51.0.
    if (!isOfBackend) statistics.failed('OTHER', 0);
    failJob(statistics, this.#job, new Refused(refused.code, `in ensemble '${model.name}', ${refused.message}`), 'OTHER');
  }
}
