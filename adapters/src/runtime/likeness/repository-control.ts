import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Question } from './question.ts';
import type { LikenessServer } from './servers.ts';

// How models come and go: what the suites about it ask, wait for and compare.

export const post = (path: string, body?: unknown): Question => ['POST', path, body];
export const get = (path: string): Question => ['GET', path];
export const load = (model: string, parameters?: object): Question =>
  post(`/v2/repository/models/${model}/load`, parameters && { parameters });
export const unload = (model: string, parameters?: object): Question =>
  post(`/v2/repository/models/${model}/unload`, parameters && { parameters });
export const index = post('/v2/repository/index');
export const ready = get('/v2/health/ready');

/** An unload is answered before the model has gone. */
export function settled(server: LikenessServer): Promise<void> {
  return until(server, 'nothing unloads', () => true);
}

/** Versions go one by one, and what it asks for may hold while another is on its way. */
export async function until(server: LikenessServer, says: string, holds: (index: string) => boolean): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const told = (await ask(server, index)).body.toString();
    if (holds(told) && !/"(UN)?LOADING"/.test(told)) return;
    if (performance.now() > deadlineMs) throw new Error(`${server.name} did not come to where ${says}: ${told}`);
    await sleep(100);
  }
}

/** Waits until both logs have so many lines with these words. */
export async function said(servers: readonly LikenessServer[], words: string, times = 1): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  for (const server of servers)
    while (server.log().filter((line) => line.includes(words)).length < times) {
      if (performance.now() > deadlineMs) throw new Error(`${server.name} did not say ${times} times: ${words}`);
      await sleep(100);
    }
}

/** What the log says of models, in the order of its words: the order of lines about several models is left to chance. */
export function linesAbout(lines: readonly string[]): readonly string[] {
  const said = lines
    .flatMap((line) => /^[IWE]\d{4} [\d:.]+ \d+ [^\]]+\] (".*")$/.exec(line)?.[1] ?? [])
    .map((text) => String(JSON.parse(text)));
  return said.filter((text) => spoken.test(text)).sort();
}

const spoken = /^(loading: |successfully (un)?loaded |failed to (load|poll) |Poll failed for |(Invalid argument|Internal): )/;

/** Our backend for the real server is a script, and its configuration names it; and no two runs take the same time. */
export function comparable(told: unknown): unknown {
  return JSON.parse(
    JSON.stringify(told, (key, value: unknown) => {
      if (key === 'runtime') return '';
      if (key === 'ns' || key === 'last_inference') return 0;
      return typeof value === 'bigint' ? String(value) : value;
    }),
  );
}
