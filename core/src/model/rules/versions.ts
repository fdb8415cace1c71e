import { pickVersions, versionOf } from '../version-folders.ts';
import type { Rule } from './rule.ts';

const int64Max = 2n ** 63n - 1n;

/** At least one version is there to be served, and folders are named so that Triton reads what was meant. */
export const versions: Rule = {
  explains: [
    {
      code: 'layout/version-overflow',
      severity: 'error',
      means: 'Triton reads the folder as a version number beyond 64 bits, and the whole server dies of it.',
      triton: 'terminate called after throwing an instance of std::out_of_range',
      example: 'model/99999999999999999999/',
      fix: 'name it by a smaller number, or by letters',
    },
    {
      code: 'layout/version-missing',
      severity: 'error',
      means:
        'The version policy picks none of the folders that are there. Versions are folders with a number for a name; an ensemble needs one too, and git does not keep empty ones.',
      triton: "at least one version must be available under the version policy of model '…'",
      example: 'version_policy { specific { versions: [ 3 ] } }  # and the only folder is 1',
      fix: "put the model's files into a folder 1, or change version_policy",
    },
    {
      code: 'layout/version-absent',
      severity: 'warning',
      means: 'version_policy names a version that has no folder: Triton logs it and serves the others.',
      triton: "version … is specified for model '…', but the version directory is not present",
      example: 'version_policy { specific { versions: [ 1, 2 ] } }  # and the only folder is 1',
      fix: 'add the folder, or take the version out of the policy',
    },
    {
      code: 'layout/version-ignored',
      severity: 'warning',
      means: 'Triton passes over a folder whose name has a leading zero, or begins with no number.',
      triton: "ignore version directory '…' which contains leading zeros in its directory name",
      example: 'model/01/',
      fix: 'name it by its number alone, or move it out of the model',
    },
    {
      code: 'layout/version-name',
      severity: 'warning',
      means: 'Triton takes the leading number of a name for the version, and then opens the folder of that number alone.',
      example: 'model/1_old/',
      fix: 'name it by its number alone, or move it out of the model',
    },
  ],
  *judge({ config, entries, inferenceFailure, model, served }, pen) {
    if (inferenceFailure !== 'none') return;
    const there: bigint[] = [];
    for (const { name } of entries.filter(({ kind }) => kind === 'folder')) {
      const version = versionOf(name);
      if (version === 'of-triton') continue;
      if (typeof version === 'string') {
        const [because, which] =
          version === 'leading-zero'
            ? ['it has a leading zero', 'contains leading zeros in its directory name']
            : ['it begins with no number', 'fails to convert to integral number'];
        const finding = pen.file(name, 'layout/version-ignored', `Triton passes over the folder '${name}': ${because}`);
        yield { ...finding, triton: `ignore version directory '${name}' which ${which}` };
      } else if (version > int64Max || version < -int64Max - 1n) {
        yield pen.file(name, 'layout/version-overflow', `Triton reads the folder '${name}' as a version beyond 64 bits, and dies of it`);
      } else {
        there.push(version);
        if (String(version) === name) continue;
        const says = `Triton takes the folder '${name}' for version ${version}, and opens '${version}'`;
        yield pen.file(name, 'layout/version-name', says);
      }
    }
    const policy = config.version_policy ?? {};
    const present = new Set([...there, ...pickVersions(there, policy)]);
    for (const [index, asked] of (policy.specific?.versions ?? []).entries()) {
      if (present.has(BigInt(asked))) continue;
      const says = `version ${asked} is specified for model '${config.name}', but the version directory is not present`;
      yield pen.at(['version_policy', 'specific', 'versions', index], 'layout/version-absent', says);
    }
    if (served.length > 0) return;
    const says = `at least one version must be available under the version policy of model '${model}'`;
    yield config.version_policy?.specific || config.version_policy?.latest?.num_versions === undefined
      ? pen.at(['version_policy'], 'layout/version-missing', says)
      : pen.file('', 'layout/version-missing', says);
  },
};
