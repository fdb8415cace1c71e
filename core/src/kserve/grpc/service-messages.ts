import { choice, list, map, message } from './message-schema.ts';

/**
 * The messages of `inference.GRPCInferenceService` and `grpc.health.v1.Health`, with the field numbers of release 24.10. Requests and answers
 * of the inference itself have their own codecs, infer-request.ts and infer-response.ts; the configuration has the schema of config.pbtxt.
 */
export const empty = message({});

export const serverLiveResponse = message({ live: [1, 'bool'] });
export const readyResponse = message({ ready: [1, 'bool'] });

/** 1 is SERVING, 2 is NOT_SERVING. */
export const healthCheckResponse = message({ status: [1, 'int32'] });

/** What ModelReady, ModelMetadata, ModelConfig and ModelStatistics ask for. */
export const modelRequest = message({ name: [1, 'string'], version: [2, 'string'] });

export const serverMetadataResponse = message({ name: [1, 'string'], version: [2, 'string'], extensions: [3, list('string')] });

const tensorMetadata = message({ name: [1, 'string'], datatype: [2, 'string'], shape: [3, list('int64')] });

export const modelMetadataResponse = message({
  name: [1, 'string'],
  versions: [2, list('string')],
  platform: [3, 'string'],
  inputs: [4, list(tensorMetadata)],
  outputs: [5, list(tensorMetadata)],
});

const statisticDuration = message({ count: [1, 'uint64'], ns: [2, 'uint64'] });

const inferStatistics = message({
  success: [1, statisticDuration],
  fail: [2, statisticDuration],
  queue: [3, statisticDuration],
  compute_input: [4, statisticDuration],
  compute_infer: [5, statisticDuration],
  compute_output: [6, statisticDuration],
  cache_hit: [7, statisticDuration],
  cache_miss: [8, statisticDuration],
});

const inferResponseStatistics = message({
  compute_infer: [1, statisticDuration],
  compute_output: [2, statisticDuration],
  success: [3, statisticDuration],
  fail: [4, statisticDuration],
  empty_response: [5, statisticDuration],
  cancel: [6, statisticDuration],
});

const inferBatchStatistics = message({
  batch_size: [1, 'uint64'],
  compute_input: [2, statisticDuration],
  compute_infer: [3, statisticDuration],
  compute_output: [4, statisticDuration],
});

const memoryUsage = message({ type: [1, 'string'], id: [2, 'int64'], byte_size: [3, 'uint64'] });

const modelStatistics = message({
  name: [1, 'string'],
  version: [2, 'string'],
  last_inference: [3, 'uint64'],
  inference_count: [4, 'uint64'],
  execution_count: [5, 'uint64'],
  inference_stats: [6, inferStatistics],
  batch_stats: [7, list(inferBatchStatistics)],
  memory_usage: [8, list(memoryUsage)],
  response_stats: [9, map(inferResponseStatistics)],
});

export const modelStatisticsResponse = message({ model_stats: [1, list(modelStatistics)] });

export const repositoryIndexRequest = message({ repository_name: [1, 'string'], ready: [2, 'bool'] });

const modelIndex = message({ name: [1, 'string'], version: [2, 'string'], state: [3, 'string'], reason: [4, 'string'] });

export const repositoryIndexResponse = message({ models: [1, list(modelIndex)] });

const modelRepositoryParameter = message({
  bool_param: [1, choice('bool')],
  int64_param: [2, choice('int64')],
  string_param: [3, choice('string')],
  bytes_param: [4, choice('bytes')],
});

/** Of RepositoryModelLoad and RepositoryModelUnload. */
export const repositoryModelRequest = message({
  repository_name: [1, 'string'],
  model_name: [2, 'string'],
  parameters: [3, map(modelRepositoryParameter)],
});

/** What asks for a region of shared memory by its name, or for all of them. */
export const regionRequest = message({ name: [1, 'string'] });

export const systemSharedMemoryRegisterRequest = message({
  name: [1, 'string'],
  key: [2, 'string'],
  offset: [3, 'uint64'],
  byte_size: [4, 'uint64'],
});

export const systemSharedMemoryStatusResponse = message({ regions: [1, map(systemSharedMemoryRegisterRequest)] });

export const cudaSharedMemoryRegisterRequest = message({
  name: [1, 'string'],
  raw_handle: [2, 'bytes'],
  device_id: [3, 'int64'],
  byte_size: [4, 'uint64'],
});

const cudaRegion = message({ name: [1, 'string'], device_id: [2, 'uint64'], byte_size: [3, 'uint64'] });

export const cudaSharedMemoryStatusResponse = message({ regions: [1, map(cudaRegion)] });

const traceSetting = message({ value: [1, list('string')] });

export const traceSettingRequest = message({ settings: [1, map(traceSetting)], model_name: [2, 'string'] });
export const traceSettingResponse = message({ settings: [1, map(traceSetting)] });

const logSetting = message({ bool_param: [1, choice('bool')], uint32_param: [2, choice('uint32')], string_param: [3, choice('string')] });

/** LogSettings is asked and answered with the same message. */
export const logSettings = message({ settings: [1, map(logSetting)] });
