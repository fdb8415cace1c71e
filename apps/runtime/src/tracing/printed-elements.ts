import { percentG } from '#core/base/percent-g.ts';
import type { Datatype } from '#core/kserve/tensor.ts';
import { stringsIn, writeElements } from '../http/tensor-json.ts';

/**
 * The elements of a tensor as a trace has them: numbers as C++ streams print them, with six digits, booleans as 0 and 1, strings in quotation
 * marks, and nothing of half floats.
 */
export function printedElements(datatype: Datatype, bytes: Uint8Array): string {
  const { buffer } = new Uint8Array(bytes);
  switch (datatype) {
    case 'BOOL':
      return Array.from(bytes, (value) => (value === 0 ? 0 : 1)).join();
    case 'FP32':
      return Array.from(new Float32Array(buffer), general).join();
    case 'FP64':
      return Array.from(new Float64Array(buffer), general).join();
    case 'BYTES':
      return stringsIn(bytes)
        .map((text) => `"${text.toString()}"`)
        .join();
    case 'FP16':
    case 'BF16':
      return '';
    default:
      return writeElements(datatype, bytes);
  }
}

const general = (value: number): string => percentG(value, 6);
