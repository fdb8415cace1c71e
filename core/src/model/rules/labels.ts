import { isSince } from '../conditions.ts';
import type { Rule } from './rule.ts';

/** The labels of an output stand in the model's folder, and in one file. */
export const labels: Rule = {
  explains: [
    {
      code: 'layout/labels-missing',
      severity: 'error',
      means: "The file of labels is not there. Its path begins at the model's folder, not at the version's.",
      triton: 'failed to open text file for read …: No such file or directory',
      example: 'output { name: "y" data_type: TYPE_FP32 dims: [ 10 ] label_filename: "labels.txt" }',
      fix: 'put it beside config.pbtxt, or take label_filename out',
    },
    {
      code: 'layout/labels-outside',
      severity: 'error',
      means: "The path of the labels leads out of the model's folder.",
      triton: "label file path '…' for output '…' in model '…' is outside model directory",
      example: 'label_filename: "../labels.txt"',
      fix: "copy the file into the model's folder",
      since: '2.52',
      unrefereed: 'it came after the server that we ask',
    },
    {
      code: 'layout/labels-folder',
      severity: 'error',
      means: 'The name of the labels leads to a folder, and the whole server dies of reading it.',
      triton: "terminate called after throwing an instance of 'std::length_error'",
      example: 'label_filename: "labels"',
      fix: 'name the file in it',
    },
    {
      code: 'config/labels-twice',
      severity: 'error',
      means: 'Two outputs of one name have labels.',
      triton: "multiple label files for '…'",
      example: 'two outputs named "y", each with label_filename',
      fix: 'keep one of the outputs',
    },
  ],
  *judge({ config, sideFiles, folder, conditions }, pen) {
    const labelled = new Set<string>();
    for (const [index, { name = '', label_filename: file = '' }] of (config.output ?? []).entries()) {
      if (file === '') continue;
      const path = ['output', index, 'label_filename'];
      const found = sideFiles.get(file);
      const full = `${folder}/${file.replace(/^\/+/, '')}`;
      if (found?.isOutside && isSince(conditions, escapeSince)) {
        const says = `label file path '${full}' for output '${name}' in model '${config.name}' is outside model directory`;
        yield pen.at(path, 'layout/labels-outside', says);
      } else if (found?.is === 'absent') {
        yield pen.at(path, 'layout/labels-missing', `failed to open text file for read ${full}: No such file or directory`);
      } else if (found?.is === 'folder')
        yield pen.at(path, 'layout/labels-folder', `${full} is a folder, and Triton dies of reading it as a file`);
      else if (labelled.has(name)) yield pen.at(path, 'config/labels-twice', `multiple label files for '${name}'`);
      labelled.add(name);
    }
  },
};

/** 24.10 reads labels wherever they are; some release after it began to refuse those outside. Which one, we could not find out. */
const escapeSince = '2.52';
