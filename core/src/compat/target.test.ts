import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatFinding } from '../base/finding.ts';
import { defaultTarget, readTarget, type Target } from './target.ts';

function targetOf(text: string): Target {
  const read = readTarget(text);
  ok('target' in read, 'findings' in read ? read.findings.map(formatFinding).join('\n') : text);
  return read.target;
}

function problemsOf(text: string): string[] {
  const read = readTarget(text);
  return 'findings' in read ? read.findings.map(formatFinding) : [];
}

test('a target names the release of Triton, the GPU and the driver', () => {
  const { gpu, ...rest } = targetOf('triton=25.08, gpu=l4, driver=550.54');
  deepStrictEqual(rest, { triton: '25.08', image: 'py3', platform: 'linux/amd64', driver: '550.54', memoryBytes: 24e9 });
  deepStrictEqual(gpu, { name: 'L4', capability: '8.9', place: 'data center', memoryGb: 24 });
});

test('what a target does not say is the newest Triton, its plain image, and no GPU in particular', () => {
  for (const text of ['', ' ', ',']) deepStrictEqual(targetOf(text), defaultTarget);
});

test('Triton is named by its container, its server or its image', () => {
  const cases: readonly (readonly [text: string, triton: string, image: Target['image']])[] = [
    ['triton=25.08', '25.08', 'py3'],
    ['triton=2.60.0', '25.08', 'py3'],
    ['triton=2.60', '25.08', 'py3'],
    ['triton=25.08-vllm-python-py3', '25.08', 'vllm-python-py3'],
    ['triton=nvcr.io/nvidia/tritonserver:25.08-py3', '25.08', 'py3'],
    ['triton=25.08,image=trtllm-python-py3', '25.08', 'trtllm-python-py3'],
    // Newer than our table, which is judged later.
    ['triton=27.03', '27.03', 'py3'],
  ];
  for (const [text, triton, image] of cases) {
    const target = targetOf(text);
    deepStrictEqual([target.triton, target.image], [triton, image], text);
  }
});

test('the memory that is said stands above what the card has', () => {
  for (const text of ['gpu=L4,memory=20GB', 'memory=20GB,gpu=L4']) deepStrictEqual(targetOf(text).memoryBytes, 20e9, text);
  deepStrictEqual(targetOf('gpu=A100').memoryBytes, undefined);
  deepStrictEqual(targetOf('gpu=cpu').gpu, 'cpu');
});

test('what is not understood is told where it stands, with what was most likely meant', () => {
  const cases: readonly (readonly [text: string, ...problems: string[]])[] = [
    ['tritn=25.08', '--target:1:1  error  compat/target  "tritn" is not a part of a target\n    fix: did you mean "triton"?'],
    [
      'zone=eu',
      '--target:1:1  error  compat/target  "zone" is not a part of a target\n    fix: a target says triton, image, platform, gpu, driver, memory',
    ],
    ['triton=25.08,gpu=H10O', '--target:1:14  error  compat/target  no GPU that we know is called "H10O"\n    fix: did you mean "H100"?'],
    [
      'triton=25.13',
      `--target:1:1  error  compat/target  "25.13" is not a version of Triton\n    fix: write the container's release, such as 26.09, or the server's version, such as 2.73.0`,
    ],
    [
      'triton=2.60.4',
      '--target:1:1  error  compat/target  no release of Triton that we know has the server 2.60.4\n    fix: did you mean 2.60.0, of 25.08?',
    ],
    [
      'triton=latest',
      `--target:1:1  error  compat/target  "latest" is not a version of Triton\n    fix: write the container's release, such as 26.09, or the server's version, such as 2.73.0`,
    ],
    [
      'triton=25.08-vlm-python-py3',
      '--target:1:1  error  compat/target  "vlm-python-py3" is not an image that we know\n    fix: did you mean "vllm-python-py3"?',
    ],
    [
      'driver=new',
      `--target:1:1  error  compat/target  "new" is not a version of NVIDIA's driver\n    fix: write it as nvidia-smi prints it, such as 580.65.06`,
    ],
    ['gpu=', '--target:1:1  error  compat/target  gpu says nothing\n    fix: write a value, such as gpu=L4 or gpu=cpu'],
    ['gpu=L4,gpu=T4', '--target:1:8  error  compat/target  gpu is said twice\n    fix: say gpu once'],
    ['memory=much', '--target:1:1  error  compat/target  "much" is not a size\n    fix: write a number with GB or GiB, such as 24GB'],
    [
      'platform=windows',
      '--target:1:1  error  compat/target  "windows" is not a platform that we know\n    fix: the platforms are linux/amd64, linux/arm64',
    ],
  ];
  for (const [text, ...problems] of cases) deepStrictEqual(problemsOf(text), problems, text);
});
