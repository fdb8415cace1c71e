import { strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, outcomeOf } from './outcome.ts';

const answers: readonly (readonly [number, string, Outcome])[] = [
  [200, '', 'ok'],
  [400, '{"error":"unexpected shape for input"}', 'mistake'],
  [404, '{"error":"Request for unknown model: \'x\' is not found"}', 'mistake'],
  [500, '{"error":"onnx runtime error 6: Non-zero status code"}', 'error'],
  [500, '{"error":"[request id: 7] Unable to parse \'data\': attempt to access JSON non-number as number"}', 'mistake'],
  [500, '{"error":"Unable to parse \'shape\': attempt to access JSON non-array as array"}', 'mistake'],
  [500, '{"error":"Shape does not match true shape of \'data\' field"}', 'mistake'],
  [500, '{"error":"failed to parse the request JSON buffer: Invalid value. at 0"}', 'mistake'],
  [503, '{"error":"Exceeds maximum queue size"}', 'error'],
  [503, '{"error":"Unable to parse \'data\'"}', 'error'],
  [501, '{"error":"HTTP end point doesn\'t support models with decoupled transaction policy"}', 'error'],
];

test('a 5xx is an error, a 4xx the caller’s mistake, and so are the 500s that tell what the caller wrote wrong', () => {
  for (const [status, body, outcome] of answers) strictEqual(outcomeOf(status, body), outcome, `${status} ${body}`);
});
