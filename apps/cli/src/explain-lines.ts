import { nearest } from '#core/base/nearest.ts';
import { everyExplanation } from '#core/check/explanations.ts';
import { refereed } from '#core/check/refereed.ts';
import { topicOf, topics } from '#core/check/topics.ts';
import type { Explanation } from '#core/model/rules/rule.ts';
import type { Terminal } from './terminal.ts';

/** All there is to say of one code. */
export function explanationLines(one: Explanation, paint: Terminal['paint']): string[] {
  const { code, severity, means, triton, example, fix, since } = one;
  const indented = example.split('\n').map((line) => `      ${line}`);
  return [
    `${paint('strong', code)}  ${paint(severity === 'error' ? 'bad' : 'warn', severity)}`,
    '',
    means,
    '',
    ...(triton === undefined ? [] : [`Triton says: ${triton}`]),
    'Example:',
    ...indented,
    `Fix:         ${fix}`,
    ...(since === undefined ? [] : [`Since:       Triton ${since}; older ones take it`]),
    `Refereed:    ${refereed(one)}`,
  ];
}

/** One line a code, topic by topic. */
export function listLines(explanations: readonly Explanation[], paint: Terminal['paint']): string[] {
  const width = Math.max(...explanations.map(({ code }) => code.length));
  return Object.entries(topics).flatMap(([topic, about]) => {
    const inTopic = explanations.filter(({ code }) => topicOf(code) === topic);
    if (inTopic.length === 0) return [];
    const lines = inTopic.map(({ code, severity, means }) => {
      const shown = paint(severity === 'error' ? 'bad' : 'warn', severity.padEnd(7));
      return `  ${code.padEnd(width)}  ${shown}  ${firstSentence(means)}`;
    });
    return [`${paint('strong', topic)}: ${about}`, ...lines, ''];
  });
}

const firstSentence = (text: string): string => /^.*?\.(?= [A-Z])|^.*$/.exec(text)?.[0] ?? text;

/** The codes that a mistyped one may have meant: those with the same second half first. */
export function nearCodes(typed: string): string[] {
  const codes = everyExplanation.map(({ code }) => code);
  const half = typed.slice(typed.indexOf('/') + 1);
  const halfOf = (code: string): string => code.slice(code.indexOf('/') + 1);
  const near = nearest(typed, codes);
  const nearHalf = nearest(half, codes.map(halfOf));
  const same = codes.filter((code) => halfOf(code) === half);
  const almost = codes.filter((code) => halfOf(code) === nearHalf);
  return [...new Set([...same, ...(near === undefined ? [] : [near]), ...almost])].slice(0, 6);
}
