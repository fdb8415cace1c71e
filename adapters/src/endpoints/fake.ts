import type { Endpoint, Endpoints } from '#core/ports/agent.ts';

/** The list of endpoints as everybody sees it, in memory. `onPublish` may be set, also to throw. */
export function fakeEndpoints(): Endpoints & { list: readonly Endpoint[]; onPublish: (endpoints: readonly Endpoint[]) => void } {
  return {
    list: [],
    onPublish: () => undefined,
    async publish(endpoints) {
      this.list = endpoints;
      this.onPublish(endpoints);
    },
  };
}
