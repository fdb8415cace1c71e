import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/** One test that did not run, and why. */
export type Skipped = { name: string; place: string; because: string };

/** What one run of node's test runner came to. */
export type Tally = { passed: number; failed: number; skipped: Skipped[] };

/** A reporter for node's test runner: nothing but the tally, as one line of JSON at the end of the run. */
export default async function* tallyReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const tally: Tally = { passed: 0, failed: 0, skipped: [] };
  for await (const event of events) {
    if (event.type === 'test:pass') tally.skipped.push(...skippedIn(event.data));
    if (event.type === 'test:summary' && event.data.file === undefined) {
      tally.passed = event.data.counts.passed;
      tally.failed = event.data.counts.tests - event.data.counts.passed - event.data.counts.skipped - event.data.counts.todo;
    }
  }
  yield `${JSON.stringify(tally)}\n`;
}

type Pass = Extract<TestEvent, { type: 'test:pass' }>['data'];

function skippedIn({ name, file, line, skip, todo }: Pass): Skipped[] {
  const reason = skip ?? todo;
  if (reason === undefined || reason === false) return [];
  const because = typeof reason === 'string' && reason !== '' ? reason : skip === undefined ? 'still to do' : 'no reason given';
  return [{ name, place: file === undefined ? '?' : `${relative(process.cwd(), file)}:${line ?? 1}`, because }];
}
