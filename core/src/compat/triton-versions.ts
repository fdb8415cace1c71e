import { compareVersions } from './versions.ts';

/**
 * What one release of Triton's container carries: the image `nvcr.io/nvidia/tritonserver:<container>-py3`, for x86.
 * A version is written as precisely as its source does. What no source told us is 'unknown'.
 */
export type TritonVersion = {
  readonly container: string;
  readonly server: string;
  /** 'none' where the image came without the backend. */
  readonly onnxRuntime: string;
  readonly tensorRt: string;
  readonly cuda: string;
  readonly python: string;
  readonly openVino: string;
  /** The oldest compute capability that the build supports. */
  readonly capabilityLeast: string;
  /** Whether the release notes name GPUs of the Blackwell family, compute capability 10.0 and newer. */
  readonly blackwell: 'yes' | 'no' | 'unknown';
  readonly driver: DriverNeeds | 'unknown';
  readonly backends: readonly string[];
  readonly sources: readonly string[];
};

/** `least` does on any GPU. `branches` do on data center GPUs as well, from that patch on; `leftOut` are said not to do. */
export type DriverNeeds = { readonly least: number | 'unknown'; readonly branches: readonly string[]; readonly leftOut: readonly number[] };

// The facts that the release notes give, in the words that they repeat for months.
const before24: readonly number[] = [418, 440, 460, 520];
const from24: readonly number[] = [418, 440, 450, 460, 510, 520];
const fromCuda126: readonly number[] = [...from24, 530, 545, 555];
const fourBranches = ['470.57', '525.85', '535.86', '545.23'];
const driver530: DriverNeeds = { least: 530, branches: ['450.51', '470.57', '510.47', '515.65', '525.85', '530.30'], leftOut: before24 };
const driver535: DriverNeeds = { least: 535, branches: ['450.51', '470.57', '510.47', '525.85', '535.86'], leftOut: before24 };
const driver545: DriverNeeds = { least: 545, branches: ['450.51', '470.57', '510.47', '525.85', '535.86', '545.23'], leftOut: before24 };
const driver545From24: DriverNeeds = { least: 545, branches: fourBranches, leftOut: from24 };
const driver560: DriverNeeds = { least: 560, branches: fourBranches, leftOut: fromCuda126 };
const driver575: DriverNeeds = { least: 575, branches: fourBranches, leftOut: fromCuda126 };
// These notes name no driver any more, and send the reader to CUDA's own tables.
const driverOfCuda: DriverNeeds = { least: 'unknown', branches: [], leftOut: fromCuda126 };

const inImage = ['dali', 'ensemble', 'fil', 'identity', 'onnxruntime', 'openvino', 'python', 'pytorch', 'repeat', 'square', 'tensorrt'];
const tutorial = 'backends: triton-inference-server/tutorials, Triton_Inference_Server_Python_API/README.md';
const notes = (page: string): string =>
  `CUDA, driver: release notes, docs.nvidia.com/deeplearning/triton-inference-server/release-notes/${page}.html`;
const matrix = 'ONNX Runtime: triton-inference-server/server docs/introduction/compatibility.md at 0f963c9';
// That page tells of the vLLM image of a release, not of the py3 image; where release notes give both, CUDA differs in the patch at most.
const matrixCuda = `${matrix}; CUDA without its patch: there, of the release's vLLM image`;
const wheels = 'server: tritonclient on PyPI';

type Row = Partial<TritonVersion> & Pick<TritonVersion, 'container' | 'server' | 'sources'>;

/** What holds from one release to another, both included. */
type Span = { readonly from: string; readonly to: string; readonly facts: Partial<TritonVersion>; readonly source: string };

