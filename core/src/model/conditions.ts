/** Where a model is to be loaded: all that changes a verdict beside the model itself. What nobody told is `unknown`, and never guessed. */
export type Conditions = {
  /** Triton's server version, such as 2.51. */
  readonly triton: { readonly major: number; readonly minor: number };
  /** The GPUs that the server may use, by id; `some` where there are some and nobody said how many. */
  readonly gpus: readonly number[] | 'some' | 'unknown';
  readonly server: ServerSettings;
  /** The target's ONNX Runtime, such as 1.19.2. */
  readonly onnxRuntime?: string | undefined;
  /** Where that is not known: it is at least this one. */
  readonly onnxRuntimeLeast?: string | undefined;
  /**
   * Whether compiled backends and model code have a say. `accepting` judges what Triton's core alone decides, as if the backends of these
   * names were there, took everything, and there were no others: for comparisons with a real server that has such backends.
   */
  readonly backends: 'judged' | { readonly accepting: readonly string[] | 'any' };
};

/** What tritonserver's flags say, as far as they change a verdict. */
export type ServerSettings = {
  readonly autoComplete: boolean;
  /** Of --model-config-name; '' when not given. */
  readonly configName: string;
  readonly namespacing: boolean;
  /** Folders of its model repositories, where it was told. A model whose repository is among them may run models of the others. */
  readonly repositories: readonly string[];
  readonly rateLimit: boolean;
  readonly rateResources: readonly RateResource[];
  readonly defaultMaxBatchSize: number;
  readonly backendDirectory: string | 'default';
  readonly repoAgentDirectory: string;
  readonly hasResponseCache: boolean;
  readonly histograms: boolean;
  readonly metrics: boolean;
  readonly minComputeCapability: number | 'default';
  readonly hostPolicies: readonly string[];
};

export type RateResource = { readonly name: string; readonly count: number; readonly device: number | 'all' };

export const defaultSettings: ServerSettings = {
  autoComplete: true,
  configName: '',
  namespacing: false,
  repositories: [],
  rateLimit: false,
  rateResources: [],
  defaultMaxBatchSize: 4,
  backendDirectory: 'default',
  repoAgentDirectory: '/opt/tritonserver/repoagents',
  hasResponseCache: false,
  histograms: false,
  metrics: true,
  minComputeCapability: 'default',
  hostPolicies: [],
};

/** Whether the target is at least this server version, such as '2.62'. */
export function isSince({ triton }: Conditions, version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return triton.major > major || (triton.major === major && triton.minor >= minor);
}
