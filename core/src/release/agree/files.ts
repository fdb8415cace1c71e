import { shown } from '../../base/read-as.ts';
import { normalForm } from '../../model/normal-form.ts';
import { isVersion, servedVersions } from '../../model/versions.ts';
import { contractPath } from '../layout.ts';
import type { Rule } from './rule.ts';

/** What is served is there, is what the contract names, and nothing is read as a version by chance. */
export const versions: Rule = function* ({ contract, config }, pen) {
  const folders = [...new Set(pen.paths.flatMap((path) => (path.includes('/') ? [path.split('/')[0] ?? ''] : [])))];
  const served = servedVersions(config, folders);
  const asked = (config.version_policy?.specific?.versions ?? []).map(String);
  for (const version of asked.filter((one) => !folders.includes(one))) {
    const says = `config.pbtxt serves version ${version}, and there is no folder ${pen.folder}/${version}`;
    yield pen.error('layout/version-missing', pen.config('versions'), says);
  }
  if (served.length === 0 && asked.length === 0) {
    const fix = `put the model's files into ${pen.folder}/1`;
    yield pen.error('layout/version-missing', { file: pen.folder }, 'there is no version folder to serve', fix);
  }
  for (const folder of folders.filter((one) => !served.includes(one))) {
    const place = { file: `${pen.folder}/${folder}` };
    if (isVersion(folder)) {
      const says = `version ${folder} is packed, and the version policy does not serve it`;
      yield pen.warning('layout/version-unused', place, says, 'take it out, or serve it');
    } else if (/^-?\d/.test(folder)) {
      yield pen.error('layout/version-name', place, `Triton would read the folder "${folder}" as a version`, 'name it by its number alone');
    }
  }

  const named = new Set(contract.artifact.files.map((path) => path.split('/')[0] ?? ''));
  for (const version of [...named].filter((one) => !served.includes(one))) {
    const says = `the contract's files are in "${version}", and what is served is ${served.join(', ') || 'nothing'}`;
    yield pen.error('agree/version', pen.at(contractPath, 'files:'), says);
  }
  for (const version of served.filter((one) => !named.has(one))) {
    const says = `version ${version} is served, and none of the contract's files is in it`;
    yield pen.error('agree/version', pen.at(contractPath, 'files:'), says);
  }
};

/** Every file that contract or configuration names is there, and no other one travels unnoticed. */
export const filesThere: Rule = function* ({ contract, config, files }, pen) {
  const { files: named } = contract.artifact;
  for (const path of named.filter((one) => !pen.has(one))) {
    yield pen.error('layout/file-missing', pen.at(contractPath, path), `the contract's file ${path} is not in ${pen.folder}`);
  }
  for (const path of pen.paths.filter((one) => isVersion(one.split('/')[0] ?? '') && one.includes('/'))) {
    const file = `${pen.folder}/${path}`;
    if (!named.some((one) => path === one || path.startsWith(`${one}/`))) {
      const fix = 'name it in artifact.files, or take it out';
      yield pen.warning('layout/file-unlisted', { file }, 'it is packed, and the contract does not name it', fix);
    } else if (files.some((one) => one.path === file && one.size === 0) && contract.artifact.format !== 'ensemble') {
      yield pen.error('layout/file-empty', { file }, 'the file is empty: an upload or a Git LFS checkout may have gone wrong');
    }
  }

  const { default_model_filename: name } = normalForm(config, { model: contract.model, gpuClass: contract.resources.gpu.class });
  if (name !== undefined && (name.includes('/') || name.includes('..'))) {
    const says = `${shown(name)} is not the name of a file in the version folder`;
    yield pen.error('layout/file-escapes', pen.config('default_model_filename'), says);
  } else if (name !== undefined) {
    for (const version of servedVersions(config, [...new Set(pen.paths.map((path) => path.split('/')[0] ?? ''))])) {
      if (pen.has(`${version}/${name}`)) continue;
      const says = `the backend opens ${version}/${name}, which is not there`;
      yield pen.error('layout/file-missing', pen.config('default_model_filename', 'backend'), says);
    }
  }
};

/** Files that a model reads when it warms up or starts a sequence. */
export const sideFiles: Rule = function* ({ config }, pen) {
  const warmup = (config.model_warmup ?? []).flatMap(({ inputs }) =>
    Object.values(inputs ?? {}).flatMap(({ input_data_file: file }) => (file ? [`warmup/${file}`] : [])),
  );
  const states = (config.sequence_batching?.state ?? []).flatMap(({ initial_state: initial }) =>
    (initial ?? []).flatMap(({ data_file: file }) => (file ? [`initial_state/${file}`] : [])),
  );
  for (const path of [...warmup, ...states].filter((one) => !pen.has(one))) {
    yield pen.error('layout/file-missing', pen.config(path.slice(path.indexOf('/') + 1)), `${path} is not in ${pen.folder}`);
  }
};
