import { join } from 'node:path';
import { passingOn } from '../command.ts';
import { repositoryRoot } from '../repository-root.ts';

export const run = passingOn({
  name: 'run',
  says: "Run the embedded runtime alone, with tritonserver's own flags and ports",
  shape: 'FLAGS',
  example: 'conch runtime run --model-repository=examples/digits/releases/a/repository\nconch runtime run --help',
  /** This process becomes the runtime: same terminal, same process id, so signals and the exit code are its own. */
  hand(flags) {
    const main = join(repositoryRoot, 'apps/runtime/src/main.ts');
    const args = [process.execPath, '--disable-warning=ExperimentalWarning', main, ...flags];
    process.execve?.(process.execPath, args, process.env);
    throw new Error('this system cannot replace a process by another');
  },
});
