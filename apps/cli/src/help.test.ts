import { strictEqual } from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { programOf } from './program.ts';
import { loadAll } from './run.ts';

const folder = join(import.meta.dirname, 'transcripts');
const program = programOf(await loadAll(), () => undefined);

/** Every page of help there is, by the words that ask for it. */
const pages = pagesOf(program, ['conch']);

test('the commands are these, and no others yet', () => {
  strictEqual(
    pages.map(({ path }) => path.slice(1).join(' ')).join(', '),
    ', demo, up, status, init, config, check, explain, pack, promote, rollout, rollout watch, rollout pause, rollout resume, rollout advance, rollout abort, rollback, journal, runtime, runtime list, runtime install, runtime doctor, runtime run, probe, down',
  );
});

for (const { path, command } of pages) {
  test(`${path.join(' ')} --help prints what its transcript shows`, () => {
    const file = join(folder, `${path.join('-')}.txt`);
    const help = helpOf(command);
    if (process.env['CONCH_RENDER'] === '1') {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, help);
    }
    const hint = `${path.join(' ')} --help has changed; if it should have: CONCH_RENDER=1 npm test -- apps/cli/src/help.test.ts, and review the difference`;
    strictEqual(help, existsSync(file) ? readFileSync(file, 'utf8') : 'no transcript', hint);
  });
}

function pagesOf(command: Command, path: string[]): { path: string[]; command: Command }[] {
  return [{ path, command }, ...command.commands.flatMap((one) => pagesOf(one, [...path, one.name()]))];
}

/** As it is printed: with what stands after the options. */
function helpOf(command: Command): string {
  let printed = '';
  command.configureOutput({ writeOut: (text) => (printed += text) });
  command.outputHelp();
  return printed;
}
