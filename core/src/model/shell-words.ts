/** A command line as a shell splits it: quotes, backslashes, comments of none. Variables stay as they are written: nobody told them. */
export function shellWords(text: string): { words: string[]; problem: 'none' | string } {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | 'none' = 'none';
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at] ?? '';
    const next = text[at + 1] ?? '';
    if (quote === "'") {
      if (letter === "'") quote = 'none';
      else word = (word ?? '') + letter;
    } else if (letter === '\\' && next !== '' && (quote === 'none' || '"\\$`\n'.includes(next))) {
      // A line that goes on in the next one.
      if (next !== '\n') word = (word ?? '') + next;
      at += 1;
    } else if (quote === '"') {
      if (letter === '"') quote = 'none';
      else word = (word ?? '') + letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= '';
    } else if (/\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + letter;
  }
  if (word !== undefined) words.push(word);
  return { words, problem: quote === 'none' ? 'none' : `a quote (${quote}) is never closed` };
}
