import type { ModelReport } from '../model/check-model.ts';
import type { Explanation } from '../model/rules/rule.ts';

export const deadLinkExplanation: Explanation = {
  code: 'layout/dead-link',
  severity: 'error',
  means:
    'A symbolic link directly in the model repository leads nowhere. Triton takes it for a model and cannot look at it: the server does not start, and no ' +
    'other model loads either. With --model-control-mode=explicit the others load, and the index of the repository answers with an error.',
  triton: 'creating server: Internal - failed to load all models',
  example: 'models/resnet50 -> /mnt/store/resnet50, which is not mounted',
  fix: 'mend the link, or take it out',
};

/** What a link that leads nowhere does to the repository that it stands in: it is told as a model, since Triton takes it for one. */
export function deadLink(repository: string, name: string): ModelReport {
  const path = `${repository}/${name}`;
  return {
    path,
    name,
    verdict: 'reject',
    needs: [],
    findings: [
      {
        code: 'layout/dead-link',
        severity: 'error',
        place: { file: path },
        says: 'the link leads nowhere: Triton does not start with it, and loads no model of the repository',
        triton: 'creating server: Internal - failed to load all models',
        fix: deadLinkExplanation.fix,
      },
    ],
    failedAt: 'poll',
    runtime: { configPath: `${path}/config.pbtxt`, backend: '', kinds: [] },
    isDecoupled: false,
    runs: [],
    allowances: [],
  };
}
