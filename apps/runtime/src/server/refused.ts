import { cText } from './c-text.ts';

/** The codes of a Triton error, in the words in which Triton prints them before a reason. */
export type ErrorCode =
  | 'Unknown'
  | 'Internal'
  | 'Not found'
  | 'Invalid argument'
  | 'Unavailable'
  | 'Unsupported'
  | 'Already exists'
  | 'Cancelled';

/** A request that is answered with an error, in Triton's words where Triton has some. Thrown where it is noticed; each front end writes it its own way. */
export class Refused extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, says: string) {
    super(cText(says));
    this.name = 'Refused';
    this.code = code;
  }
}

export function refuse(code: ErrorCode, says: string): never {
  throw new Refused(code, says);
}
