import type { Ms } from '../base/time.ts';

/** What came back when a server was asked one thing: an answer, or what there was instead. */
export type Heard =
  /** `isWhole` is false when there was more of the body than anyone should read. */
  | { readonly is: 'answer'; readonly status: number; readonly body: string; readonly isWhole: boolean; readonly location?: string }
  | { readonly is: 'refused' }
  | { readonly is: 'unreachable'; readonly says: string }
  | { readonly is: 'no-such-host' }
  /** Nothing, or not all of it, came in time. */
  | { readonly is: 'late'; readonly afterMs: Ms }
  /** Somebody took the connection and closed it without a word. */
  | { readonly is: 'hung-up' }
  /** Something came that is not HTTP; `starts` holds its first bytes, one character each. */
  | { readonly is: 'not-http'; readonly starts: string }
  | { readonly is: 'no-tls' }
  | { readonly is: 'certificate'; readonly says: string }
  /** The time was up before it was asked, or it was not worth asking. */
  | { readonly is: 'not-asked' };

/** A version that the index lists as READY, asked by itself. */
export type HeardVersion = { readonly model: string; readonly version: string; readonly ready: Heard; readonly config: Heard };

/** All that one probe heard. */
export type HeardProbe = {
  readonly url: string;
  readonly live: Heard;
  readonly ready: Heard;
  readonly server: Heard;
  readonly index: Heard;
  /** The metrics page of the same port: asked only when the server metadata came empty, as a metrics port gives it. */
  readonly metrics: Heard;
  readonly versions: readonly HeardVersion[];
};
