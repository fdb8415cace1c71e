import type { Rule } from './rule.ts';

/** Triton knows a model by its folder, and a configuration that says another name is refused. */
export const name: Rule = {
  explains: [
    {
      code: 'config/name-mismatch',
      severity: 'error',
      means: "The configuration's name is not the folder's.",
      triton: "unexpected directory name '…' for model '…', directory name must equal model name",
      example: 'name: "another_model"',
      fix: "write the folder's name, or take the name out",
    },
  ],
  *judge({ config, model }, pen) {
    if (config.name === model || config.name === undefined) return;
    const says = `unexpected directory name '${model}' for model '${config.name}', directory name must equal model name`;
    yield pen.at(['name'], 'config/name-mismatch', says, `write name: "${model}"`);
  },
};
