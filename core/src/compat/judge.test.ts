import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { RuntimeFacts } from './facts.ts';
import { compatibilityFindings } from './judge.ts';
import { readTarget } from './target.ts';

const place = { file: 'model.onnx' };
const base = { place, kinds: [] };

/** Findings and needs as lines; a case names only what it is about. */
function judged(facts: Omit<RuntimeFacts, 'place' | 'kinds'> & Partial<RuntimeFacts>, target: string): string[] {
  const read = readTarget(target);
  ok('target' in read, target);
  const { findings, needs } = compatibilityFindings({ ...base, ...facts }, read.target);
  return [
    ...findings.map(({ severity, code, says, fix }) => `${severity} ${code}: ${says}; ${fix}`),
    ...needs.map((need) => `needs ${need}`),
  ];
}

const onnx = (opset: number, irVersion = 8, ml?: number): Pick<RuntimeFacts, 'backend' | 'onnx'> => ({
  backend: 'onnxruntime',
  onnx: { irVersion, opsets: [{ domain: '', version: opset }, ...(ml === undefined ? [] : [{ domain: 'ai.onnx.ml', version: ml }])] },
});

const plan = (tensorRt: NonNullable<RuntimeFacts['tensorRt']>): Pick<RuntimeFacts, 'backend' | 'tensorRt'> => ({
  backend: 'tensorrt',
  tensorRt,
});

type Case = readonly [facts: Parameters<typeof judged>[0], target: string, ...lines: string[]];

function check(cases: readonly Case[]): void {
  for (const [facts, target, ...lines] of cases) deepStrictEqual(judged(facts, target), lines, `${JSON.stringify(facts)} on ${target}`);
}

test('an ONNX model runs where ONNX Runtime knows its opsets and its IR version', () => {
  check([
    [onnx(22), 'triton=25.06,gpu=cpu'],
    [
      onnx(23),
      'triton=25.06,gpu=cpu',
      'error compat/opset: the model has opset 23, and Triton 25.06 has ONNX Runtime 1.22.0, which loads up to 22; export the model with opset 22 or older, or take Triton 25.08 or newer',
    ],
    [
      onnx(21, 10, 5),
      'triton=24.04,gpu=cpu',
      'error compat/opset: the model has opset 21, and Triton 24.04 has ONNX Runtime 1.17.3, which loads up to 20; export the model with opset 20 or older, or take Triton 24.05 or newer',
      'error compat/opset: the model has ai.onnx.ml opset 5, and Triton 24.04 has ONNX Runtime 1.17.3, which loads up to 4; export the model with ai.onnx.ml opset 4 or older, or take Triton 24.05 or newer',
      'error compat/ir-version: the model has IR version 10, and Triton 24.04 has ONNX Runtime 1.17.3, which loads up to 9; save the model with IR version 9 or older, or take Triton 24.05 or newer',
    ],
    [
      onnx(28),
      'triton=26.08,gpu=cpu',
      'error compat/opset: the model has opset 28, and Triton 26.08 has ONNX Runtime 1.28.0, which loads up to 26; export the model with opset 26 or older; no release that we know loads it as it is',
    ],
    // Other domains bring their own operators.
    [{ backend: 'onnxruntime', onnx: { irVersion: 8, opsets: [{ domain: 'com.microsoft', version: 99 }] } }, 'triton=25.06,gpu=cpu'],
    // The stamps of an ONNX file are nothing to another backend.
    [{ ...onnx(99), backend: 'python' }, 'triton=25.06,gpu=cpu'],
  ]);
});

test('where the ONNX Runtime of a release is unknown, only what its neighbours make certain is a finding', () => {
  check([
    [onnx(18), 'triton=23.06,gpu=cpu'],
    [onnx(19), 'triton=23.06,gpu=cpu', 'needs the ONNX Runtime of Triton 23.06, which is 1.14.1 to 1.16.3: does it load opset 19?'],
    [
      onnx(20),
      'triton=23.06,gpu=cpu',
      'error compat/opset: the model has opset 20, and Triton 23.06 has ONNX Runtime 1.16.3 or older, which loads up to 19; export the model with opset 19 or older, or take Triton 24.04 or newer',
    ],
    [onnx(26), 'triton=26.09,gpu=cpu'],
    [onnx(28), 'triton=26.09,gpu=cpu', 'needs the ONNX Runtime of Triton 26.09, which is at least 1.28.0: does it load opset 28?'],
  ]);
});

test('a release that we do not know is judged by those next to it, with a warning', () => {
  check([
    [
      onnx(26),
      'triton=27.03,gpu=cpu',
      'warning compat/unknown-version: nothing is known of Triton 27.03: what follows is judged by the releases next to it; take a release from 23.01 to 26.09, or a newer Conch',
    ],
  ]);
});

