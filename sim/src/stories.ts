import { calm, type Cast, type Chaos, type Story } from './story.ts';

const a: Cast = { name: 'a' };
const b: Cast = { name: 'b' };

const chaos = (is: Partial<Chaos>): Chaos => ({ ...calm, forMs: 30_000, ...is });

const plain = { perSecond: 200, gateways: 2, isLossless: true } as const;

/** What is told with thousands of seeds. Each has its faults, its right ends, and all invariants at every step. */
export const stories: readonly Story[] = [
  { ...plain, name: 'good', says: 'A good release goes to full traffic', releases: [a, b], chaos: calm, ends: ['done'] },
  {
    ...plain,
    name: 'twins',
    says: 'A release that differs only in its digest replaces stable, again and again',
    releases: [a, { name: 'b' }, { name: 'b again' }, { name: 'b once more' }],
    chaos: calm,
    ends: ['done'],
  },
  {
    ...plain,
    name: 'errors',
    says: 'A release that fails under real traffic is taken back',
    releases: [a, { name: 'bad', temper: { errors: 0.3, late: 0 }, isBad: true }],
    chaos: calm,
    ends: ['rolled-back'],
  },
  {
    ...plain,
    name: 'late',
    says: 'A release that is late for a fifth of real traffic is taken back',
    releases: [a, { name: 'bad', temper: { errors: 0, late: 0.2 }, isBad: true }],
    chaos: calm,
    ends: ['rolled-back'],
  },
  {
    ...plain,
    name: 'untrue',
    says: 'A release that answers otherwise than it was trained to never gets traffic',
    releases: [a, { name: 'bad', isLoadedWrong: true, isBad: true }],
    chaos: calm,
    ends: ['rejected'],
  },
  {
    ...plain,
    name: 'mislabelled',
    says: 'A release that is loaded right and trained badly never gets traffic',
    releases: [a, { name: 'bad', mislabels: 3, isBad: true }],
    chaos: calm,
    ends: ['rejected'],
  },
  {
    ...plain,
    name: 'refused',
    says: 'A release that the server refuses never gets traffic',
    releases: [a, { name: 'bad', refuses: 'Internal: the file is truncated', isBad: true }],
    chaos: calm,
    ends: ['rejected'],
  },
  {
    ...plain,
    name: 'control-killed',
    says: 'Control dies before and after writes, and of itself; the rollout goes on, and no client notices',
    releases: [a, b],
    chaos: chaos({ controlKilled: 0.2, controlKilledAtWrite: 0.01 }),
    ends: ['done'],
  },
  {
    ...plain,
    name: 'control-killed-bad',
    says: 'Control dies while a bad release has traffic: it comes back all the same',
    releases: [a, { name: 'bad', temper: { errors: 0.3, late: 0 }, isBad: true }],
    chaos: chaos({ controlKilled: 0.2, controlKilledAtWrite: 0.01 }),
    ends: ['rolled-back'],
  },
  {
    ...plain,
    name: 'control-gone',
    says: 'Control is away for longer than the lease, again and again: traffic goes on, the candidate falls back to stable',
    releases: [a, b],
    chaos: chaos({ controlKilled: 0.3, downMs: 8000 }),
    ends: ['done', 'paused'],
  },
  {
    ...plain,
    name: 'two-controls',
    says: 'Leaders that nobody told go on beside the new one; none of them does harm',
    releases: [a, b],
    chaos: chaos({ twoControls: 0.3, controlKilled: 0.3, controlKilledAtWrite: 0.005 }),
    ends: ['done'],
  },
  {
    ...plain,
    name: 'bad-network',
    says: 'Writes get lost or come late, reads are stale or fail, the store fails; nothing is promoted on missing evidence',
    releases: [a, b],
    chaos: chaos({ writeLost: 0.05, writeLate: 0.05, readStale: 0.1, readFails: 0.05, storeFails: 0.02, journalFails: 0.5 }),
    ends: ['done', 'rolled-back', 'rejected', 'paused'],
  },
  {
    ...plain,
    name: 'bad-network-bad',
    says: 'The same with a bad release, which never becomes stable',
    releases: [a, { name: 'bad', temper: { errors: 0.3, late: 0 }, isBad: true }],
    chaos: chaos({ writeLost: 0.05, writeLate: 0.05, readStale: 0.1, readFails: 0.05, storeFails: 0.02, journalFails: 0.5 }),
    ends: ['rolled-back', 'rejected', 'paused'],
  },
  {
    ...plain,
    name: 'gateways',
    says: 'Gateways fall silent and start again in the middle of a rollout',
    releases: [a, b],
    chaos: chaos({ gatewaySilent: 0.1, gatewayRestarted: 0.05 }),
    ends: ['done', 'paused', 'rolled-back'],
  },
  {
    ...plain,
    name: 'servers-die',
    says: 'Servers crash and the agent is killed, control too; requests are lost then, but never the way',
    releases: [a, b],
    chaos: chaos({ serverCrashed: 0.08, agentKilled: 0.03, controlKilled: 0.1 }),
    ends: ['done', 'rolled-back', 'rejected', 'paused'],
    isLossless: false,
  },
  {
    ...plain,
    name: 'everything',
    says: 'All of it at once, and a bad release',
    releases: [a, { name: 'bad', temper: { errors: 0.3, late: 0 }, isBad: true }, b],
    chaos: chaos({
      ...{ controlKilled: 0.1, controlKilledAtWrite: 0.003, twoControls: 0.1, agentKilled: 0.02, serverCrashed: 0.03 },
      ...{
        gatewaySilent: 0.05,
        gatewayRestarted: 0.03,
        writeLost: 0.03,
        writeLate: 0.03,
        readStale: 0.05,
        readFails: 0.03,
        storeFails: 0.01,
      },
      fetchMs: 2000,
    }),
    ends: ['done', 'rolled-back', 'rejected', 'paused'],
    isLossless: false,
  },
];
