import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { gpuLike, gpuNamed, gpus } from './gpus.ts';

test('a GPU is found by its name, however it is written', () => {
  const cases = [
    ['L4', 'L4', '8.9'],
    ['l4', 'L4', '8.9'],
    ['nvidia-l4', 'L4', '8.9'],
    ['Tesla T4', 'T4', '7.5'],
    ['NVIDIA A100-SXM4-80GB', 'A100-80GB', '8.0'],
    ['A100 80 GB', 'A100-80GB', '8.0'],
    ['NVIDIA A100-PCIE-40GB', 'A100-40GB', '8.0'],
    ['NVIDIA H100 80GB HBM3', 'H100', '9.0'],
    ['Tesla V100-SXM2-16GB', 'V100-16GB', '7.0'],
    ['NVIDIA GeForce RTX 4090', 'RTX 4090', '8.9'],
    ['NVIDIA RTX PRO 6000 Blackwell Server Edition', 'RTX PRO 6000 Blackwell Server Edition', '12.0'],
    ['NVIDIA RTX 6000 Ada Generation', 'RTX 6000 Ada', '8.9'],
    ['b200', 'B200', '10.0'],
    ['jetson agx orin', 'Jetson AGX Orin', '8.7'],
  ] as const;
  for (const [written, name, capability] of cases) {
    deepStrictEqual([gpuNamed(written)?.name, gpuNamed(written)?.capability], [name, capability], written);
  }
});

test('a name that no GPU has is no GPU, and the nearest name is offered', () => {
  strictEqual(gpuNamed('RX 7900'), undefined);
  strictEqual(gpuNamed(''), undefined);
  strictEqual(gpuNamed('H10O'), undefined);
  strictEqual(gpuLike('H10O'), 'H100');
  strictEqual(gpuLike('NVIDIA L40Z'), 'L40');
  strictEqual(gpuLike('RTX A600'), 'RTX A6000');
  strictEqual(gpuLike('Radeon'), undefined);
});

test('no two GPUs share a name', () => {
  for (const gpu of gpus) strictEqual(gpuNamed(gpu.name), gpu, gpu.name);
});
