import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from './memory.ts';
import { sqliteStore } from './sqlite.ts';
import { storeContract } from './store-contract.ts';

storeContract('memory store', memoryStore);
storeContract('SQLite store', () => sqliteStore(join(mkdtempSync(join(tmpdir(), 'conch-store-')), 'control.sqlite')));
