import type { Dice } from '#core/base/dice.ts';
import type { Case } from './case.ts';
export const grpcCase = (_: Dice): Case => ({ says: '', steps: [] });
