import type { GateRules } from '../contract/contract.ts';
import type { GpuClass } from '../base/names.ts';
import { correctness, type CorrectnessState } from './correctness.ts';
import { errors } from './errors.ts';
import type { Gate, Look, Verdict } from './gate.ts';
import { p99 } from './p99.ts';
import { queueTime, type QueueState } from './queue-time.ts';
import { readiness, type ReadinessState } from './readiness.ts';
import { sampleRatio, type SampleRatioState } from './sample-ratio.ts';
import type { ShareState } from './share.ts';

/** What every gate has gathered in a rollout. Values that can be stored, and judged again by anyone. */
export type GateStates = {
  readonly p99: ShareState;
  readonly errors: ShareState;
  readonly queue: QueueState;
  readonly correctness: CorrectnessState;
  readonly readiness: ReadinessState;
  readonly 'sample-ratio': SampleRatioState;
};

export type GateName = keyof GateStates;
export type Verdicts = Readonly<Record<GateName, Verdict>>;

const gates: { readonly [Name in GateName]: Gate<GateStates[Name]> } = {
  p99,
  errors,
  queue: queueTime,
  correctness,
  readiness,
  'sample-ratio': sampleRatio,
};

export const gateNames = Object.keys(gates) as GateName[];

export const beginGates: GateStates = mapStates((name) => gates[name].begin);

export function gatherAll(states: GateStates, look: Look, rules: GateRules): GateStates {
  return mapStates((name) => gates[name].gather(states[name], look, rules));
}

/** One verdict per gate, from what was gathered alone. */
export function judgeAll(states: GateStates, rules: GateRules): Verdicts {
  return mapGates((name) => judge(name, states, rules));
}

/** What a next step starts with: a pass may use only its own requests. */
export function nextStepOfAll(states: GateStates): GateStates {
  return mapStates((name) => gates[name].nextStep(states[name]));
}

/** Gates that a GPU class has nothing to judge with, and why; said in status and evidence, never skipped in silence. */
export function absentGates(gpuClass: GpuClass): { readonly gate: string; readonly why: string }[] {
  return gpuClass === 'cpu'
    ? [{ gate: 'gpu-memory', why: 'GPU class cpu has no GPU memory' }]
    : [{ gate: 'gpu-memory', why: 'no agent reads GPU memory yet' }];
}

function judge<Name extends GateName>(name: Name, states: GateStates, rules: GateRules): Verdict {
  return gates[name].judge(states[name], rules);
}

function mapGates<T>(each: (name: GateName) => T): Record<GateName, T> {
  return Object.fromEntries(gateNames.map((name) => [name, each(name)])) as Record<GateName, T>;
}

/** The compiler cannot follow that each name gets its own state; `each` is generic in the name, so it does. */
function mapStates(each: <Name extends GateName>(name: Name) => GateStates[Name]): GateStates {
  return mapGates(each) as unknown as GateStates;
}
