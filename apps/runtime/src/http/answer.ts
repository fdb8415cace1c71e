import { writeJson } from '#core/kserve/write-json.ts';

/** What goes back over HTTP. */
export type Answer = {
  readonly status: number;
  readonly body: string | Buffer;
  readonly type?: 'text/plain' | 'application/json' | 'application/octet-stream' | 'text/event-stream; charset=utf-8';
  /** In one chunk, where Triton does not know beforehand how long it becomes. */
  readonly isChunked?: true;
  /** Bytes of JSON at the head of a body with binary tensors behind it. */
  readonly headLength?: number;
  /** To be called when it was written, or never will be, with when that began. */
  readonly sent?: (startedNs: bigint) => void;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
};

export const empty = (status: number): Answer => ({ status, body: '', type: 'text/plain' });

/** Load, unload and the like: nothing, and as JSON. */
export const done: Answer = { status: 200, body: '' };

export const json = (value: unknown): Answer => ({ status: 200, body: writeJson(value) });

export const failure = (status: number, says: string, type: 'text/plain' | 'application/json' = 'application/json'): Answer => ({
  status,
  body: writeJson({ error: says }),
  type,
});
