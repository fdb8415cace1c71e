/** A request that is answered with an error, in Triton's words where Triton has some. Thrown where it is noticed, caught once, by http.ts. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, says: string) {
    super(says);
    this.name = 'Refused';
    this.status = status;
  }
}

export function refuse(status: number, says: string): never {
  throw new Refused(status, says);
}
