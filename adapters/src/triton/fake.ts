import type { ModelName } from '#core/base/names.ts';
import type { Triton } from '#core/ports/agent.ts';
import { type FakeServer, type FakeServers, unreachable } from '../runtime/fake.ts';

/** The protocol of made-up servers, found by their URL. */
export function fakeTriton(servers: FakeServers): Triton {
  const liveAt = (url: string): FakeServer => {
    const server = servers.at(url);
    if (!server?.isLive) throw unreachable(url);
    return server;
  };
  const isLoaded = (server: FakeServer, model: ModelName): boolean => server.model.name === model && server.model.refuses === 'none';
  return {
    isLive: async (http) => servers.at(http)?.isLive ?? false,
    async metadata(http) {
      liveAt(http);
      return { name: 'triton', version: '0-fake', extensions: ['statistics'] };
    },
    async isModelReady(http, model, version) {
      const server = liveAt(http);
      return isLoaded(server, model) && server.model.versions.includes(version) && !server.wrongs.isVersionLost;
    },
    async index(http) {
      const { name, versions, refuses } = liveAt(http).model;
      if (refuses !== 'none') return versions.map((version) => ({ name, version, state: 'UNAVAILABLE', reason: refuses }));
      return versions.map((version) => ({ name, version, state: 'READY' }));
    },
    config: async (http) => liveAt(http).model.config,
    async infer(http, model, request, patienceMs) {
      const server = liveAt(http);
      if (!isLoaded(server, model)) return { status: 400, error: `Request for unknown model: '${model}' is not found` };
      return server.infer(request, patienceMs);
    },
    counters: async (metrics) => liveAt(metrics).counters(),
  };
}
