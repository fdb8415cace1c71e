/** The turn of one request: what it says waits until all turns before it are done. */
export type Turn = { send(message: Uint8Array): void; done(): void };

/** Gives turns, in the order in which they are asked for. */
export function answersInOrder(send: (message: Uint8Array) => void): () => Turn {
  const turns: { readonly held: Uint8Array[]; isDone: boolean }[] = [];
  const flush = () => {
    for (let first = turns[0]; first !== undefined; first = turns[0]) {
      for (const message of first.held.splice(0)) send(message);
      if (!first.isDone) return;
      turns.shift();
    }
  };
  return () => {
    const turn = { held: [] as Uint8Array[], isDone: false };
    turns.push(turn);
    return {
      send(message) {
        turn.held.push(message);
        flush();
      },
      done() {
        turn.isDone = true;
        flush();
      },
    };
  };
}
