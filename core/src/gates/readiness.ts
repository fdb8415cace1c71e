import type { Gate } from './gate.ts';

export type ReadinessState = { readonly missing: number; readonly restarts: number; readonly wanted: number; readonly proven: number };

/** A server may be missing for so many looks in a row, and start again so often, before the candidate is failed. */
const missingMax = 8;
const restartsMax = 2;

/** Readiness kept: every server of the candidate stays proven, and none of them crashes in a loop. */
export const readiness: Gate<ReadinessState> = {
  name: 'readiness',
  begin: { missing: 0, restarts: 0, wanted: 0, proven: 0 },
  gather: (state, { candidate }) => ({
    missing: candidate.serversProven < candidate.serversWanted ? state.missing + 1 : 0,
    restarts: state.restarts + candidate.restarts,
    wanted: candidate.serversWanted,
    proven: candidate.serversProven,
  }),
  judge({ missing, restarts, wanted, proven }) {
    const says = `${proven} of ${wanted} servers proven`;
    if (restarts > restartsMax) return { says: 'fail', because: `${says}, ${restarts} restarts: a crash loop` };
    if (missing >= missingMax) return { says: 'fail', because: `${says} for ${missing} looks in a row` };
    return missing > 0 || wanted === 0 ? { says: 'continue', because: says } : { says: 'pass', because: says };
  },
  nextStep: (state) => state,
};
