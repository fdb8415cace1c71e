import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { placeAll } from '#adapters/files/place-all.ts';
import { diskTree } from '#adapters/tree/disk.ts';
import { answered } from '#core/base/asking.ts';
import { type Finding, hasError } from '#core/base/finding.ts';
import { generateConfig, type ModelFit, notGenerated, usualFit } from '#core/contract/generate-config.ts';
import type { Contract } from '#core/contract/contract.ts';
import { readContract } from '#core/contract/read-contract.ts';
import { fitOf } from '#core/init/fit.ts';
import { lookAtLoneModel } from '#core/init/source.ts';
import { isRefused } from '#core/init/told.ts';
import { differences } from '#core/model/differences.ts';
import { plainConfig } from '#core/pbtxt/plain-config.ts';
import { readConfig } from '#core/pbtxt/read-config.ts';
import { configName, contractPath, repositoryPath } from '#core/release/layout.ts';
import type { ExitCode } from '../command.ts';
import { mistake, show } from '../findings.ts';
import type { Terminal } from '../terminal.ts';

/** Prints the configuration of a contract, or writes it where none is. */
export async function configOf({ folder, write }: { folder: string; write: boolean }, terminal: Terminal): Promise<ExitCode> {
  const path = join(folder, contractPath);
  if (!existsSync(path)) {
    return refuse(
      [
        mistake(
          'config/no-contract',
          path,
          'there is no contract',
          'name the folder that holds contract.yaml; conch init makes one of a model',
        ),
      ],
      terminal,
    );
  }
  const read = readContract(readFileSync(path, 'utf8'), path);
  if ('findings' in read) return refuse(read.findings, terminal);
  const { contract } = read;
  const missing = notGenerated[contract.artifact.format];
  if (missing) {
    const says = `of ${contract.artifact.format} a contract does not say enough: ${missing}`;
    return refuse(
      [mistake('config/not-generated', path, says, 'write config.pbtxt by hand; conch check says what does not fit')],
      terminal,
    );
  }
  const text = generateConfig(contract, fitIn(folder, contract));
  return write ? await writeTo(join(folder, repositoryPath, contract.model, configName), text, terminal) : print(text, contract, terminal);
}

function print(text: string, { model }: Contract, terminal: Terminal): ExitCode {
  if (terminal.wants === 'text') terminal.write(text);
  terminal.give({ model, config: text });
  return 0;
}

/** The model file tells whether it has a batch dimension. Where it is not there, or is not read, the contract's largest batch has to do. */
function fitIn(folder: string, contract: Contract): ModelFit {
  for (const path of contract.artifact.files) {
    const file = resolve(folder, repositoryPath, contract.model, path);
    if (!existsSync(file)) continue;
    const lone = answered(lookAtLoneModel(file), diskTree(folder));
    if (lone !== 'none' && !isRefused(lone)) return fitOf(contract, lone.told);
  }
  return usualFit(contract);
}

async function writeTo(path: string, text: string, terminal: Terminal): Promise<ExitCode> {
  if (!existsSync(path)) {
    await placeAll([{ to: path, text }], terminal.signal);
    terminal.say(`made ${path}`);
    terminal.give({ path, made: true, differences: [] });
    return 0;
  }
  const there = readConfig(readFileSync(path, 'utf8'), path);
  if ('findings' in there) return refuse(there.findings, terminal);
  const made = readConfig(text, path);
  if ('findings' in made) return refuse(made.findings, terminal);
  const differing = differences(plainConfig(there.config), plainConfig(made.config));
  terminal.say(`${path} is there, and is kept. ${differing.length === 0 ? 'It means the same.' : 'The contract would give:'}`);
  for (const { path: where, expected, got } of differing) terminal.say(`  ${where}: ${inWords(expected)} → ${inWords(got)}`);
  terminal.give({ path, made: false, differences: differing });
  return 0;
}

const inWords = (value: unknown): string => (value === 'absent' ? 'absent' : JSON.stringify(value));

function refuse(findings: readonly Finding[], terminal: Terminal): ExitCode {
  show(findings, terminal);
  terminal.give({ findings });
  return hasError(findings) ? 2 : 0;
}
