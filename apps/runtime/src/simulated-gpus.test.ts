import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { Counters, Statistics } from './scheduling/statistics.ts';
import type { ServedModel } from './models/served-model.ts';
import { SimulatedGpus } from './simulated-gpus.ts';

const gib = 2 ** 30;
const version = (instances: number) => {
  const statistics = new Statistics(new Counters({ hasSummaries: false }));
  return { statistics, model: { instances: Array.from({ length: instances }) } as unknown as ServedModel };
};

test('instances share simulated GPUs, and work shows in utilization, power and energy', () => {
  let leaked = 0;
  const gpus = new SimulatedGpus({ count: 2, bytes: 2 * gib }, () => leaked, 0);
  const [one, two] = [version(2), version(1)];
  deepStrictEqual(
    gpus
      .told([one, two], 1000)
      .map(({ uuid, usedBytes, utilization, powerW, energyJ }) => [uuid, usedBytes / gib, utilization, powerW, energyJ]),
    [
      ['GPU-simulated-0', 1.5, 0, 60, 60],
      ['GPU-simulated-1', 1, 0, 60, 60],
    ],
  );
  one.statistics.executed({ rows: 4, inferences: 4 }, { inputNs: 0, inferNs: 1e9, outputNs: 0 }, 0);
  leaked = gib;
  deepStrictEqual(
    gpus.told([one, two], 2000).map(({ usedBytes, utilization, powerW, energyJ }) => [usedBytes / gib, utilization, powerW, energyJ]),
    [
      [2, 0.5, 180, 240],
      [1, 0.5, 180, 240],
    ],
  );
  deepStrictEqual(
    gpus.told([two], 3000).map(({ utilization }) => utilization),
    [0, 0],
  );
});
