// config.pbtxt read by us, with a place for every value, against protobuf-es, on the same texts in one process.
//   node bench/parse.ts        --models 1000  --rounds 31  --seed 7
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { toJson } from '@bufbuild/protobuf';
import { fromText } from '@bufbuild/protobuf/txtpb';
import { modelConfigSchema } from '#core/pbtxt/model-config-schema.ts';
import { parseText } from '#core/pbtxt/parse-text.ts';
import { toConfig } from '#core/pbtxt/to-config.ts';
import { writeMadeUpModels } from './made-up-models.ts';
import { median } from './measured.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '31' },
    seed: { type: 'string', default: '7' },
  },
});

const texts = readableTexts();
const bytes = texts.reduce((sum, text) => sum + text.length, 0);

/** What is kept of each text, so that no work can be left out. */
let kept = 0;
const contenders = {
  'ours, parsed with places': () => texts.forEach((text) => (kept += parseText(text).root.fields.length)),
  'ours, to JSON': () => texts.forEach((text) => (kept += Object.keys(toConfig(parseText(text).root)).length)),
  'protobuf-es fromText': () => texts.forEach((text) => (kept += fromText(modelConfigSchema, text).$typeName.length)),
  'protobuf-es fromText and toJson': () =>
    texts.forEach((text) => (kept += Object.keys(toJson(modelConfigSchema, fromText(modelConfigSchema, text)) as object).length)),
} as const;
type Contender = keyof typeof contenders;

const took = new Map<Contender, number[]>();
for (let round = -3; round < Number(values.rounds); round += 1) {
  // The first rounds warm both up.
  for (const name of Object.keys(contenders) as Contender[]) {
    const before = process.cpuUsage();
    contenders[name]();
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) took.set(name, [...(took.get(name) ?? []), (user + system) / 1000]);
  }
}

console.log(
  `node bench/parse.ts    Node ${process.version}, ${cpus()[0]?.model ?? 'unknown'}, load average ${(loadavg()[0] ?? 0).toFixed(1)}`,
);
console.log(
  `${texts.length} texts, ${(bytes / texts.length).toFixed(0)} characters each; medians of ${values.rounds} rounds, by the processor's time (${kept})`,
);
for (const [name, ms] of took) console.log(`  ${name.padEnd(32)} ${((median(ms) * 1000) / texts.length).toFixed(1)} µs a text`);
for (const [ours, theirs] of [
  ['ours, parsed with places', 'protobuf-es fromText'],
  ['ours, to JSON', 'protobuf-es fromText and toJson'],
] as const) {
  const ratios = (took.get(theirs) ?? []).map((ms, round) => ms / (took.get(ours)?.[round] ?? Number.NaN));
  console.log(`${theirs} takes ${median(ratios).toFixed(2)} times as long as ${ours}`);
}

/** Those without an error: the others end where the error stands. */
function readableTexts(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'conch-bench-parse-'));
  try {
    const all = writeMadeUpModels(folder, { count: Number(values.models), seed: Number(values.seed) });
    return all.filter((text) => parseText(text).problems.length === 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
