import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { LoadRequest } from './open-loop.ts';

export type LabelledImages = {
  readonly count: number;
  /** The request of the index-th image, round and round. */
  request(index: number): LoadRequest;
  /** The class with the highest probability. */
  labelOf(answer: Buffer): number | undefined;
};

/** Requests made of a file of labelled images (examples/digits/traffic.json), one image each. */
export function labelledImages(file: string, { model, input }: { model: string; input: string }): LabelledImages {
  const { images } = read(file);
  const path = `/v2/models/${model}/infer`;
  const requests = images.map(({ id, pixels, label }): LoadRequest => {
    const body = { id, inputs: [{ name: input, datatype: 'FP32', shape: [1, pixels.length], data: pixels }] };
    return { path, body: JSON.stringify(body), label };
  });
  return {
    count: requests.length,
    request: (index) => requests[index % requests.length] as LoadRequest,
    labelOf: (answer) => {
      try {
        const { outputs } = JSON.parse(answer.toString('utf8')) as { outputs: { data: number[] }[] };
        const shares = outputs[0]?.data ?? [];
        return shares.indexOf(Math.max(...shares));
      } catch {
        return undefined; // not an answer that anyone could read: wrong
      }
    },
  };
}

const shape = z.object({
  images: z.array(z.object({ id: z.string(), pixels: z.array(z.number()), label: z.int() })).min(1, { error: 'there are no images' }),
});

function read(file: string): z.infer<typeof shape> {
  try {
    return shape.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const says = cause instanceof z.ZodError ? z.prettifyError(cause) : wordsOf(cause);
    throw new Fault('load/images', `${file} is no file of labelled images: ${says}`, { isRetryable: false, cause });
  }
}
