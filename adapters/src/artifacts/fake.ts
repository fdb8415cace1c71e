import { type Digest, digestOf, digestOfValue } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import type { GpuClass, ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Contract } from '#core/contract/contract.ts';
import type { InferRequest, InferResponse } from '#core/kserve/tensor.ts';
import { readConfig } from '#core/pbtxt/read-config.ts';
import type { Artifacts } from '#core/ports/agent.ts';
import type { Clock } from '#core/ports/control.ts';
import type { PoolTarget } from '#core/ports/targets.ts';
import type { GoldenSet } from '#core/release/golden.ts';
import { type ClassParts, type Release, servingDigest } from '#core/release/release.ts';

/** How a made-up model behaves in a server. */
export type FakeModel = {
  readonly name: ModelName;
  readonly versions: readonly string[];
  /** What the server shows as the effective configuration. */
  readonly config: unknown;
  readonly loadMs: Ms;
  /** Why the server does not load it, in the server's words. */
  readonly refuses: string | 'none';
  /** The last words of a process that ends instead of loading it. */
  readonly diesLoading: string | 'none';
  readonly serviceMs: Ms;
  /** Mean time between crashes. */
  readonly crashEveryMs: Ms | 'never';
  answer(request: InferRequest): InferResponse;
};

/** A made-up release with everything that others derive from it. */
export type FakeRelease = {
  readonly digest: Digest;
  readonly release: Release;
  readonly gpuClass: GpuClass;
  readonly parts: ClassParts;
  readonly serving: Digest;
  readonly golden: GoldenSet;
  readonly contract: Contract;
  readonly configTexts: Readonly<Record<string, string>>;
  readonly model: FakeModel;
};

export type FakeReleaseChoices = {
  readonly name: string;
  readonly model?: ModelName;
  readonly contract?: Contract;
  readonly gpuClass?: GpuClass;
  readonly cases?: number;
  /** Golden cases whose label it gets wrong: trained badly, loaded well. */
  readonly mislabels?: number;
  /** The server answers something else than the training framework did: loaded badly. */
  readonly isLoadedWrong?: boolean;
  /** The server shows another configuration than was packed. */
  readonly isConfiguredWrong?: boolean;
} & Partial<Pick<FakeModel, 'loadMs' | 'refuses' | 'diesLoading' | 'serviceMs' | 'crashEveryMs'>>;

/**
 * A release of a tiny model: three scores and the number of the case in, the scores times a factor of the release out. The label is
 * where the score is largest. Releases of different names differ in every byte; one name and one set of choices give one digest.
 */
export function fakeRelease(choices: FakeReleaseChoices): FakeRelease {
  const { name, gpuClass = 'cpu', cases = 4, mislabels = 0, isLoadedWrong = false, isConfiguredWrong = false } = choices;
  const model = choices.model ?? choices.contract?.model ?? 'digits';
  const contract = choices.contract ?? fakeContract(model, gpuClass);
  const factor = 1 + (Number.parseInt(digestOf(name).slice(7, 13), 16) % 1000) / 1000;
  const configText = `name: "${model}"\nbackend: "onnxruntime"\nmax_batch_size: 8\ninstance_group { count: 1 kind: KIND_CPU }\n`;
  const golden: GoldenSet = {
    golden: 'conch/v1',
    model,
    outputs: { y: { datatype: 'FP32', tolerance: { absolute: 1e-6, relative: 1e-6 } } },
    cases: Array.from({ length: cases }, (_, index) => {
      const x = [index, (index + 1) * 2, index * 3].map((score) => (score * 7 + index) % 11);
      x[index % 3] = 20;
      const data = [...x, index];
      return {
        id: `case-${index}`,
        inputs: { x: { datatype: 'FP32', shape: [1, 4], data } },
        expect: { y: { shape: [1, 3], data: trained(data, factor, mislabels) } },
        label: index % 3,
      };
    }),
  };
  const parts: ClassParts = {
    artifact: digestOfValue({ name, artifact: factor, mislabels, isLoadedWrong, cases }),
    config: digestOf(configText),
    runtime: digestOf('runtime'),
    engine: 'absent',
    processing: 'absent',
    versions: ['1'],
    image: digestOfValue({ name, image: factor }),
  };
  const release: Release = {
    release: 'conch/v1',
    model,
    contract: digestOfValue(contract),
    golden: digestOfValue(golden),
    route: digestOf('route'),
    classes: { [gpuClass]: parts },
  };
  const read = readConfig(configText, 'config.pbtxt');
  return {
    release,
    gpuClass,
    parts,
    golden,
    contract,
    configTexts: { [model]: configText },
    digest: digestOfValue(release),
    serving: servingDigest(model, gpuClass, parts),
    model: {
      name: model,
      versions: ['1'],
      config: {
        ...('config' in read ? read.config : {}),
        ...(isConfiguredWrong ? { max_batch_size: 16 } : {}),
      },
      loadMs: choices.loadMs ?? 500,
      refuses: choices.refuses ?? 'none',
      diesLoading: choices.diesLoading ?? 'none',
      serviceMs: choices.serviceMs ?? 2,
      crashEveryMs: choices.crashEveryMs ?? 'never',
      answer({ id, inputs }) {
        const data = trained((inputs[0]?.data ?? []).map(Number), factor, mislabels).map((score) => score + (isLoadedWrong ? 1 : 0));
        const outputs = [
          {
            name: 'y',
            datatype: 'FP32' as const,
            shape: [1, 3],
            data,
          },
        ];
        return {
          ...(id === undefined ? {} : { id }),
          model_name: model,
          model_version: '1',
          outputs,
        };
      },
    },
  };
}

