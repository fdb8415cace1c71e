import type { Dice } from '#core/base/dice.ts';
import type { Case } from './case.ts';
import { httpRequest } from './http-text.ts';

/** A sequence from its start to its end, or what is no sequence at all. Each ends, or its slot would be taken in later cases. */
export function sequenceCase(dice: Dice): Case {
  const model = dice.pick(['direct', 'oldest']);
  const id = dice.pick<unknown>([1, 7, 18446744073709551615n, 9007199254740993n, 3]);
  const controls = dice.pick<readonly object[]>([
    [{ sequence_id: id, sequence_start: true, sequence_end: true }],
    [{ sequence_id: id, sequence_start: true }, { sequence_id: id }, { sequence_id: id, sequence_end: true }],
    [
      { sequence_id: id, sequence_start: true },
      { sequence_id: id, sequence_start: true },
      { sequence_id: id, sequence_end: true },
    ],
    [{ sequence_id: id, sequence_start: true }, { sequence_id: id, sequence_end: true }, { sequence_id: id }],
    [{ sequence_id: id }],
    [{ sequence_start: true }],
    [{}],
    [{ sequence_id: 'text', sequence_start: true, sequence_end: true }],
    [{ sequence_id: dice.pick<unknown>([0, '', -1, 1.5, true, null, []]), sequence_start: true, sequence_end: true }],
    [{ sequence_id: id, sequence_end: true }],
    [{ sequence_id: id, sequence_start: dice.pick<unknown>([1, 'true', null]), sequence_end: true }],
  ]);
  const steps = controls.map((parameters, at) => {
    const rows = dice.chance(0.9) ? 1 : 2;
    const inputs = [{ name: 'x', datatype: 'FP32', shape: [rows, 1], data: Array(rows).fill(at) }];
    const body = JSON.stringify({ inputs, parameters }, (_, value: unknown) => (typeof value === 'bigint' ? `big${value}` : value));
    return { kind: 'http', request: httpRequest('POST', `/v2/models/${model}/infer`, body.replace(/"big(\d+)"/g, '$1')) } as const;
  });
  return { says: `a sequence in ${model}`, steps };
}
