import type { ModelVersion } from './model-version.ts';

/** What the routes look at. */
export type State = {
  /** `GET /v2`. */
  readonly metadata: { readonly name: string; readonly version: string; readonly extensions: readonly string[] };
  /** Highest version first. */
  readonly versions: readonly ModelVersion[];
  /** Models that failed before they could be loaded: the index knows their name only. */
  readonly unpolled: readonly string[];
  isStopping(): boolean;
  isLive(): boolean;
  isReady(): boolean;
  /** Throws the dice for one request: what goes wrong with it on purpose. */
  faultOf(): { readonly delayMs: number; readonly isError: boolean };
};
