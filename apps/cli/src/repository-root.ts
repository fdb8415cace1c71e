import { resolve } from 'node:path';

/** Where this copy of Conch is: its apps are started from here, and its examples are read from here. */
export const repositoryRoot = resolve(import.meta.dirname, '../../..');
