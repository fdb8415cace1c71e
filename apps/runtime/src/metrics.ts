import { freemem, totalmem, cpus } from 'node:os';
import type { LoadedVersion } from './models/loaded-version.ts';
import { metricLabels } from './models/metric-labels.ts';
import type { Cached } from './scheduling/response-cache.ts';
import type { FailureCounts } from './scheduling/failure-counts.ts';
import { type Counters, failureReasons } from './scheduling/statistics.ts';
import type { Summary } from './scheduling/summary.ts';
import type { RuntimeSettings } from './settings.ts';
import type { GpuTold } from './simulated-gpus.ts';

/** What the metrics tell of. */
export type Measured = {
  readonly versions: readonly LoadedVersion[];
  /** Also of versions that are gone. */
  readonly failures: FailureCounts;
  readonly cache: Cached | undefined;
  readonly config: RuntimeSettings['metricsConfig'];
  /** Whether the processor and its memory are told. */
  readonly cpu: boolean;
  /** Simulated ones: there are no others. */
  readonly gpus: readonly GpuTold[];
};

/** All metrics as Prometheus text, in the names, labels and words of tritonserver 2.51.0, in the order of the names. */
export function metricsText(measured: Measured): string {
  const { versions, cache, config } = measured;
  const families = [
    countersText(successes, versions, config.counters),
    failuresText(measured.failures, config.counters),
    ...executions.map((family) => countersText(family, versions, config.counters)),
    ...(config.counters ? latencies.map((family) => countersText(family, versions, true)) : []),
    ...(config.counters ? cacheCounters(versions) : []),
    gauge(
      'nv_inference_pending_request_count',
      'Instantaneous number of pending requests awaiting execution per-model.',
      versions.map((version) => [labelsOf(version), version.statistics.pending]),
    ),
    // There is no pinned memory without a GPU; Triton has a pool all the same, of this size.
    gauge('nv_pinned_memory_pool_total_bytes', 'Pinned memory pool total memory size, in bytes', [['', pinnedBytes]]),
    gauge('nv_pinned_memory_pool_used_bytes', 'Pinned memory pool used memory size, in bytes', [['', 0]]),
    ...(measured.gpus.length > 0 ? gpuFamilies(measured.gpus) : []),
    ...(measured.cpu ? cpuFamilies() : []),
    ...(cache ? cacheGauges(cache) : []),
    ...(config.summaries ? summaries.map((family) => summaryText(family, versions, config.quantiles)) : []),
  ];
  return families.join('');
}

const pinnedBytes = 256 * 1024 * 1024;

type Sample = readonly [labels: string, value: number];

/** A family of which there is nothing to tell is not named. */
function family(name: string, type: string, says: string, lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `${[`# HELP ${name} ${says}`, `# TYPE ${name} ${type}`, ...lines].join('\n')}\n`;
}

const gauge = (name: string, says: string, samples: readonly Sample[]): string =>
  family(
    name,
    'gauge',
    says,
    samples.map((sample) => line(name, sample)),
  );
const counter = (name: string, says: string, samples: readonly Sample[]): string =>
  family(
    name,
    'counter',
    says,
    samples.map((sample) => line(name, sample)),
  );
const line = (name: string, [labels, value]: Sample): string =>
  `${name}${labels === '' ? '' : `{${labels}}`} ${Number.isNaN(value) ? 'Nan' : value}`;

const labelsOf = (version: LoadedVersion): string => written(metricLabels(version));