test('a backend is looked for in the image of the target', () => {
  check([
    [{ backend: 'python' }, 'triton=25.08,gpu=cpu'],
    [{ backend: 'tensorflow' }, 'triton=25.02,gpu=cpu'],
    [
      { backend: 'tensorflow' },
      'triton=25.03,gpu=cpu',
      'error compat/backend-not-shipped: the image 25.03-py3 comes without the backend tensorflow; export the model to ONNX, or stay on 25.02, the last release with TensorFlow',
    ],
    [
      onnx(13),
      'triton=24.02,gpu=cpu',
      'error compat/backend-not-shipped: the image 24.02-py3 comes without the backend onnxruntime; take a release that has it, such as 24.03',
    ],
    [
      { backend: 'vllm', kinds: ['KIND_MODEL'] },
      'triton=25.08,gpu=L4,driver=580.65',
      'needs the image 25.08-vllm-python-py3: the backend vllm is in no other (say image=vllm-python-py3 in the target)',
    ],
    [{ backend: 'vllm', kinds: ['KIND_MODEL'] }, 'triton=25.08,image=vllm-python-py3,gpu=L4,driver=580.65'],
    [
      { backend: 'pytorch' },
      'triton=25.08,image=vllm-python-py3,gpu=cpu',
      'needs what backends the image 25.08-vllm-python-py3 holds besides its own: is pytorch among them?',
    ],
    [
      { backend: 'mine' },
      'triton=25.08,gpu=cpu',
      `needs whether the image that is deployed adds the backend mine: Triton's own does not hold it`,
    ],
    [{ backend: 'ensemble' }, 'triton=25.08,gpu=L4'],
    [
      { backend: 'openvino' },
      'triton=25.08,platform=arm64,gpu=cpu',
      'error compat/backend-not-shipped: the backend openvino is not in the images for linux/arm64; run the model on linux/amd64',
    ],
  ]);
});

test('a plan loads with the TensorRT that built it, and no other', () => {
  const on = 'triton=24.09,gpu=L4,driver=560.35';
  const again = 'build the plan again with the TensorRT of 24.09, such as in nvcr.io/nvidia/tensorrt:24.09-py3';
  check([
    [plan({ version: '10.4.0.26', computeCapability: '8.9' }), on],
    [plan({ version: '10.4.0', computeCapability: '8.9' }), on],
    [
      plan({ version: '10.0.1.6', computeCapability: '8.9' }),
      on,
      `error compat/tensorrt-version: the plan was built by TensorRT 10.0.1.6, and Triton 24.09 has 10.4.0.26, which does not load it; ${again}, or take Triton 24.05`,
    ],
    [
      plan({ version: '10.5.0.18', computeCapability: '8.9' }),
      on,
      `error compat/tensorrt-version: the plan was built by TensorRT 10.5.0.18, and Triton 24.09 has 10.4.0.26, which does not load it; ${again}`,
    ],
    // A version-compatible plan goes to a newer TensorRT of its major version, never to an older one.
    [plan({ version: '10.0.1.6', computeCapability: '8.9', isVersionCompatible: true }), on],
    [
      plan({ version: '10.5.0.18', computeCapability: '8.9', isVersionCompatible: true }),
      on,
      `error compat/tensorrt-version: the plan was built by TensorRT 10.5.0.18, and Triton 24.09 has 10.4.0.26, which does not load it; ${again}`,
    ],
    [plan({ computeCapability: '8.9' }), on, 'needs the version of TensorRT that built the plan'],
  ]);
});

test('where the TensorRT of a release is unknown, a plan is refused only when it lies outside what is known around it', () => {
  const on = 'triton=25.08,gpu=L4,driver=580.65';
  check([
    [
      plan({ version: '10.13.2.6', computeCapability: '8.9' }),
      on,
      'needs the TensorRT of Triton 25.08: it must be 10.13.2.6, which built the plan',
    ],
    [
      plan({ version: '8.6.3', computeCapability: '8.9' }),
      on,
      'error compat/tensorrt-version: the plan was built by TensorRT 8.6.3, and Triton 25.08 has 10.7.0.23 or newer, which does not load it; build the plan again with the TensorRT of 25.08, such as in nvcr.io/nvidia/tensorrt:25.08-py3, or take Triton 24.02',
    ],
  ]);
});

test('a plan runs on the GPU that it was built for', () => {
  const built = plan({ version: '10.4.0.26', computeCapability: '8.6' });
  check([
    [built, 'triton=24.09,gpu=A10,driver=560.35'],
    [
      built,
      'triton=24.09,gpu=L4,driver=560.35',
      'error compat/compute-capability: the plan was built for compute capability 8.6, and the L4 has 8.9; build the plan on the L4, or with a hardware compatibility level that covers it',
    ],
    [plan({ version: '10.4.0.26', computeCapability: '8.6', isHardwareCompatible: true }), 'triton=24.09,gpu=L4,driver=560.35'],
    [
      built,
      'triton=24.09',
      'needs the GPU of the target: the plan was built for compute capability 8.6',
      'needs the GPU of the target, such as gpu=L4',
    ],
    [
      built,
      'triton=24.09,gpu=cpu',
      'error compat/no-gpu: the model needs a GPU, and the target has none; name the GPU in the target, such as gpu=L4',
    ],
  ]);
});

