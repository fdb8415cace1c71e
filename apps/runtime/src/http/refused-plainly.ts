import { Refused } from '../server/refused.ts';

/** Found before a handler looked at the body, or when the answer was due: the error is of the route's own content type, as with Triton. */
export class RefusedPlainly extends Refused {}
