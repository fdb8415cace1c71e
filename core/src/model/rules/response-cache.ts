import type { Rule } from './rule.ts';

/** What streams its answers cannot be cached. */
export const decoupledCache: Rule = {
  explains: [
    {
      code: 'config/decoupled-response-cache',
      severity: 'error',
      means:
        'A decoupled model gives any number of answers to a request, and the cache holds one. An ensemble is decoupled when a step is.',
      triton: "Response Cache does not currently support model … with 'decoupled' transaction policy. Please disable the response cache.",
      example: 'model_transaction_policy { decoupled: true }\nresponse_cache { enable: true }',
      fix: 'take out response_cache',
    },
  ],
  *judge({ config }, pen) {
    if (!config.model_transaction_policy?.decoupled || !config.response_cache?.enable) return;
    const says = `Response Cache does not currently support model ${config.name} with 'decoupled' transaction policy. Please disable the response cache.`;
    yield pen.at(['response_cache'], 'config/decoupled-response-cache', says);
  },
};
