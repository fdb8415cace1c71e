import type { Family } from '../command.ts';
import { abort, advance, pause, resume } from './rollout-orders.ts';
import { watch } from './rollout-watch.ts';

export const rollout: Family = {
  name: 'rollout',
  says: 'Watch a rollout, or have a say in it',
  commands: [watch, pause, resume, advance, abort],
};