function written(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${label}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`)
    .join();
}

type Counter = { readonly name: string; readonly says: string; value(counters: Counters): number };

const successes: Counter = {
  name: 'nv_inference_request_success',
  says: 'Number of successful inference requests, all batch sizes',
  value: ({ success }) => success,
};

const executions: readonly Counter[] = [
  {
    name: 'nv_inference_count',
    says: 'Number of inferences performed (does not include cached requests)',
    value: ({ inferences }) => inferences,
  },
  {
    name: 'nv_inference_exec_count',
    says: 'Number of model executions performed (does not include cached requests)',
    value: ({ executions }) => executions,
  },
];

const latencies: readonly Counter[] = [
  {
    name: 'nv_inference_request_duration_us',
    says: 'Cumulative inference request duration in microseconds (includes cached requests)',
    value: ({ microseconds }) => microseconds.request,
  },
  {
    name: 'nv_inference_queue_duration_us',
    says: 'Cumulative inference queuing duration in microseconds (includes cached requests)',
    value: ({ microseconds }) => microseconds.queue,
  },
  {
    name: 'nv_inference_compute_input_duration_us',
    says: 'Cumulative compute input duration in microseconds (does not include cached requests)',
    value: ({ microseconds }) => microseconds.computeInput,
  },
  {
    name: 'nv_inference_compute_infer_duration_us',
    says: 'Cumulative compute inference duration in microseconds (does not include cached requests)',
    value: ({ microseconds }) => microseconds.computeInfer,
  },
  {
    name: 'nv_inference_compute_output_duration_us',
    says: 'Cumulative inference compute output duration in microseconds (does not include cached requests)',
    value: ({ microseconds }) => microseconds.computeOutput,
  },
];

/** Triton's trap is ours: without latency counters those of requests stand still too. */
function countersText({ name, says, value }: Counter, versions: readonly LoadedVersion[], areOn: boolean): string {
  return counter(
    name,
    says,
    versions.map((version) => [labelsOf(version), areOn ? value(version.statistics.counters) : 0]),
  );
}

function failuresText(counts: FailureCounts, areOn: boolean): string {
  const samples = [...counts.all()].flatMap(({ labels, failures }) =>
    failureReasons.map((reason): Sample => [written({ ...labels, reason }), areOn ? failures[reason] : 0]),
  );
  return counter('nv_inference_request_failure', 'Number of failed inference requests, all batch sizes', samples);
}

type SummaryFamily = {
  readonly name: string;
  readonly says: string;
  of(counters: Counters): Summary | undefined;
  /** Which models have it, where not all do. */
  readonly when?: 'cached' | 'not-cached';
};

const summaries: readonly SummaryFamily[] = [
  {
    name: 'nv_inference_request_summary_us',
    says: 'Summary of inference request duration in microseconds (includes cached requests)',
    of: ({ summaries }) => summaries?.request,
    when: 'not-cached',
  },
  {
    name: 'nv_inference_queue_summary_us',
    says: 'Summary of inference queuing duration in microseconds (includes cached requests)',
    of: ({ summaries }) => summaries?.queue,
  },
  {
    name: 'nv_inference_compute_input_summary_us',
    says: 'Cumulative compute input duration in microseconds (does not include cached requests)',
    of: ({ summaries }) => summaries?.computeInput,
  },
  {
    name: 'nv_inference_compute_infer_summary_us',
    says: 'Cumulative compute inference duration in microseconds (does not include cached requests)',
    of: ({ summaries }) => summaries?.computeInfer,
  },
  {
    name: 'nv_inference_compute_output_summary_us',
    says: 'Cumulative inference compute output duration in microseconds (does not include cached requests)',
    of: ({ summaries }) => summaries?.computeOutput,
  },
  {
    name: 'nv_cache_hit_summary_per_model',
    says: 'Summary of cache hit counts/durations per model, in microseconds.',
    of: ({ summaries }) => summaries?.cacheHit,
    when: 'cached',
  },
  {
    name: 'nv_cache_miss_summary_per_model',
    says: 'Summary of cache miss counts/durations per model, in microseconds.',
    of: ({ summaries }) => summaries?.cacheMiss,
    when: 'cached',
  },
];

function summaryText({ name, says, of, when }: SummaryFamily, versions: readonly LoadedVersion[], quantiles: readonly number[]): string {
  const having = versions.filter(({ model }) => when === undefined || model.usesCache === (when === 'cached'));
  const lines = having.flatMap((version) => {
    const summary = of(version.statistics.counters);
    if (!summary) return [];
    return [
      line(`${name}_count`, [labelsOf(version), summary.count]),
      line(`${name}_sum`, [labelsOf(version), summary.sum]),
      ...quantiles.map((share) => line(name, [`${labelsOf(version)},quantile="${share}"`, summary.quantile(share)])),
    ];
  });
  return family(name, 'summary', says, lines);
}

function cacheCounters(versions: readonly LoadedVersion[]): string[] {
  const caching = versions.filter(({ model }) => model.usesCache);
  const each = (value: (counters: Counters) => number): Sample[] =>
    caching.map((version) => [labelsOf(version), value(version.statistics.counters)]);
  return [
    counter(
      'nv_cache_num_hits_per_model',
      'Number of cache hits per model',
      each(({ cacheHits }) => cacheHits),
    ),
    counter(
      'nv_cache_hit_duration_per_model',
      'Total cache hit duration per model, in microseconds',
      each(({ microseconds }) => microseconds.cacheHit),
    ),
    counter(
      'nv_cache_num_misses_per_model',
      'Number of cache misses per model',
      each(({ cacheMisses }) => cacheMisses),
    ),
    counter(
      'nv_cache_miss_duration_per_model',
      'Total cache miss (insert+lookup) duration per model, in microseconds',
      each(({ microseconds }) => microseconds.cacheMiss),
    ),
  ];
}

function cacheGauges(cache: Cached): string[] {
  const { hits, misses, evictions, lookupUs, insertionUs } = cache.counts;
  const one = (name: string, says: string, value: number): string => gauge(name, says, [['', value]]);
  return [
    one('nv_cache_util', 'Cache utilization [0.0 - 1.0]', cache.used),
    one('nv_cache_num_entries', 'Number of responses stored in response cache', cache.entries),
    one('nv_cache_num_hits', 'Number of cache hits in response cache', hits),
    one('nv_cache_num_misses', 'Number of cache misses in response cache', misses),
    one('nv_cache_num_lookups', 'Number of cache lookups in response cache', hits + misses),
    one('nv_cache_num_evictions', 'Number of cache evictions in response cache', evictions),
    one('nv_cache_lookup_duration', 'Total cache lookup duration (hit and miss), in microseconds', Math.floor(lookupUs)),
    one('nv_cache_insertion_duration', 'Total cache insertion duration, in microseconds', Math.floor(insertionUs)),
  ];
}

function gpuFamilies(gpus: readonly GpuTold[]): string[] {
  const each = (value: (gpu: GpuTold) => number): Sample[] => gpus.map((gpu) => [`gpu_uuid="${gpu.uuid}"`, value(gpu)]);
  return [
    gauge(
      'nv_gpu_utilization',
      'GPU utilization rate [0.0 - 1.0)',
      each(({ utilization }) => utilization),
    ),
    gauge(
      'nv_gpu_memory_total_bytes',
      'GPU total memory, in bytes',
      each(({ totalBytes }) => totalBytes),
    ),
    gauge(
      'nv_gpu_memory_used_bytes',
      'GPU used memory, in bytes',
      each(({ usedBytes }) => usedBytes),
    ),
    gauge(
      'nv_gpu_power_usage',
      'GPU power usage in watts',
      each(({ powerW }) => powerW),
    ),
    gauge(
      'nv_gpu_power_limit',
      'GPU power management limit in watts',
      each(({ limitW }) => limitW),
    ),
    counter(
      'nv_energy_consumption',
      'GPU energy consumption in joules since the Triton Server started',
      each(({ energyJ }) => energyJ),
    ),
  ];
}

let before = processorTimes();

/** Of the whole machine, as Triton tells them; utilization since the last time that somebody asked. */
function cpuFamilies(): string[] {
  const now = processorTimes();
  const [busy, all] = [now.busy - before.busy, now.all - before.all];
  before = now;
  return [
    gauge('nv_cpu_utilization', 'CPU utilization rate [0.0 - 1.0]', [['', all > 0 ? busy / all : 0]]),
    gauge('nv_cpu_memory_total_bytes', 'CPU total memory (RAM), in bytes', [['', totalmem()]]),
    gauge('nv_cpu_memory_used_bytes', 'CPU used memory (RAM), in bytes', [['', totalmem() - freemem()]]),
  ];
}

function processorTimes(): { busy: number; all: number } {
  return cpus().reduce(
    (sum, { times }) => {
      const all = times.user + times.nice + times.sys + times.idle + times.irq;
      return { busy: sum.busy + all - times.idle, all: sum.all + all };
    },
    { busy: 0, all: 0 },
  );
}
