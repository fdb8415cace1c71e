import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gateways } from '#adapters/traffic/gateways.ts';
import { trafficContract } from '#adapters/traffic/traffic-contract.ts';
import { eventually, inferMany, report, TestHome } from './test-home.ts';

trafficContract('real gateways', async (t) => {
  const home = new TestHome(t);
  const gateway = await home.gateway({ id: 'works' });
  const silent = {
    kind: 'gateway',
    id: 'silent',
    incarnation: 'x',
    pid: process.pid,
    client: 'http://127.0.0.1:1',
    admin: 'http://127.0.0.1:1',
    startedAt: 0,
  };
  await writeFile(join(home.folder, 'run', 'gateway-silent.json'), JSON.stringify(silent));
  return {
    traffic: gateways({ home: home.folder, clock: { now: Date.now }, log: (line) => home.log.push(line) }),
    working: 'works',
    silent: 'silent',
    async serve(pools) {
      for (const pool of pools) await home.server(`server-${pool}`, pool);
      await home.publish();
      await eventually(async () => (await report(gateway)).samples.length === pools.length);
    },
    async send(requests) {
      const pools = (await inferMany(gateway, requests)).map(({ status, text }) =>
        status === 200 ? JSON.parse(text).from.slice('server-'.length) : 'none',
      );
      return Object.fromEntries([...Map.groupBy(pools, (pool) => pool)].map(([pool, list]) => [pool, list.length]));
    },
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: Date.now,
  };
});
