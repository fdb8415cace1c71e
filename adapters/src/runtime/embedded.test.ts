import { embedded } from './embedded.ts';
import { runtimeContract } from './runtime-contract.ts';

runtimeContract('embedded', (options) => embedded(options), "(await import(here + 'embedded.ts')).embedded()");
