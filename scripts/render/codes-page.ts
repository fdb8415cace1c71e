import { refereed } from '#core/check/refereed.ts';
import { topicOf, topics } from '#core/check/topics.ts';
import type { Explanation } from '#core/model/rules/rule.ts';

/** docs/guide/codes.md: what `conch explain` says, all of it on one page. */
export function codesPage(explanations: readonly Explanation[]): string {
  const byTopic = Object.entries(topics).flatMap(([topic, about]) => {
    const codes = explanations.filter(({ code }) => topicOf(code) === topic);
    return codes.length === 0 ? [] : [{ topic, about, codes }];
  });
  return [
    '# Codes of findings',
    '',
    '<!-- Rendered by npm run render from the explanations in core/src: change them there. -->',
    '',
    introduction,
    '',
    ...byTopic.map(({ topic, about, codes }) => `- **${topic}**, ${escaped(about)}: ${codes.map(link).join(', ')}`),
    '',
    ...byTopic.flatMap(({ topic, about, codes }) => [`## ${topic}`, '', `${capital(escaped(about))}.`, '', ...codes.flatMap(section)]),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
}

const introduction = `What \`conch check\`, \`conch pack\` and a rollout's Validate may find, and \`conch explain CODE\` in the terminal. An **error** is
something that the target does not load, or that breaks the contract; nothing silences it. A **warning** is an opinion of ours about
something that loads. A comment on a line of its own in config.pbtxt silences one for this model, and must say why:
\`# conch: allow advice/no-warmup: the first request may be slow\`. Reports go on counting what was silenced.

What \`conch probe\` and \`conch runtime\` may find of servers stands last. There an **error** is something that does not work, a **warning**
something to know of one that does.`;

const link = ({ code }: Explanation): string => `[${code.slice(code.indexOf('/') + 1)}](#${code.replace('/', '')})`;

function section(one: Explanation): string[] {
  const { code, severity, means, triton, example, fix, since } = one;
  return [
    `### ${code}`,
    '',
    `*${severity === 'error' ? 'Error' : 'Warning'}.* ${escaped(means)}`,
    '',
    ...(triton === undefined ? [] : [`Triton says: ${spanned(triton)}`, '']),
    '```',
    ...example.split('\n'),
    '```',
    '',
    `**Fix:** ${escaped(fix)}.`,
    '',
    `${since === undefined ? '' : `Since Triton ${since}; older ones take it. `}${capital(escaped(refereed(one)))}.`,
    '',
  ];
}

/** Text as it is, where Markdown would read marks; code spans stay code spans. */
function escaped(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(marks, '\\$&').replaceAll('&', '&amp;').replaceAll('<', '&lt;')))
    .join('');
}

/** An underscore inside a word is none. */
const marks = /[\\*[\]|~]|(?<!\w)_|_(?!\w)/g;

/** A code span that may hold backticks. */
const spanned = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
