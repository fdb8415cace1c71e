import type { Finding } from '../base/finding.ts';
import { nearest } from '../base/nearest.ts';
import { parseSize } from '../base/sizes.ts';
import { type Gpu, gpuLike, gpuNamed } from './gpus.ts';
import { newestTriton, tritonVersion, tritonVersions } from './triton-versions.ts';
import { compareVersions } from './versions.ts';

/** The variants of Triton's image that differ in their backends. */
const tritonImages = ['py3', 'vllm-python-py3', 'trtllm-python-py3'] as const;
export type TritonImage = (typeof tritonImages)[number];

const tritonPlatforms = ['linux/amd64', 'linux/arm64'] as const;
export type TritonPlatform = (typeof tritonPlatforms)[number];

/** Where a model is meant to run. */
export type Target = {
  /** The container's release, such as 25.08. It may be one that we know nothing of. */
  readonly triton: string;
  readonly image: TritonImage;
  readonly platform: TritonPlatform;
  readonly gpu: Gpu | 'cpu' | 'unknown';
  /** The version of the machine's NVIDIA driver, such as 550.54. */
  readonly driver?: string;
  /** The memory of one GPU, as said, or as its card has it. */
  readonly memoryBytes?: number;
};

/** What is meant when nothing is said: the newest Triton, on no GPU in particular. */
export const defaultTarget: Target = { triton: newestTriton, image: 'py3', platform: 'linux/amd64', gpu: 'unknown' };

/** Reads `triton=25.08,gpu=L4,driver=550.54`, or says what in it is not understood. */
export function readTarget(text: string): { target: Target } | { findings: Finding[] } {
  const findings: Finding[] = [];
  const said: Partial<Target>[] = [];
  const seen = new Set<string>();
  let column = 1;
  for (const part of text.split(',')) {
    const read = readPart(part, seen);
    if ('says' in read) findings.push({ code: 'compat/target', severity: 'error', place: { file: '--target', line: 1, column }, ...read });
    else said.push(read);
    column += part.length + 1;
  }
  if (findings.length > 0) return { findings };
  const target: Target = Object.assign({}, defaultTarget, ...said);
  return { target: target.memoryBytes === undefined ? { ...target, ...memoryOf(target.gpu) } : target };
}

const memoryOf = (gpu: Target['gpu']): Partial<Target> =>
  typeof gpu === 'string' || gpu.memoryGb === 'unknown' ? {} : { memoryBytes: gpu.memoryGb * 1e9 };

type Wrong = { readonly says: string; readonly fix: string };

function readPart(part: string, seen: Set<string>): Partial<Target> | Wrong {
  // An empty part says nothing, as a comma at the end does.
  if (part.trim() === '') return {};
  const [key = '', ...rest] = part.split('=').map((piece) => piece.trim());
  if (!isKey(key)) {
    const like = nearest(key, keys);
    return { says: `"${key}" is not a part of a target`, fix: like ? `did you mean "${like}"?` : `a target says ${keys.join(', ')}` };
  }
  if (seen.has(key)) return { says: `${key} is said twice`, fix: `say ${key} once` };
  seen.add(key);
  const value = rest.join('=');
  return value === '' ? { says: `${key} says nothing`, fix: `write a value, such as ${examples[key]}` } : readers[key](value);
}

const readers = {
  triton: readTriton,
  image: readImage,
  platform: readPlatform,
  gpu: readGpu,
  driver: readDriver,
  memory: readMemory,
} satisfies Record<string, (value: string) => Partial<Target> | Wrong>;

type Key = keyof typeof readers;
const keys = Object.keys(readers);
const isKey = (key: string): key is Key => keys.includes(key);

const examples: Readonly<Record<Key, string>> = {
  triton: 'triton=25.08 or triton=2.60.0',
  image: 'image=vllm-python-py3',
  platform: 'platform=linux/arm64',
  gpu: 'gpu=L4 or gpu=cpu',
  driver: 'driver=580.65',
  memory: 'memory=24GB',
};

function readTriton(value: string): Partial<Target> | Wrong {
  const known = tritonVersion(value) ?? tritonVersion(`${value}.0`);
  if (known !== undefined) return { triton: known.container };
  // A container that is not in our table is a fair target: it may be newer than the table.
  if (/^\d\d\.(?:0[1-9]|1[0-2])$/.test(value)) return { triton: value };
  // A tag holds the release and the image: 25.08-vllm-python-py3.
  const tag = /^(?:nvcr\.io\/nvidia\/tritonserver:)?(\d\d\.(?:0[1-9]|1[0-2]))-(.+)$/.exec(value);
  if (tag?.[1] !== undefined && tag[2] !== undefined) {
    const image = readImage(tag[2]);
    return 'says' in image ? image : { ...image, triton: tag[1] };
  }
  const fix = `write the container's release, such as ${newestTriton}, or the server's version, such as ${tritonVersion(newestTriton)?.server}`;
  if (!/^2\.\d+(?:\.\d+)?$/.test(value)) return { says: `"${value}" is not a version of Triton`, fix };
  const like = nearestServer(value);
  return { says: `no release of Triton that we know has the server ${value}`, fix: like ? `did you mean ${like}?` : fix };
}

/** The patch of a server hardly matters: 2.60.3 most likely means 2.60.0. */
function nearestServer(value: string): string | undefined {
  const known = tritonVersions.filter(({ server }) => server !== 'unknown');
  const older = known.findLast(({ server }) => compareVersions(server, value) <= 0);
  return older && `${older.server}, of ${older.container}`;
}

function readImage(value: string): Partial<Target> | Wrong {
  const image = tritonImages.find((name) => name === value);
  if (image !== undefined) return { image };
  const like = nearest(value, tritonImages);
  return {
    says: `"${value}" is not an image that we know`,
    fix: like ? `did you mean "${like}"?` : `the images are ${tritonImages.join(', ')}`,
  };
}

function readPlatform(value: string): Partial<Target> | Wrong {
  const platform = tritonPlatforms.find((name) => name === value || name === `linux/${value}`);
  if (platform !== undefined) return { platform };
  return { says: `"${value}" is not a platform that we know`, fix: `the platforms are ${tritonPlatforms.join(', ')}` };
}

function readGpu(value: string): Partial<Target> | Wrong {
  if (/^(cpu|none)$/i.test(value)) return { gpu: 'cpu' };
  if (value.toLowerCase() === 'unknown') return { gpu: 'unknown' };
  const gpu = gpuNamed(value);
  if (gpu === undefined) {
    const like = gpuLike(value);
    return {
      says: `no GPU that we know is called "${value}"`,
      fix: like ? `did you mean "${like}"?` : 'write a name such as L4, T4 or A100, or cpu',
    };
  }
  return { gpu };
}

function readDriver(value: string): Partial<Target> | Wrong {
  if (/^\d{3}(?:\.\d+){0,2}$/.test(value)) return { driver: value };
  return { says: `"${value}" is not a version of NVIDIA's driver`, fix: 'write it as nvidia-smi prints it, such as 580.65.06' };
}

function readMemory(value: string): Partial<Target> | Wrong {
  const memoryBytes = parseSize(value);
  if (memoryBytes !== undefined) return { memoryBytes };
  return { says: `"${value}" is not a size`, fix: 'write a number with GB or GiB, such as 24GB' };
}
