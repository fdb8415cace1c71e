import type { InferenceServer } from '../server/inference-server.ts';
import type { Call } from './call.ts';
import type { CompressionLevel } from './compression.ts';
import type { Protocol } from './restriction.ts';
import { type ErrorLog, ok, statusOf, unreadable } from './status.ts';

/** One method of the service. `protocol` is the group under which it can be restricted. */
export type Method = {
  readonly protocol: Protocol;
  /** It may go on for ever, and holds its client back by itself. */
  readonly isStream?: true;
  run(call: Call): void;
};

/** What the methods of the front end work with. */
export type Front = {
  readonly server: InferenceServer;
  readonly forwardPattern?: RegExp;
  readonly compression?: CompressionLevel;
  readonly log?: ErrorLog;
};

/** A method with one request and one answer, both encoded. `decode` throws for what is no request; `answer` throws Refused. */
export function unary<T>(
  protocol: Protocol,
  log: ErrorLog | undefined,
  { decode, answer }: { decode(bytes: Uint8Array): T; answer(request: T): Uint8Array | Promise<Uint8Array> },
): Method {
  return {
    protocol,
    run: (call) =>
      receiveOne(call, decode, (request) => {
        void settle(call, log, () => answer(request));
      }),
  };
}

async function settle(call: Call, log: ErrorLog | undefined, answer: () => Uint8Array | Promise<Uint8Array>): Promise<void> {
  try {
    call.send(await answer());
    call.finish(ok);
  } catch (thrown) {
    call.finish(statusOf(thrown, log));
  }
}

/** The first message is the request, whether or not the client ends the stream after it; Triton passes over what comes behind it. */
export function receiveOne<T>(call: Call, decode: (bytes: Uint8Array) => T, take: (request: T) => void): void {
  let hasCome = false;
  call.receive({
    message: (bytes) => {
      if (hasCome) return;
      hasCome = true;
      const request = readable(decode, bytes);
      if (request === undefined) call.finish(unreadable);
      else take(request.value);
    },
    end: () => {
      if (!hasCome) call.finish(unreadable);
    },
  });
}

/** Undefined for bytes that are no such message. */
export function readable<T>(decode: (bytes: Uint8Array) => T, bytes: Uint8Array): { readonly value: T } | undefined {
  try {
    return { value: decode(bytes) };
  } catch {
    return undefined;
  }
}