const spans: readonly Span[] = [
  {
    from: '23.01',
    to: '24.10',
    facts: { capabilityLeast: '6.0', blackwell: 'no' },
    source: 'compute capability: release notes of 22.12, 23.03 to 24.01, 24.03 to 24.05 and 24.10, which agree',
  },
  {
    from: '25.01',
    to: '26.09',
    facts: { capabilityLeast: '7.5', blackwell: 'yes' },
    source: 'compute capability: release notes of 25.01, 25.03, 25.04, 25.06, 25.08, 25.10, 26.02, 26.06 to 26.09, which agree',
  },
  { from: '23.12', to: '23.12', facts: { python: '3.10.12' }, source: 'Python: the environment of an image of 23.12 in a report to vLLM' },
  { from: '24.04', to: '24.10', facts: { python: '3.10.12' }, source: `Python: as ONNX Runtime, of the release's vLLM image` },
  { from: '24.11', to: '26.08', facts: { python: '3.12.3' }, source: `Python: as ONNX Runtime, of the release's vLLM image` },
  { from: '23.01', to: '25.02', facts: { backends: [...inImage, 'tensorflow'] }, source: tutorial },
  { from: '25.03', to: '26.09', facts: { backends: inImage }, source: `${tutorial}; server pull request 8068 took TensorFlow out` },
];

/**
 * The releases, oldest first.
 *
 * The server of a container follows from the build months of the tritonclient wheels on PyPI, one minor version a month. What names both
 * agrees: the GitHub releases 2.41.0 (23.12) and 2.59.0 (25.06), NVIDIA's archives of 2.44.0 (24.03) and 2.54.0 (25.01), images of 24.05
 * (2.46.0) and 24.09 (2.50.0), and pages that quote the release notes, by which 26.04 is 2.68.0 and 26.07 is 2.71.0. 25.07 has no wheel of its own.
 */
