import type { Socket } from 'node:net';
import { assert } from '#core/base/fault.ts';
import { decodeTensors, encodeFrame, encodeTensors, type Frame, frameKinds, frameReader, type RawTensor, type Timings } from './frames.ts';
import type { InstanceProcess } from './fork-server.ts';
import type { Loaded, LoadOrder } from './instance-child.ts';
import { onnxFailure } from '../models/load-failure.ts';

export type Ran = { readonly outputs: readonly RawTensor[]; readonly timings: Timings };

/** Stands between a batch and its run, for drills. */
export type Hindrance = (run: () => Promise<Ran>) => Promise<Ran>;

/** The process went while it had work, or could not take any. */
export class InstanceGone extends Error {}

/** The runtime's side of one model instance: a child process that loads once, then runs one batch at a time. */
export class Instance {
  readonly name: string;
  /** Nothing hinders it unless somebody asked for that. */
  hindrance: Hindrance = (run) => run();
  readonly #process: InstanceProcess;
  #socket: Socket | undefined;
  #waiting: { resolve(frame: Frame): void; reject(thrown: Error): void } | undefined;
  #calls = 0;
  /** How it ended, once it has. */
  readonly ended: Promise<string>;
  #words: string | undefined;

  constructor(name: string, process: InstanceProcess) {
    this.name = name;
    this.#process = process;
    void process.socket.then((socket) => this.#connect(socket));
    this.ended = process.ended.then((words) => {
      this.#words = words;
      this.#socket?.destroy();
      this.#waiting?.reject(new InstanceGone(words));
      this.#waiting = undefined;
      return words;
    });
  }

  #connect(socket: Socket): void {
    this.#socket = socket;
    // The end of the process tells; a write into its closed socket adds nothing.
    socket.on('error', () => undefined);
    socket.on(
      'data',
      frameReader((frame) => this.#settle(frame)),
    );
  }

  get isAlive(): boolean {
    return this.#words === undefined;
  }

  get isIdle(): boolean {
    return this.isAlive && this.#waiting === undefined;
  }

  /** Throws a LoadFailure in ONNX Runtime's words. */
  async load(order: LoadOrder): Promise<Loaded> {
    await Promise.race([this.#process.socket, this.ended]);
    const frame = await this.#call(frameKinds.load, Buffer.from(JSON.stringify(order)));
    if (frame.kind === frameKinds.failed) throw onnxFailure(frame.body.toString());
    return JSON.parse(frame.body.toString()) as Loaded;
  }

  /** Takes `leastNs` at least. Throws InstanceGone, or what ONNX Runtime says against these inputs. */
  run(inputs: readonly (RawTensor | undefined)[], leastNs: number): Promise<Ran> {
    return this.hindrance(() => this.#run(inputs, leastNs));
  }

  async #run(inputs: readonly (RawTensor | undefined)[], leastNs: number): Promise<Ran> {
    const frame = await this.#call(frameKinds.run, encodeTensors(inputs, { inferNs: leastNs, outputNs: 0 }));
    if (frame.kind === frameKinds.failed) throw new Error(frame.body.toString());
    const { tensors, timings } = decodeTensors(frame.body);
    return { outputs: tensors.filter((tensor) => tensor !== undefined), timings };
  }

  /** Ends the process, at once: whoever calls has waited for its work. */
  async end(): Promise<void> {
    // It ends when its socket closes as well, should nobody be there to kill it.
    this.#socket?.destroy();
    this.#process.kill('SIGKILL');
    await this.ended;
  }

  /** From outside, for drills. */
  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #call(kind: Frame['kind'], body: Buffer): Promise<Frame> {
    assert(this.#waiting === undefined, `instance ${this.name} was called while it was busy`);
    if (this.#words !== undefined) return Promise.reject(new InstanceGone(this.#words));
    this.#calls += 1;
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket?.write(encodeFrame(kind, this.#calls, body));
    });
  }

  #settle(frame: Frame): void {
    if (frame.call !== this.#calls) return;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(frame);
  }
}
