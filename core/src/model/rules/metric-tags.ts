import type { Rule } from './rule.ts';

/** Tags become labels of Prometheus, and buckets its histograms; Triton asks for neither before it is too late. */
export const metricTags: Rule = {
  explains: [
    {
      code: 'config/metric-tag-name',
      severity: 'error',
      means: 'Triton puts "_" before a tag and makes a Prometheus label of it. What is no label then ends the whole server.',
      triton: "terminate called after throwing an instance of 'std::invalid_argument' what():  Invalid label name",
      example: 'metric_tags { key: "team-name" value: "vision" }',
      fix: 'use letters, digits and "_", and no "_" in front',
    },
    {
      code: 'config/metric-buckets-order',
      severity: 'error',
      means: 'Buckets must ascend; where histograms are on, the whole server ends when they do not.',
      triton: "terminate called after throwing an instance of 'std::invalid_argument' what():  Bucket Boundaries must be strictly sorted",
      example:
        'model_metrics { metric_control { metric_identifier { family: "nv_inference_first_response_histogram_ms" } histogram_options { buckets: [ 10, 1 ] } } }',
      fix: 'sort them, each one once',
      unrefereed: 'model_metrics came with 24.11, after the server that we ask',
    },
    {
      code: 'config/metric-family-unknown',
      severity: 'warning',
      means: 'There is no metric of this family to customise; Triton logs it and goes on.',
      example: 'model_metrics { metric_control { metric_identifier { family: "my_metric" } histogram_options { buckets: [ 1 ] } } }',
      fix: 'write family: "nv_inference_first_response_histogram_ms"',
    },
  ],
  *judge({ config, conditions }, pen) {
    if (!conditions.server.metrics) return;
    for (const tag of Object.keys(config.metric_tags ?? {})) {
      if (/^([A-Za-z0-9][A-Za-z0-9_]*)?$/.test(tag)) continue;
      yield pen.at(['metric_tags', tag], 'config/metric-tag-name', `Invalid label name: '_${tag}', and Triton dies of it`);
    }
    for (const [index, control] of (config.model_metrics?.metric_control ?? []).entries()) {
      const path = ['model_metrics', 'metric_control', index];
      const family = control.metric_identifier?.family ?? '';
      if (family !== '' && family !== histogramFamily) {
        yield pen.at(
          [...path, 'metric_identifier'],
          'config/metric-family-unknown',
          `there is no metric of the family '${family}' to customise`,
        );
      }
      const buckets = control.histogram_options?.buckets ?? [];
      const at = buckets.findIndex((bucket, place) => place > 0 && !(bucket > (buckets[place - 1] ?? bucket)));
      if (at < 0 || family !== histogramFamily || !conditions.server.histograms) continue;
      yield pen.at(
        [...path, 'histogram_options', 'buckets', at],
        'config/metric-buckets-order',
        'the buckets do not ascend, and Triton dies of it',
      );
    }
  },
};

const histogramFamily = 'nv_inference_first_response_histogram_ms';