const rows: readonly Row[] = [
  { container: '23.01', server: '2.30.0', sources: [] },
  { container: '23.02', server: '2.31.0', sources: [] },
  { container: '23.03', server: '2.32.0', cuda: '12.1.0', driver: driver530, sources: [notes('rel-23-03')] },
  {
    container: '23.04',
    server: '2.33.0',
    onnxRuntime: '1.14.1',
    tensorRt: '8.6.1.2',
    cuda: '12.1.0',
    driver: driver530,
    sources: [notes('rel-23-04'), 'ONNX Runtime: triton-inference-server/onnxruntime_backend README.md', 'TensorRT: server issue 5812'],
  },
  {
    container: '23.05',
    server: '2.34.0',
    tensorRt: '8.6.1.2',
    cuda: '12.1.1',
    driver: driver530,
    sources: [notes('rel-23-05'), 'TensorRT: server issue 5975, which reads it from the support matrix'],
  },
  { container: '23.06', server: '2.35.0', cuda: '12.1.1', driver: driver530, sources: [notes('rel-23-06')] },
  { container: '23.07', server: '2.36.0', cuda: '12.1.1', driver: driver530, sources: [notes('rel-23-07')] },
  { container: '23.08', server: '2.37.0', cuda: '12.2.1', driver: driver535, sources: [notes('rel-23-08')] },
  { container: '23.09', server: '2.38.0', cuda: '12.2.1', driver: driver535, sources: [notes('rel-23-09')] },
  { container: '23.10', server: '2.39.0', cuda: '12.2.2', driver: driver535, sources: [notes('rel-23-10')] },
  { container: '23.11', server: '2.40.0', cuda: '12.3.0', driver: driver545, sources: [notes('rel-23-11')] },
  {
    container: '23.12',
    server: '2.41.0',
    onnxRuntime: '1.16.3',
    openVino: '2023.0.0',
    cuda: '12.3.2',
    driver: driver545,
    sources: [notes('rel-23-12'), 'ONNX Runtime, OpenVINO: triton-inference-server/server build.py of 2.41.0dev (TRITON_VERSION_MAP)'],
  },
  { container: '24.01', server: '2.42.0', cuda: '12.3.2', driver: driver545From24, sources: [notes('rel-24-01')] },
  {
    container: '24.02',
    server: '2.43.0',
    onnxRuntime: 'none',
    tensorRt: '8.6.3',
    backends: [...inImage.filter((backend) => backend !== 'onnxruntime'), 'tensorflow'],
    sources: ['no ONNX Runtime: server issues 6988 and 7027', 'TensorRT: server issue 6959'],
  },
  {
    container: '24.03',
    server: '2.44.0',
    tensorRt: '8.6.3',
    driver: driver545From24,
    sources: [notes('rel-24-03'), 'TensorRT: blog.gitcode.com, of a server issue about 24.03'],
  },
  {
    container: '24.04',
    server: '2.45.0',
    onnxRuntime: '1.17.3',
    cuda: '12.4',
    driver: driver545From24,
    sources: [notes('rel-24-04'), matrix],
  },
  {
    container: '24.05',
    server: '2.46.0',
    onnxRuntime: '1.18.0',
    tensorRt: '10.0.1.6',
    cuda: '12.4',
    driver: driver545From24,
    sources: [notes('rel-24-05'), matrix, 'TensorRT: docs.twcloud.ai, images of Triton'],
  },
  { container: '24.06', server: '2.47.0', onnxRuntime: '1.18.0', cuda: '12.5', sources: [matrixCuda] },
  { container: '24.07', server: '2.48.0', onnxRuntime: '1.18.1', cuda: '12.5', sources: [matrixCuda] },
  { container: '24.08', server: '2.49.0', onnxRuntime: '1.18.1', cuda: '12.6', sources: [matrixCuda] },
  {
    container: '24.09',
    server: '2.50.0',
    onnxRuntime: '1.19.2',
    tensorRt: '10.4.0.26',
    cuda: '12.6',
    sources: [matrixCuda, 'TensorRT: the environment of an image that is built on 24.09'],
  },
  { container: '24.10', server: '2.51.0', onnxRuntime: '1.19.2', cuda: '12.6.2', driver: driver560, sources: [notes('rel-24-10'), matrix] },
  { container: '24.11', server: '2.52.0', onnxRuntime: '1.19.2', cuda: '12.6', sources: [matrixCuda] },
  {
    container: '24.12',
    server: '2.53.0',
    onnxRuntime: '1.20.1',
    tensorRt: '10.7.0.23',
    cuda: '12.6.3',
    driver: driver560,
    sources: ['CUDA, driver: the release notes in the user guide of 2.53.0', matrix, 'TensorRT: docs.twcloud.ai, images of Triton'],
  },
  {
    container: '25.01',
    server: '2.54.0',
    onnxRuntime: '1.20.1',
    cuda: '12.8.0.038',
    driver: driver560,
    sources: [notes('rel-25-01'), matrix],
  },
  { container: '25.02', server: '2.55.0', onnxRuntime: '1.20.1', cuda: '12.8', sources: [matrixCuda] },
  {
    container: '25.03',
    server: '2.56.0',
    onnxRuntime: '1.21.0',
    cuda: '12.8.1.012',
    driver: driver560,
    sources: [notes('rel-25-03'), matrix],
  },
  {
    container: '25.04',
    server: '2.57.0',
    onnxRuntime: '1.21.0',
    cuda: '12.9.0',
    driver: driver575,
    sources: [notes('Chunk786889861'), matrix],
  },
  { container: '25.05', server: '2.58.0', onnxRuntime: '1.22.0', cuda: '12.9', sources: [matrixCuda] },
  {
    container: '25.06',
    server: '2.59.0',
    onnxRuntime: '1.22.0',
    cuda: '12.9.1.010',
    driver: driver575,
    sources: [notes('rel-25-06'), matrix],
  },
  { container: '25.07', server: 'unknown', onnxRuntime: '1.22.0', cuda: '12.9', sources: [matrixCuda] },
  // Its ONNX Runtime is a commit before 1.23.0.
  {
    container: '25.08',
    server: '2.60.0',
    onnxRuntime: '1.23.0+1d1712fdaf',
    cuda: '13.0.0.044',
    driver: driver575,
    sources: [notes('rel-25-08'), matrix],
  },
  { container: '25.09', server: '2.61.0', onnxRuntime: '1.23.0', cuda: '13.0', sources: [matrixCuda] },
  {
    container: '25.10',
    server: '2.62.0',
    onnxRuntime: '1.23.1',
    cuda: '13.0.2.006',
    driver: driver575,
    sources: [notes('rel-25-10'), matrix],
  },
  { container: '25.11', server: '2.63.0', onnxRuntime: '1.23.2', cuda: '13.0', sources: [matrixCuda] },
  { container: '25.12', server: '2.64.0', onnxRuntime: '1.23.2', cuda: '13.1', sources: [matrixCuda] },
  { container: '26.01', server: '2.65.0', onnxRuntime: '1.23.2', cuda: '13.1', sources: [matrixCuda] },
  { container: '26.02', server: '2.66.0', onnxRuntime: '1.24.1', cuda: '13.1.1', driver: driver575, sources: [notes('rel-26-02'), matrix] },
  { container: '26.03', server: '2.67.0', onnxRuntime: '1.24.2', cuda: '13.2', sources: [matrixCuda] },
  { container: '26.04', server: '2.68.0', onnxRuntime: '1.24.4', cuda: '13.2', sources: [matrixCuda] },
  { container: '26.05', server: '2.69.0', onnxRuntime: '1.24.4', cuda: '13.2', sources: [matrixCuda] },
  {
    container: '26.06',
    server: '2.70.0',
    onnxRuntime: '1.24.4',
    cuda: '13.3.0',
    driver: driverOfCuda,
    sources: [notes('rel-26-06'), matrix],
  },
  {
    container: '26.07',
    server: '2.71.0',
    onnxRuntime: '1.27.0',
    tensorRt: '11.1.0.106',
    cuda: '13.3.1',
    driver: driverOfCuda,
    sources: [notes('rel-26-07'), matrix, 'TensorRT: a deployment page on GitHub that lists what its image of 26.07 holds'],
  },
  {
    container: '26.08',
    server: '2.72.0',
    onnxRuntime: '1.28.0',
    cuda: '13.4.1',
    driver: driverOfCuda,
    sources: [notes('rel-26-08'), matrix],
  },
  { container: '26.09', server: '2.73.0', cuda: '13.4.1', driver: driverOfCuda, sources: [notes('rel-26-09')] },
];