test('Triton does not see a GPU older than its build supports', () => {
  const v100 = 'Triton 25.08 supports compute capability 7.5 and newer, and the V100 has 7.0: Triton does not see it';
  check([
    [
      { backend: 'pytorch', kinds: ['KIND_GPU'] },
      'triton=25.08,gpu=V100,driver=580.65',
      `error compat/compute-capability: ${v100}; take a newer GPU, or Triton 24.10 or older`,
    ],
    [
      { backend: 'pytorch', kinds: ['KIND_AUTO'] },
      'triton=25.08,gpu=V100,driver=580.65',
      `warning compat/compute-capability: ${v100}, and runs the model on the CPU; take a newer GPU, or Triton 24.10 or older, or write KIND_CPU`,
    ],
    [{ backend: 'pytorch', kinds: ['KIND_CPU'] }, 'triton=25.08,gpu=V100,driver=580.65'],
    [{ backend: 'pytorch', kinds: ['KIND_GPU'] }, 'triton=24.10,gpu=V100,driver=560.35'],
    [
      { backend: 'pytorch', kinds: ['KIND_GPU'] },
      'triton=24.11,gpu=V100,driver=560.35',
      'needs the oldest compute capability that Triton 24.11 supports: the V100 has 7.0',
    ],
    [{ backend: 'pytorch', kinds: ['KIND_GPU'] }, 'triton=24.11,gpu=T4,driver=560.35'],
    [
      { backend: 'pytorch', kinds: ['KIND_GPU'] },
      'triton=24.10,gpu=B200,driver=570.86',
      'warning compat/compute-capability: the B200 has compute capability 10.0, newer than the GPUs that the release notes of Triton 24.10 name; take Triton 25.01 or newer',
    ],
    [{ backend: 'pytorch', kinds: ['KIND_GPU'] }, 'triton=25.01,gpu=B200,driver=570.86'],
    [
      { backend: 'python', kinds: ['KIND_GPU'] },
      'triton=25.08,gpu=cpu',
      'error compat/no-gpu: the model needs a GPU, and the target has none; name the GPU in the target, or write KIND_CPU or KIND_AUTO',
    ],
  ]);
});

test('the driver has to be as new as the CUDA in the image asks, or on a branch that its compatibility package takes', () => {
  const on = { backend: 'pytorch', kinds: ['KIND_GPU'] } as const;
  const asks = (triton: string, cuda: number, asked: number, driver: string): string =>
    `Triton ${triton} has CUDA ${cuda}, which asks for driver ${asked} or newer, and the target has ${driver}`;
  const branches = 'or on a data center GPU 470.57, 525.85, 535.86, 545.23 of their branches';
  check([
    [on, 'triton=25.08,gpu=L4,driver=580.65.06'],
    [on, 'triton=25.08,gpu=L4,driver=535.183'],
    [
      on,
      'triton=25.08,gpu=L4,driver=535.54',
      `warning compat/driver: ${asks('25.08', 13, 580, '535.54')}; R535 at that patch is not among the branches that NVIDIA names for data center GPUs; install driver 580 or newer, ${branches}`,
    ],
    [
      on,
      'triton=25.08,gpu=L4,driver=550.54',
      `warning compat/driver: ${asks('25.08', 13, 580, '550.54')}; R550 at that patch is not among the branches that NVIDIA names for data center GPUs; install driver 580 or newer, ${branches}`,
    ],
    [
      on,
      'triton=25.08,gpu=L4,driver=510.47',
      `error compat/driver: ${asks('25.08', 13, 580, '510.47')}; NVIDIA says that R510 does not do; install driver 580 or newer, ${branches}`,
    ],
    // The package is for data center GPUs only.
    [
      on,
      'triton=25.08,gpu=RTX 4090,driver=535.183',
      `error compat/driver: ${asks('25.08', 13, 580, '535.183')}; install driver 580 or newer`,
    ],
    [
      on,
      'triton=24.10,gpu=RTX 4090,driver=535.183',
      `warning compat/driver: ${asks('24.10', 12, 560, '535.183')}: within CUDA 12 it runs, but not all of it; install driver 560 or newer`,
    ],
    // What the release notes of 25.09 say of drivers is unknown; that its CUDA is 13 is not.
    [on, 'triton=25.09,gpu=L4,driver=580.82'],
    [on, 'triton=25.09,gpu=L4,driver=535.183', 'needs whether the CUDA compatibility package of Triton 25.09 takes driver 535.183 (R535)'],
    [on, 'triton=23.01,gpu=L4,driver=535.183', 'needs the CUDA of Triton 23.01: is driver 535.183 new enough for it?'],
    [on, 'triton=25.08,gpu=L4', 'needs the driver of the target, such as driver=580.65'],
    [{ backend: 'pytorch', kinds: ['KIND_CPU'] }, 'triton=25.08,gpu=L4,driver=470.57'],
    [on, 'triton=25.08,gpu=Jetson AGX Orin', 'needs whether the JetPack of the Jetson AGX Orin takes Triton 25.08'],
  ]);
});
