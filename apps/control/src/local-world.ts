import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '#adapters/clock/real.ts';
import { agents } from '#adapters/fleet/agents.ts';
import { sqliteJournal } from '#adapters/journal/sqlite.ts';
import { ociLayout } from '#adapters/registry/oci-layout.ts';
import { registryReleases } from '#adapters/registry/releases.ts';
import { sqliteStore } from '#adapters/store/sqlite.ts';
import { gateways } from '#adapters/traffic/gateways.ts';
import { folderWishes } from '#adapters/wishes/folder.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { formatFinding } from '#core/base/finding.ts';
import type { Environment } from '#core/contract/policy.ts';
import { readEnvironment } from '#core/contract/read-environment.ts';
import type { ControlWorld } from '#core/ports/control.ts';

/** The world of one machine: files and SQLite in the home folder, gateways and agents found by their announcements there. */
export function localWorld(home: string): ControlWorld & { close(): void } {
  const environment = environmentIn(join(home, 'environment.yaml'));
  const store = sqliteStore(join(home, 'control.sqlite'));
  const journal = sqliteJournal(join(home, 'journal.sqlite'));
  const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
  return {
    clock: realClock,
    wishes: folderWishes(home),
    store,
    journal,
    ...agents({ home, clock: realClock, log }),
    traffic: gateways({ home, clock: realClock, log }),
    releases: registryReleases(ociLayout(join(home, 'store')), environment),
    log,
    close() {
      store.close();
      journal.close();
    },
  };
}

function environmentIn(file: string): Environment {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('environment/missing', `${file} cannot be read (${wordsOf(cause)}); conch up writes it`, { isRetryable: false, cause });
  }
  const read = readEnvironment(text, file);
  if ('environment' in read) return read.environment;
  throw new Fault('environment/invalid', read.findings.map(formatFinding).join('\n'), { isRetryable: false });
}