const unread: Omit<TritonVersion, 'container' | 'server' | 'sources'> = {
  onnxRuntime: 'unknown',
  tensorRt: 'unknown',
  cuda: 'unknown',
  python: 'unknown',
  openVino: 'unknown',
  capabilityLeast: 'unknown',
  blackwell: 'unknown',
  driver: 'unknown',
  backends: [],
};

export const tritonVersions: readonly TritonVersion[] = rows.map((row): TritonVersion => {
  const holding = spans.filter(({ from, to }) => compareVersions(from, row.container) <= 0 && compareVersions(row.container, to) <= 0);
  const facts = Object.assign({}, ...holding.map((span) => span.facts)) as Partial<TritonVersion>;
  return { ...unread, ...facts, ...row, sources: [wheels, ...row.sources, ...holding.map(({ source }) => source)] };
});

export const newestTriton: string = tritonVersions.at(-1)?.container ?? '';

/** The release of a container such as 25.08, or of a server such as 2.60.0. */
export function tritonVersion(version: string): TritonVersion | undefined {
  return tritonVersions.find(({ container, server }) => version === container || (version === server && server !== 'unknown'));
}

/** The columns whose versions never went back from one release to the next. */
type Column = 'onnxRuntime' | 'tensorRt' | 'cuda' | 'capabilityLeast';

/**
 * What is known of a column at a container: both ends are the version itself where it is known, and the nearest known neighbours
 * where it is not. An end that nobody knows is absent.
 */
export function knownAround(column: Column, container: string): { readonly least?: string; readonly most?: string } {
  const known = tritonVersions.filter((row) => row[column] !== 'unknown' && row[column] !== 'none');
  const least = known.findLast((row) => compareVersions(row.container, container) <= 0)?.[column];
  const most = known.find((row) => compareVersions(row.container, container) >= 0)?.[column];
  return { ...(least !== undefined && { least }), ...(most !== undefined && { most }) };
}