/** What can go wrong with fetching; the world that owns it may change it at any time. */
export type FetchFaults = { ms: Ms; fails: (target: PoolTarget) => Fault | 'no' };

/** The artifacts of one node, out of releases in memory. A release that was fetched once stays. */
export function fakeArtifacts(releases: ReadonlyMap<Digest, FakeRelease>, clock: Clock): Artifacts & { readonly faults: FetchFaults } {
  const faults: FetchFaults = { ms: 0, fails: () => 'no' };
  const there = new Set<Digest>();
  const find = (digest: Digest): FakeRelease => {
    const found = releases.get(digest);
    if (!found) throw new Fault('registry/missing', `release ${digest} is not in the registry`, { isRetryable: true });
    return found;
  };
  return {
    faults,
    async materialise(target) {
      if (!there.has(target.release)) {
        if (faults.ms > 0) await clock.sleep(faults.ms);
        const fault = faults.fails(target);
        if (fault !== 'no') throw fault;
        find(target.release);
        there.add(target.release);
      }
      const { parts, contract, golden, configTexts } = find(target.release);
      return { repository: `/fake/${target.release}`, parts, contract, golden, configTexts };
    },
    async observe(target) {
      const { artifact, processing, engine, versions } = find(target.release).parts;
      return { artifact, processing, engine, versions: [...versions] };
    },
    golden: async (release) => find(release).golden,
  };
}

/** What the team and the platform agree on when a test does not say otherwise. */
export function fakeContract(model: ModelName, gpuClass: GpuClass): Contract {
  return {
    contract: 'conch/v1',
    model,
    artifact: { format: 'onnx', files: ['1/model.onnx'] },
    io: {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [4] }],
      outputs: [{ name: 'y', datatype: 'FP32', shape: [3] }],
    },
    runtime: { triton: '24.10', backend: 'onnxruntime', image: 'absent', wheel: 'absent', tensorrt: 'absent', processing: 'absent' },
    resources: { gpu: { class: gpuClass, count: 0 }, memoryBytes: 2 ** 28, cpu: 1, loadMs: 10_000 },
    shapes: { batch: { min: 1, max: 8 }, bytesMax: 4096, mix: [{ batch: 1, share: 1 }] },
    health: { request: 'golden', case: 'case-0', withinMs: 1000 },
    rollout: {
      steps: [10, 50],
      soakMs: 2000,
      keepMs: 60_000,
      deadlineMs: 60_000,
      gates: {
        p99: { limitMs: 40, allowed: 0.01, requestsMin: 100 },
        errors: { allowed: 0.01, requestsMin: 100 },
        queue: { limitMs: 20, requestsMin: 100 },
        correctness: { accuracy: 0.7, perClass: 0.5, worseThanStable: 0.1 },
      },
    },
    owner: { team: 'team', contact: 'team@example.com', escalation: ['oncall@example.com'] },
    labels: {},
    performance: { rate: 50, arrival: 'poisson', p99Ms: 40, queueMs: 20, gpu: gpuClass },
  };
}

/** The scores, times the factor; turned by one for the cases that it was trained badly on. */
function trained(input: readonly number[], factor: number, mislabels: number): number[] {
  const [a = 0, b = 0, c = 0, number = 0] = input;
  return (number < mislabels ? [c, a, b] : [a, b, c]).map((score) => score * factor);
}
