import type { GrpcRequestedOutput } from '#core/kserve/grpc/infer-request.ts';
import type { GrpcOutput } from '#core/kserve/grpc/infer-response.ts';
import type { InferenceServer, InferResponse, OutputTensor } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';
import { classified } from '../server/classification.ts';
import { type Region, regionOf } from './region-parameters.ts';

/** What is to be done with an output of which something else was asked than its bytes. */
export type OutputPlan = { readonly classes: number } | { readonly region: Region };
export type OutputPlans = ReadonlyMap<string, OutputPlan>;

export function readOutputPlans(outputs: readonly GrpcRequestedOutput[], server: InferenceServer): OutputPlans {
  const plans = new Map<string, OutputPlan>();
  for (const { name, parameters } of outputs) {
    const region = regionOf(parameters, name);
    const classes = classesOf(parameters.get('classification'));
    if (region !== undefined && classes !== undefined)
      refuse('Invalid argument', "output can't set both 'shared_memory_region' and 'classification'");
    if (classes !== undefined) plans.set(name, { classes });
    if (region !== undefined) {
      // A region that is not there is told before the model runs.
      server.sharedMemory.requireWithin(region.name, region.offset, region.size);
      plans.set(name, { region });
    }
  }
  return plans;
}

function classesOf(parameter: ReturnType<GrpcRequestedOutput['parameters']['get']>): number | undefined {
  if (parameter === undefined) return undefined;
  if (parameter.choice !== 'int64') refuse('Invalid argument', "invalid value type for 'classification' parameter, expected int64_param");
  // Triton's words say >= 0, and it means > 0.
  if (parameter.value <= 0n) refuse('Invalid argument', "invalid value for 'classification' parameter, expected >= 0");
  return Number(parameter.value);
}

type Answered = Extract<InferResponse, { readonly outputs: unknown }>;
type Context = { readonly plans: OutputPlans; readonly server: InferenceServer };

/** The outputs as they go into the answer. Throws Refused for what cannot be done. */
export function deliverOutputs(response: Answered, { plans, server }: Context): GrpcOutput[] {
  return response.outputs.map((output) => {
    const plan = plans.size === 0 ? undefined : plans.get(output.name);
    if (plan === undefined) return { ...output, raw: output.bytes };
    if ('region' in plan) return intoRegion(output, plan.region, server);
    const { bytes, ...tensor } = classified(output, {
      classes: plan.classes,
      isBatched: response.isBatched,
      labelOf: (index) => response.labelOf(output.name, index),
    });
    return { ...tensor, raw: bytes };
  });
}

/** The metadata goes into the answer, and an empty entry for the data. */
function intoRegion(output: OutputTensor, { name, offset, size }: Region, server: InferenceServer): GrpcOutput {
  const { length } = output.bytes;
  if (length > size) {
    const says = `shared memory size specified with the request for output '${output.name}' (${size} bytes)`;
    refuse('Internal', `${says} should be at least ${length} bytes to hold the results`);
  }
  server.sharedMemory.write(name, offset, output.bytes);
  return { ...output, raw: new Uint8Array() };
}
