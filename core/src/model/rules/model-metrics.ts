import type { Rule } from './rule.ts';

/** A customised metric names its family and gives its buckets. */
export const modelMetrics: Rule = {
  explains: [
    {
      code: 'config/metric-identifier-missing',
      severity: 'error',
      means: 'A metric_control must say which metric it is about.',
      triton: "metric control must specify 'metric_identifier'",
      example: 'model_metrics { metric_control { histogram_options { buckets: [ 1, 10 ] } } }',
      fix: 'write metric_identifier { family: "nv_inference_first_response_histogram_ms" }',
      since: '2.52',
      unrefereed: 'model_metrics came with 24.11, after the server that we ask',
    },
    {
      code: 'config/metric-family-missing',
      severity: 'error',
      means: "The metric's family has no name.",
      triton: "metric identifier must specify non-empty 'family'",
      example: 'model_metrics { metric_control { metric_identifier { } histogram_options { buckets: [ 1 ] } } }',
      fix: 'write family: "nv_inference_first_response_histogram_ms"',
      since: '2.52',
      unrefereed: 'model_metrics came with 24.11, after the server that we ask',
    },
    {
      code: 'config/metric-options-missing',
      severity: 'error',
      means: 'A metric_control without histogram_options changes nothing.',
      triton: "metric control must specify 'histogram_options'",
      example: 'model_metrics { metric_control { metric_identifier { family: "nv_inference_first_response_histogram_ms" } } }',
      fix: 'write histogram_options { buckets: [ … ] }, in milliseconds',
      since: '2.52',
      unrefereed: 'model_metrics came with 24.11, after the server that we ask',
    },
    {
      code: 'config/metric-buckets-missing',
      severity: 'error',
      means: 'A histogram needs at least one bucket.',
      triton: "histogram options must specify non-empty 'buckets'",
      example:
        'model_metrics { metric_control { metric_identifier { family: "nv_inference_first_response_histogram_ms" } histogram_options { } } }',
      fix: 'write buckets: [ … ], in milliseconds, ascending',
      since: '2.52',
      unrefereed: 'model_metrics came with 24.11, after the server that we ask',
    },
  ],
  *judge({ config }, pen) {
    for (const [index, control] of (config.model_metrics?.metric_control ?? []).entries()) {
      const path = ['model_metrics', 'metric_control', index];
      if (!control.metric_identifier) {
        yield pen.at(path, 'config/metric-identifier-missing', "metric control must specify 'metric_identifier'");
      } else if (!control.metric_identifier.family) {
        yield pen.at([...path, 'metric_identifier'], 'config/metric-family-missing', "metric identifier must specify non-empty 'family'");
      }
      if (!control.histogram_options) {
        yield pen.at(path, 'config/metric-options-missing', "metric control must specify 'histogram_options'");
      } else if (!control.histogram_options.buckets?.length) {
        yield pen.at([...path, 'histogram_options'], 'config/metric-buckets-missing', "histogram options must specify non-empty 'buckets'");
      }
    }
  },
};
