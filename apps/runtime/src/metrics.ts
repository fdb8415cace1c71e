import type { ModelVersion } from './model-version.ts';
import { failureReasons, type Statistics } from './statistics.ts';

/** The metrics of all models as Prometheus text, in the names, labels and words of tritonserver 2.51.0. */
export function metricsText(versions: readonly ModelVersion[]): string {
  const reported = versions.filter(({ state }) => state === 'READY');
  const failures = versions.flatMap(({ name, version, statistics }) =>
    failureReasons.map(
      (reason) => `nv_inference_request_failure{model="${name}",reason="${reason}",version="${version}"} ${statistics.failures[reason]}`,
    ),
  );
  return families
    .map(({ name, type, says, value }) => {
      const lines =
        name === 'nv_inference_request_failure'
          ? failures
          : reported.map((version) => `${name}{model="${version.name}",version="${version.version}"} ${value(version.statistics)}`);
      return `${[`# HELP ${name} ${says}`, `# TYPE ${name} ${type}`, ...lines].join('\n')}\n`;
    })
    .join('');
}

type Family = { readonly name: string; readonly type: 'counter' | 'gauge'; readonly says: string; value(statistics: Statistics): number };

const counter = (name: string, says: string, value: Family['value']): Family => ({ name, type: 'counter', says, value });

const families: readonly Family[] = [
  counter('nv_inference_request_success', 'Number of successful inference requests, all batch sizes', ({ success }) => success.count),
  counter('nv_inference_request_failure', 'Number of failed inference requests, all batch sizes', ({ fail }) => fail.count),
  counter('nv_inference_count', 'Number of inferences performed (does not include cached requests)', ({ inferences }) => inferences),
  counter(
    'nv_inference_exec_count',
    'Number of model executions performed (does not include cached requests)',
    ({ executions }) => executions,
  ),
  counter(
    'nv_inference_request_duration_us',
    'Cumulative inference request duration in microseconds (includes cached requests)',
    ({ microseconds }) => microseconds.request,
  ),
  counter(
    'nv_inference_queue_duration_us',
    'Cumulative inference queuing duration in microseconds (includes cached requests)',
    ({ microseconds }) => microseconds.queue,
  ),
  counter(
    'nv_inference_compute_input_duration_us',
    'Cumulative compute input duration in microseconds (does not include cached requests)',
    ({ microseconds }) => microseconds.computeInput,
  ),
  counter(
    'nv_inference_compute_infer_duration_us',
    'Cumulative compute inference duration in microseconds (does not include cached requests)',
    ({ microseconds }) => microseconds.computeInfer,
  ),
  counter(
    'nv_inference_compute_output_duration_us',
    'Cumulative inference compute output duration in microseconds (does not include cached requests)',
    ({ microseconds }) => microseconds.computeOutput,
  ),
  {
    name: 'nv_inference_pending_request_count',
    type: 'gauge',
    says: 'Instantaneous number of pending requests awaiting execution per-model.',
    value: ({ pending }) => pending,
  },
];
