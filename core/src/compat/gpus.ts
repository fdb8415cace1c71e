import { nearest } from '../base/nearest.ts';

/** A GPU by its name: the compute capability decides what runs on it, and its memory how much. */
export type Gpu = {
  readonly name: string;
  readonly capability: string;
  readonly place: 'data center' | 'workstation' | 'jetson';
  /** In GB of 10^9 bytes, as cards are sold. 'unknown' also where a name is sold with several sizes. */
  readonly memoryGb: number | 'unknown';
};

type Names = Readonly<Record<string, readonly string[]>>;

// NVIDIA's pages "CUDA GPU Compute Capability" (developer.nvidia.com/cuda-gpus) and, for 7.2 and older, "Legacy CUDA GPU Compute
// Capability" (developer.nvidia.com/cuda-legacy-gpus); A10G, which they do not list, from the catalogue of AWS's G5 machines.
const dataCenter: Names = {
  '12.1': ['GB10'],
  '12.0': ['RTX PRO 6000 Blackwell Server Edition', 'RTX PRO 4500 Blackwell Server Edition'],
  '10.3': ['GB300', 'B300'],
  '10.0': ['GB200', 'B200'],
  '9.0': ['GH200', 'H200', 'H100'],
  '8.9': ['L4', 'L40', 'L40S'],
  '8.6': ['A40', 'A10', 'A10G', 'A16', 'A2'],
  '8.0': ['A100', 'A100-40GB', 'A100-80GB', 'A30'],
  '7.5': ['T4'],
  '7.0': ['V100', 'V100-16GB', 'V100-32GB'],
  '6.1': ['P40', 'P4'],
  '6.0': ['P100'],
  '5.2': ['M60', 'M40'],
};
const workstation: Names = {
  '12.0': [
    'RTX PRO 6000 Blackwell',
    'RTX PRO 5000 Blackwell',
    'RTX PRO 4500 Blackwell',
    'RTX PRO 4000 Blackwell',
    'RTX PRO 2000 Blackwell',
    'RTX 5090',
    'RTX 5080',
    'RTX 5070 Ti',
    'RTX 5070',
    'RTX 5060 Ti',
    'RTX 5060',
    'RTX 5050',
  ],
  '8.9': [
    'RTX 6000 Ada',
    'RTX 5000 Ada',
    'RTX 4500 Ada',
    'RTX 4000 Ada',
    'RTX 4000 SFF Ada',
    'RTX 2000 Ada',
    'RTX 4090',
    'RTX 4080',
    'RTX 4070 Ti',
    'RTX 4070',
    'RTX 4060 Ti',
    'RTX 4060',
    'RTX 4050',
  ],
  '8.6': ['RTX A6000', 'RTX A5000', 'RTX A4000', 'RTX A3000', 'RTX A2000', 'RTX 3090', 'RTX 3080', 'RTX 3060'],
  '7.5': [
    'Quadro RTX 8000',
    'Quadro RTX 6000',
    'Quadro RTX 5000',
    'Quadro RTX 4000',
    'T1000',
    'T600',
    'T400',
    'RTX 2080',
    'RTX 2060',
    'GTX 1650 Ti',
  ],
  '7.0': ['Quadro GV100', 'TITAN V'],
  '6.1': ['TITAN Xp', 'GTX 1080 Ti', 'GTX 1080', 'GTX 1070 Ti', 'GTX 1070', 'GTX 1060', 'GTX 1050'],
  '6.0': ['Quadro GP100'],
};
const jetson: Names = {
  '11.0': ['Jetson T5000', 'Jetson T4000'],
  '8.7': ['Jetson AGX Orin', 'Jetson Orin NX', 'Jetson Orin Nano'],
  '7.2': ['Jetson AGX Xavier', 'Jetson Xavier NX'],
  '6.2': ['Jetson TX2'],
  '5.3': ['Jetson Nano'],
};

// Google Cloud's table of GPU models (T4, V100-16GB, P4, L4, A100, H100), NVIDIA's NIM support matrix (L40S, RTX PRO 6000), Modal's
// documentation (A10G), the GPU table of Lambda's calculator (V100-32GB, A10, A40, A6000, 3090), the wiki of FauxPilot (A4000, 4090).
const memoryGb: Readonly<Record<string, number>> = {
  T4: 16,
  P4: 8,
  'V100-16GB': 16,
  'V100-32GB': 32,
  L4: 24,
  L40S: 48,
  A10: 24,
  A10G: 24,
  A40: 48,
  'A100-40GB': 40,
  'A100-80GB': 80,
  H100: 80,
  'RTX PRO 6000 Blackwell': 96,
  'RTX A6000': 48,
  'RTX A4000': 16,
  'RTX 3090': 24,
  'RTX 4090': 24,
};

const listed = (names: Names, place: Gpu['place']): Gpu[] =>
  Object.entries(names).flatMap(([capability, cards]) =>
    cards.map((name) => ({ name, capability, place, memoryGb: memoryGb[name] ?? 'unknown' })),
  );

export const gpus: readonly Gpu[] = [
  ...listed(dataCenter, 'data center'),
  ...listed(workstation, 'workstation'),
  ...listed(jetson, 'jetson'),
];

/** The GPU of a name as people, nvidia-smi or an environment write it: L4, "Tesla T4", nvidia-l4, "NVIDIA A100-SXM4-80GB". */
export function gpuNamed(name: string): Gpu | undefined {
  const words = wordsOf(name);
  return (
    byKey.get(words.join('')) ??
    byKey.get(words.filter((word) => !isMake(word)).join('')) ??
    byKey.get(words.filter((word) => !isMake(word) && !isSize(word)).join(''))
  );
}

/** The name that a misspelt one most likely meant. */
export function gpuLike(name: string): string | undefined {
  return nearest(
    wordsOf(name).join(' '),
    gpus.map((gpu) => gpu.name),
  );
}

const wordsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .replace(/\b(\d+)\s*gb\b/g, '$1gb')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '' && !makers.has(word));

const makers = new Set(['nvidia', 'tesla', 'geforce', 'generation']);

/** How a card is built in, which changes nothing here. */
const isMake = (word: string): boolean => /^(?:pcie|sxm\d?|hbm\d?e?|nvl|gpu|laptop|edition|workstation)$/.test(word);
const isSize = (word: string): boolean => /^\d+gb$/.test(word);

const byKey = new Map(gpus.map((gpu): [string, Gpu] => [wordsOf(gpu.name).join(''), gpu]));
