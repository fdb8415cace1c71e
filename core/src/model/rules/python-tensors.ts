import type { Rule } from './rule.ts';

/** The names that model.py writes out are those of the configuration. */
export const pythonTensors: Rule = {
  explains: [
    {
      code: 'python/tensor-unknown',
      severity: 'warning',
      means:
        'model.py asks for an input, or makes an output, that the configuration does not have: that request fails, or the answer is dropped.',
      example: 'pb_utils.get_input_tensor_by_name(request, "TEXT")  # and the input is "text"',
      fix: 'write the same name in both',
    },
  ],
  *judge({ completed, served, folder }, pen) {
    if (completed === 'unknown') return;
    for (const { file } of served) {
      if (!file.python || file.python.callsModels) continue;
      for (const [kind, named] of [
        ['input', file.python.inputs],
        ['output', file.python.outputs],
      ] as const) {
        const known = (completed[kind] ?? []).map(({ name = '' }) => name);
        if (known.length === 0) continue;
        for (const { name, line } of named) {
          if (known.includes(name)) continue;
          const says = `the ${kind} "${name}" is not in config.pbtxt, which has ${known.join(', ')}`;
          yield pen.place({ file: `${folder}/${file.path}`, line }, 'python/tensor-unknown', says);
        }
      }
    }
  },
};
