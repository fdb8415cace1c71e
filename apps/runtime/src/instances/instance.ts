import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { assert } from '#core/base/fault.ts';
import { decodeTensors, encodeFrame, encodeTensors, type Frame, frameKinds, frameReader, type RawTensor, type Timings } from './frames.ts';
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
  readonly #child: ChildProcess;
  /** None where the machine had no descriptor left for the process. */
  readonly #socket: Socket | undefined;
  #waiting: { resolve(frame: Frame): void; reject(thrown: Error): void } | undefined;
  #calls = 0;
  /** How it ended, once it has. */
  readonly ended: Promise<string>;
  #words: string | undefined;

  constructor(name: string, logFd: number) {
    this.name = name;
    this.#child = spawn(process.execPath, [fileURLToPath(new URL('./instance-child.ts', import.meta.url))], {
      stdio: ['ignore', logFd, logFd, 'pipe'],
    });
    this.#socket = (this.#child.stdio as ChildProcess['stdio'] | undefined)?.[3] as Socket | undefined;
    // The exit of the process tells; a write into its closed socket adds nothing.
    this.#socket?.on('error', () => undefined);
    this.#socket?.on(
      'data',
      frameReader((frame) => this.#settle(frame)),
    );
    this.ended = new Promise((resolve) => {
      const end = (words: string) => {
        if (this.#words !== undefined) return;
        this.#words = words;
        this.#socket?.destroy();
        this.#waiting?.reject(new InstanceGone(words));
        this.#waiting = undefined;
        resolve(words);
      };
      this.#child.on('error', (thrown) => end(`cannot be started: ${thrown.message}`));
      this.#child.on('exit', (code, signal) => end(signal ? `ended by ${signal}` : `ended with code ${code}`));
    });
  }

  get isAlive(): boolean {
    return this.#words === undefined;
  }

  get isIdle(): boolean {
    return this.isAlive && this.#waiting === undefined;
  }

  /** Throws a LoadFailure in ONNX Runtime's words. */
  async load(order: LoadOrder): Promise<Loaded> {
    const frame = await this.#call(frameKinds.load, Buffer.from(JSON.stringify(order)));
    if (frame.kind === frameKinds.failed) throw onnxFailure(frame.body.toString());
    return JSON.parse(frame.body.toString()) as Loaded;
  }

  /** Throws InstanceGone, or what ONNX Runtime says against these inputs. */
  run(inputs: readonly (RawTensor | undefined)[]): Promise<Ran> {
    return this.hindrance(() => this.#run(inputs));
  }

  async #run(inputs: readonly (RawTensor | undefined)[]): Promise<Ran> {
    const frame = await this.#call(frameKinds.run, encodeTensors(inputs));
    if (frame.kind === frameKinds.failed) throw new Error(frame.body.toString());
    const { tensors, timings } = decodeTensors(frame.body);
    return { outputs: tensors.filter((tensor) => tensor !== undefined), timings };
  }

  /** Ends the process, at once: whoever calls has waited for its work. */
  async end(): Promise<void> {
    this.#socket?.destroy();
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** From outside, for drills. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
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
