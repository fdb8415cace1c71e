import { batchingAdvice } from './advice/batching.ts';
import { fileAdvice } from './advice/files.ts';
import { instanceAdvice } from './advice/instances.ts';
import { releaseAdvice } from './advice/release.ts';
import { starvingExplains } from './advice/starving-step.ts';
import { streamAdvice } from './advice/streams.ts';
import { backendLibrary } from './backend-library.ts';
import { backends } from './backends.ts';
import { batchStrategy } from './batch-strategy.ts';
import { batchTensors } from './batch-tensors.ts';
import { completion } from './completion.ts';
import { dynamicBatching } from './dynamic-batching.ts';
import { agreementExplains } from './ensemble-agreement.ts';
import { ensembleGraph } from './ensemble-graph.ts';
import { stepExplains } from './ensemble-steps.ts';
import { identity } from './identity.ts';
import { instanceGroups } from './instance-groups.ts';
import { labels } from './labels.ts';
import { metricTags } from './metric-tags.ts';
import { modelFile } from './model-file.ts';
import { modelFileProblems } from './model-file-problems.ts';
import { modelMetrics } from './model-metrics.ts';
import { name } from './name.ts';
import { repositoryAgents } from './repository-agents.ts';
import { onnx } from './onnx.ts';
import { pythonTensors } from './python-tensors.ts';
import { rateLimiter } from './rate-limiter.ts';
import { decoupledCache } from './response-cache.ts';
import type { Explanation, Rule } from './rule.ts';
import { sequenceBatching } from './sequence-batching.ts';
import { states } from './states.ts';
import { oneRepository } from './one-repository.ts';
import { tensors } from './tensors.ts';
import { versions } from './versions.ts';
import { warmup } from './warmup.ts';

/** What Triton judges when it reads the configuration, in its order. */
export const atPoll: readonly Rule[] = [identity, dynamicBatching, sequenceBatching, ensembleGraph, decoupledCache, modelMetrics];

/** Inputs and outputs: at once with auto-complete off, and when the model starts otherwise. */
export const ofTensors: readonly Rule[] = [tensors, batchTensors];

export const ofName: Rule = name;

/** What ends the server, or is done before the configuration is judged. */
export const first: readonly Rule[] = [repositoryAgents];

/** What keeps Triton from looking into the folder at all. */
export const ofRepository: Rule = oneRepository;

/** What Triton judges when it loads a version, in its order. */
export const atLoad: readonly Rule[] = [versions, backendLibrary, instanceGroups, completion];

export const atStart: readonly Rule[] = [
  labels,
  metricTags,
  batchStrategy,
  backends,
  modelFile,
  modelFileProblems,
  pythonTensors,
  onnx,
  warmup,
  rateLimiter,
  states,
];

/** What Triton takes and production regrets: warnings, which may be silenced with a reason. */
export const advice: readonly Rule[] = [batchingAdvice, instanceAdvice, streamAdvice, releaseAdvice, fileAdvice];

/** Everything that there is to explain. */
export const explanations: readonly Explanation[] = [
  ...[ofRepository, ...first, ...atPoll, ofName, ...ofTensors, ...atLoad, ...atStart, ...advice].flatMap(({ explains }) => explains),
  ...stepExplains,
  ...starvingExplains,
  ...agreementExplains,
];
