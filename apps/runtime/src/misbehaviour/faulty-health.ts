import type { FaultOf } from './faults.ts';
import type { InForce } from './in-force.ts';

type Asked = Exclude<keyof FaultOf<'health'>, 'model'>;

/** What a question about health is answered, and when: the truth, but where a lie is in force. */
export async function toldHealth(inForce: InForce, asked: Asked, truth: () => boolean, model?: string): Promise<boolean> {
  const says = inForce.of('health', model)?.[asked] ?? 'truth';
  if (says === 'hang') await inForce.lifted('health');
  return says === false ? false : truth();
}
