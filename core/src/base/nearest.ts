/** The candidate that a misspelt word most likely meant, when one is near enough to be worth naming. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const farMax = Math.max(1, Math.floor(word.length / 3));
  let best: { candidate: string; far: number } | undefined;
  for (const candidate of candidates) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    if (far <= farMax && (best === undefined || far < best.far)) best = { candidate, far };
  }
  return best?.candidate;
}

/** What to say of a word that is none of the candidates: the one that was meant, or all of them. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near ? `did you mean "${near}"?` : `one of: ${candidates.join(', ')}`;
}

/** Edits between two words; two letters swapped count as one edit (optimal string alignment). */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const here = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const isSame = from[row - 1] === to[column - 1];
      let edits = Math.min(at(above, column) + 1, at(here, column - 1) + 1, at(above, column - 1) + (isSame ? 0 : 1));
      const isSwapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && isSwapped) edits = Math.min(edits, at(before, column - 2) + 1);
      here.push(edits);
    }
    before = above;
    above = here;
  }
  return at(above, to.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
