import type { Explanation } from '../model/rules/rule.ts';
import { topicOf } from './topics.ts';

/** Whether a real server was asked, or why not. */
export function refereed({ code, unrefereed }: Explanation): string {
  if (unrefereed !== undefined) return `not asked of a server: ${unrefereed}`;
  return topicOf(code) === 'advice' ? 'Triton takes it; the advice is ours' : 'asked of a real tritonserver 2.51.0 (24.10)';
}
