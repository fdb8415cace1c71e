import { count } from '#core/base/count.ts';
import { everyExplanation, explained } from '#core/check/explanations.ts';
import { refereed } from '#core/check/refereed.ts';
import { topicOf, topics } from '#core/check/topics.ts';
import { command, type ExitCode, maybeArgument } from '../command.ts';
import { explanationLines, listLines, nearCodes } from '../explain-lines.ts';
import type { Terminal } from '../terminal.ts';

export const explain = command({
  name: 'explain',
  says: 'Say what a finding means, what Triton says of it, and what to do',
  more: 'CODE is what conch check, conch probe or conch runtime prints beside a finding, or its first half, which is a topic. Without it, all codes are listed.',
  example: 'conch explain config/unknown-field\nconch explain probe/not-ready\nconch explain ensemble\nconch explain',
  takes: { code: maybeArgument('CODE', 'Code of a finding, such as config/unknown-field') },
  async run({ code }, terminal) {
    const one = explained(code);
    if (one) {
      for (const line of explanationLines(one, terminal.paint)) terminal.say(line);
      terminal.give({ ...one, refereed: refereed(one) });
      return 0;
    }
    if (code === '' || Object.hasOwn(topics, code)) return list(code, terminal);
    return unknown(code, terminal);
  },
});

function list(topic: string, terminal: Terminal): ExitCode {
  const listed = everyExplanation.filter(({ code }) => topic === '' || topicOf(code) === topic);
  for (const line of listLines(listed, terminal.paint)) terminal.say(line);
  terminal.say(`${count(listed.length, 'code')}; conch explain CODE tells all of one`);
  for (const one of listed) terminal.give({ ...one, refereed: refereed(one) });
  return 0;
}

function unknown(code: string, terminal: Terminal): ExitCode {
  const near = nearCodes(code);
  const says = `no finding has the code "${code}"`;
  terminal.note(`conch explain: ${says}`);
  terminal.note(near.length === 0 ? '    fix: conch explain lists all of them' : `    fix: did you mean ${near.join(', ')}?`);
  terminal.give({ error: { code: 'conch/unknown-code', says, near } });
  return 2;
}
