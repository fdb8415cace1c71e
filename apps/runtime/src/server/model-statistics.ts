/** What Triton counts for one version of a model since it was loaded, as `ModelStatistics` of both protocols says it. Durations are of nanoseconds. */
export type ModelStatistics = {
  readonly name: string;
  readonly version: string;
  /** Milliseconds since 1970; 0: never. */
  readonly lastInferenceMs: number;
  readonly inferences: number;
  readonly executions: number;
  readonly inference: Readonly<Record<InferenceDuration, Duration>>;
  /** By the index of the answer of a decoupled request. */
  readonly responses: Readonly<Record<string, Readonly<Record<ResponseDuration, Duration>>>>;
  readonly batches: readonly {
    readonly size: number;
    readonly computeInput: Duration;
    readonly computeInfer: Duration;
    readonly computeOutput: Duration;
  }[];
};

export type Duration = { readonly count: number; readonly ns: number };
export type InferenceDuration = 'success' | 'fail' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput' | 'cacheHit' | 'cacheMiss';
export type ResponseDuration = 'computeInfer' | 'computeOutput' | 'success' | 'fail' | 'emptyResponse' | 'cancel';
