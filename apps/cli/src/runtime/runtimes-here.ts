import { askTritonserver, missingLibraries } from '#adapters/runtime/ask-tritonserver.ts';
import { findEmbedded, type FoundEmbedded } from '#adapters/runtime/find-embedded.ts';
import { chosenTritonserver, findTritonservers, type FoundTritonserver } from '#adapters/runtime/find-tritonserver.ts';
import type { Finding } from '#core/base/finding.ts';
import type { Ms } from '#core/base/time.ts';
import { missingLibrary, whyItEnded } from '#core/probe/why-it-ended.ts';

/** A tritonserver that was found, and what it says of itself; `unknown` when it cannot be started. */
export type ListedTritonserver = FoundTritonserver & {
  readonly version: string | 'unknown';
  readonly gpus: number | 'not-built' | 'unknown';
  /** The one that `conch up` takes. */
  readonly isChosen: boolean;
  /** Why it cannot be started. */
  readonly findings: readonly Finding[];
};

export type RuntimesHere = {
  readonly embedded: FoundEmbedded & { readonly findings: readonly Finding[] };
  readonly tritonservers: readonly ListedTritonserver[];
};

/** Long for a program that prints a table and ends. */
const askMaxMs: Ms = 10_000;

/** Every runtime that can be had on this machine; each tritonserver is asked. */
export async function runtimesHere(signal: AbortSignal): Promise<RuntimesHere> {
  const [embedded, found] = [findEmbedded(), findTritonservers()];
  const chosen = chosenTritonserver(found);
  const tritonservers: ListedTritonserver[] = [];
  for (const one of found) tritonservers.push(await listed(one, one === chosen, signal));
  return { embedded: { ...embedded, findings: embedded.isWhole ? [] : [noLibrary] }, tritonservers };
}

async function listed(found: FoundTritonserver, isChosen: boolean, signal: AbortSignal): Promise<ListedTritonserver> {
  const told = await askTritonserver(found.binary, askMaxMs, signal);
  if ('table' in told) return { ...found, version: told.table.version, gpus: told.table.gpus, isChosen, findings: [] };
  const ended = whyItEnded(told.end, found.binary);
  const why = ended.code === 'runtime/ended' ? notATritonserver(told.end.lines) : ended;
  const libraries = missingLibrary(told.end.lines) === undefined ? [] : await missingLibraries(found.binary);
  const says = libraries.length > 1 ? `${why.says}, and so are others: ${libraries.join(', ')}` : why.says;
  return {
    ...found,
    version: 'unknown',
    gpus: 'unknown',
    isChosen,
    findings: [{ severity: 'error', place: { file: found.binary }, ...why, says }],
  };
}

function notATritonserver(lines: readonly string[]): Pick<Finding, 'code' | 'says' | 'fix'> {
  const printed = lines
    .find((line) => line.trim() !== '')
    ?.trim()
    .slice(0, 80);
  return {
    code: 'runtime/no-version',
    says: `it does not start as a tritonserver does${printed ? `: it prints ${JSON.stringify(printed)}` : ' and prints nothing'}`,
    fix: 'take it off the PATH if it is none; another is named with CONCH_TRITONSERVER=/path/to/tritonserver',
  };
}

const noLibrary: Finding = {
  code: 'runtime/missing-library',
  severity: 'error',
  place: { file: 'node_modules/onnxruntime-node' },
  says: `it has no ONNX Runtime for ${process.platform} on ${process.arch}`,
  fix: 'remove node_modules and run ./conch again; ONNX Runtime is there for Linux and Windows on x64 and arm64, and for macOS on arm64',
};
