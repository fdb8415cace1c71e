import { explanations as ruleExplanations } from '../model/rules/all.ts';
import type { Explanation } from '../model/rules/rule.ts';
import { textExplanations } from '../pbtxt/text-explanations.ts';
import { probeExplanations } from '../probe/probe-explanations.ts';
import { runtimeExplanations } from '../probe/runtime-explanations.ts';
import { compatExplanations } from './compat-explanations.ts';
import { deadLinkExplanation } from './dead-link.ts';
import { fileExplanations } from './file-explanations.ts';
import { releaseExplanations } from './release-explanations.ts';
import { topicOf, topics } from './topics.ts';

/** One for every code that a finding of core's or of a runtime may have, topic by topic: `conch explain`, the guide and SARIF are made of them. */
export const everyExplanation: readonly Explanation[] = [
  ...textExplanations,
  ...ruleExplanations,
  deadLinkExplanation,
  ...releaseExplanations,
  ...fileExplanations,
  ...compatExplanations,
  ...probeExplanations,
  ...runtimeExplanations,
].sort(byTopic);

const byCode: ReadonlyMap<string, Explanation> = new Map(everyExplanation.map((one) => [one.code, one]));

export function explained(code: string): Explanation | undefined {
  return byCode.get(code);
}

function byTopic(one: Explanation, other: Explanation): number {
  const order = Object.keys(topics);
  const far = order.indexOf(topicOf(one.code)) - order.indexOf(topicOf(other.code));
  return far || (one.code < other.code ? -1 : 1);
}
