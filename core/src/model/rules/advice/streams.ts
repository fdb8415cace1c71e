import type { Rule } from '../rule.ts';

/** Ensembles, decoupled models and caches that Triton takes and that surprise people later. */
export const streamAdvice: Rule = {
  explains: [
    {
      code: 'advice/ensemble-namespace',
      severity: 'warning',
      means: 'Triton overwrites model_namespace with what it finds itself.',
      example: 'step { model_name: "a" model_namespace: "b" … }',
      fix: 'take it out',
    },
    {
      code: 'advice/cache-without-server',
      severity: 'warning',
      means: 'response_cache does nothing unless the server has a cache (--cache-config).',
      example: 'response_cache { enable: true }',
      fix: 'start the server with --cache-config local,size=…, or take response_cache out',
    },
    {
      code: 'advice/decoupled-http',
      severity: 'warning',
      means: 'Triton’s HTTP inference refuses a decoupled model; clients need gRPC streams, or the generate endpoints.',
      example: 'model_transaction_policy { decoupled: true }',
      fix: 'tell the clients',
    },
    {
      code: 'advice/rate-limiter-off',
      severity: 'warning',
      means: 'rate_limiter does nothing unless the server runs with --rate-limit=execution_count.',
      example: 'instance_group { rate_limiter { resources { name: "r" count: 1 } } }',
      fix: 'start the server with --rate-limit=execution_count, or take rate_limiter out',
    },
    {
      code: 'advice/tensor-name-twice',
      severity: 'warning',
      means: 'Two inputs (or two outputs) have one name: Triton keeps the first.',
      example: 'input [ { name: "x" … }, { name: "x" … } ]',
      fix: 'take one of them out',
    },
    {
      code: 'advice/no-tensors',
      severity: 'warning',
      means: 'The configuration has no inputs or no outputs, and nothing fills them in: no request fits.',
      example: 'backend: "pytorch"  # and no input',
      fix: 'write input and output',
    },
    {
      code: 'advice/warmup-skipped',
      severity: 'warning',
      means: 'A warm-up sample without batch_size has batch size 0, and Triton skips it unread.',
      example: 'model_warmup { name: "w" inputs { … } }',
      fix: 'write batch_size: 1',
    },
  ],
  *judge({ config, written, completed, conditions }, pen) {
    for (const [index, { model_namespace: namespace }] of (config.ensemble_scheduling?.step ?? []).entries()) {
      const path = ['ensemble_scheduling', 'step', index];
      if (namespace) yield pen.at([...path, 'model_namespace'], 'advice/ensemble-namespace', 'Triton overwrites model_namespace');
    }
    if (config.response_cache?.enable && !conditions.server.hasResponseCache) {
      yield pen.at(['response_cache'], 'advice/cache-without-server', 'the response cache is asked for, and the server has none');
    }
    const isStream = ['vllm', 'tensorrtllm'].includes(config.backend ?? '');
    if (config.model_transaction_policy?.decoupled && !config.ensemble_scheduling && !isStream) {
      yield pen.at(
        ['model_transaction_policy', 'decoupled'],
        'advice/decoupled-http',
        'HTTP /infer refuses a decoupled model: clients use gRPC streams, or /generate and /generate_stream',
      );
    }
    for (const [index, group] of (written.instance_group ?? []).entries()) {
      if (!group.rate_limiter || conditions.server.rateLimit) continue;
      yield pen.at(
        ['instance_group', index, 'rate_limiter'],
        'advice/rate-limiter-off',
        'the server runs without --rate-limit=execution_count',
      );
    }
    for (const kind of ['input', 'output'] as const) {
      const names = new Set<string>();
      for (const [index, { name = '' }] of (config[kind] ?? []).entries()) {
        if (name !== '' && names.has(name))
          yield pen.at([kind, index, 'name'], 'advice/tensor-name-twice', `the ${kind} '${name}' is there twice`);
        names.add(name);
      }
    }
    const missing = (['input', 'output'] as const).filter((kind) => !config[kind]?.length);
    if (completed !== 'unknown' && missing.length > 0 && missing.every((kind) => !completed[kind]?.length) && !config.batch_input?.length) {
      yield pen.at([], 'advice/no-tensors', `there is no ${missing.join(' and no ')}`);
    }
    for (const [index, sample] of (config.model_warmup ?? []).entries()) {
      if (!sample.batch_size) yield pen.at(['model_warmup', index], 'advice/warmup-skipped', 'the sample has batch size 0, and is skipped');
    }
  },
};
