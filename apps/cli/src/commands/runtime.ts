import type { Family } from '../command.ts';
import { doctor } from './runtime-doctor.ts';
import { install } from './runtime-install.ts';
import { list } from './runtime-list.ts';
import { run } from './runtime-run.ts';

export const runtime: Family = {
  name: 'runtime',
  says: 'See what servers can run on here, install a real tritonserver, try each, or run ours alone',
  commands: [list, install, doctor, run],
};
