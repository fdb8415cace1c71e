import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, realpathSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { request } from 'undici';
import { removeTree } from '#adapters/artifacts/disk.ts';
import { sqliteJournal } from '#adapters/journal/sqlite.ts';
import { ociLayout } from '#adapters/registry/oci-layout.ts';
import { packFolder } from '#adapters/registry/pack-folder.ts';
import { openDatabase } from '#adapters/store/sqlite.ts';
import { folderWishes } from '#adapters/wishes/folder.ts';
import type { Digest } from '#core/base/digest.ts';
import type { Ms } from '#core/base/time.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { ModelState } from '#core/rollout/state.ts';
import { gatewayAnnounced, modelReport } from '#core/traffic/wire.ts';

export const root = resolve(import.meta.dirname, '..');
export const model = 'digits';

type Kind = 'gateway' | 'agent' | 'control';

/** What servers do wrong on purpose; what is not named is right. */
export type Faults = {
  readonly errors?: { readonly fraction: number };
  readonly delay?: { readonly fraction: number; readonly ms: number };
};

/** One local world of real processes with a home of its own, for benchmarks. Nothing of it outlives this process. */
export class RealWorld {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'conch-bench-')));
  client = '';
  #admin = '';
  readonly #children = new Map<Kind, ChildProcess>();
  readonly #wishes = folderWishes(this.home);
  #generation = 0;
  #states: DatabaseSync | undefined;
  #last: { revision: number; state: ModelState } | undefined;
  #journal: ReturnType<typeof sqliteJournal> | undefined;

  async start(): Promise<void> {
    for (const folder of ['run', 'logs']) mkdirSync(join(this.home, folder), { recursive: true });
    copyFileSync(join(root, 'examples/environments/laptop.yaml'), join(this.home, 'environment.yaml'));
    this.spawn('gateway', '--port', '0', '--id', 'one');
    this.spawn('agent', '--runtime', 'embedded', '--fault-ports');
    this.startControl();
    const announced = join(this.home, 'run', 'gateway-one.json');
    await until(() => existsSync(announced) && existsSync(join(this.home, 'journal.sqlite')), 20_000, 'the processes have not started');
    ({ client: this.client, admin: this.#admin } = gatewayAnnounced.parse(JSON.parse(readFileSync(announced, 'utf8'))));
    await wait(500);
  }

  startControl(): void {
    this.spawn('control');
  }

  /** SIGKILL; resolves once it is gone. */
  async killControl(): Promise<void> {
    const child = this.#children.get('control');
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  }

  async pack(name: string): Promise<Digest> {
    const packed = await packFolder(join(root, 'examples/digits/releases', name), { registry: ociLayout(join(this.home, 'store')) });
    if ('digest' in packed) return packed.digest;
    throw new Error(packed.findings.map(({ says }) => says).join('; '));
  }

  /** Desires a release, as one generation more; the same one again is tried again. */
  promote(release: Digest): number {
    this.#generation += 1;
    this.#wishes.writeDesired({ model, generation: this.#generation, release, placement: 'isolated', capacity: { min: 1, max: 1 } });
    return this.#generation;
  }

  /** So that a paused rollout does not stop the others. */
  abort(): void {
    const at = Date.now();
    const intervention = { verb: 'abort', target: model, reason: 'the next one is due', actor: 'bench', at, expiry: at + 600_000 } as const;
    this.#wishes.writeIntervention({ id: `${at}-abort`, ...intervention });
  }

  /** What control has committed; read anew only when it has changed. */
  state(): ModelState | 'none' {
    if (!existsSync(join(this.home, 'control.sqlite'))) return 'none';
    this.#states ??= openDatabase(join(this.home, 'control.sqlite'), { isReadOnly: true });
    const row = this.#states.prepare('SELECT revision FROM state WHERE model = ?').get(model);
    if (!row) return 'none';
    if (this.#last?.revision !== row['revision']) {
      const whole = this.#states.prepare('SELECT revision, body FROM state WHERE model = ?').get(model);
      this.#last = { revision: Number(whole?.['revision']), state: JSON.parse(String(whole?.['body'])) as ModelState };
    }
    return this.#last?.state ?? 'none';
  }

  async entries(after = 0): Promise<Entry[]> {
    this.#journal ??= sqliteJournal(join(this.home, 'journal.sqlite'), { isReadOnly: true });
    return this.#journal.read({ writer: `control/${model}`, after });
  }

  /** The generation that the gateway serves by now, asked of the gateway itself. */
  async accepted(): Promise<number> {
    const { body } = await request(`${this.#admin}/v1/models/${model}`);
    return modelReport.parse(await body.json()).seen.accepted;
  }

  /** The pool's servers do so from now on. */
  async setFaults(pool: string, faults: Faults): Promise<void> {
    const { statusCode, body } = await request(`${this.faultPort(pool)}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    const text = await body.text();
    if (statusCode >= 300) throw new Error(`faults were refused: ${statusCode} ${text}`);
  }

  /** Where the pool's only server takes faults: it says so in its log. */
  faultPort(pool: string): string {
    const file = join(this.home, 'logs', 'servers', `one/${pool}/1`.replaceAll(/[^A-Za-z0-9_.-]/g, '_').concat('.log'));
    const found = [...readFileSync(file, 'utf8').matchAll(/The admin port (127\.0\.0\.1:\d+) takes faults/g)].at(-1);
    if (!found) throw new Error(`${file} names no admin port`);
    return `http://${found[1]}`;
  }

  /** Ends everything, and leaves nothing. */
  async end(): Promise<void> {
    this.#states?.close();
    this.#journal?.close();
    for (const kind of ['control', 'gateway', 'agent'] as const) {
      const child = this.#children.get(kind);
      if (!child || child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await Promise.race([gone, wait(10_000).then(() => child.kill('SIGKILL'))]);
    }
    await wait(500); // servers end a moment after their agent
    await removeTree(this.home);
  }

  private spawn(kind: Kind, ...flags: string[]): void {
    const log = openSync(join(this.home, 'logs', `${kind}.log`), 'a');
    const args = ['--disable-warning=ExperimentalWarning', join(root, `apps/${kind}/src/main.ts`), '--home', this.home];
    // Their standard input closes with this process, however it ends; so do they.
    const child = spawn(process.execPath, [...args, '--exit-with-parent', ...flags], { stdio: ['pipe', log, log], detached: true });
    child.stdin?.on('error', () => undefined);
    this.#children.set(kind, child);
  }
}

export async function until(isSo: () => boolean, patienceMs: Ms, otherwise: string): Promise<void> {
  for (const end = Date.now() + patienceMs; !isSo(); await wait(20)) if (Date.now() > end) throw new Error(otherwise);
}
