import type { Rule } from './rule.ts';

/** A name means one model: Triton loads none of several, unless it keeps their repositories apart. */
export const oneRepository: Rule = {
  explains: [
    {
      code: 'layout/model-not-unique',
      severity: 'error',
      means: 'Two model repositories of one server have a folder of this name, and --model-namespacing is off: neither is loaded.',
      triton: 'not unique across all model repositories',
      example: "conch check team-a --server-args '--model-repository=team-a --model-repository=team-b'  # both have resnet50/",
      fix: 'rename one of the folders, or start the server with --model-namespacing=true',
    },
  ],
  *judge({ elsewhere, model }, pen) {
    const [other] = elsewhere;
    if (other === undefined) return;
    const fix = `rename this folder or ${other}/${model}, or start the server with --model-namespacing=true`;
    yield pen.file('', 'layout/model-not-unique', 'not unique across all model repositories', fix);
  },
};
