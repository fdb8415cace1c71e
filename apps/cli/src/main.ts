import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Types are stripped and code is compiled once, not at every start. Beside the packages, where nobody else writes.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/conch'));
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2));
