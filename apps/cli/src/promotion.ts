import { type Digest, short } from '#core/base/digest.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Desired } from '#core/rollout/known.ts';
import { folderWishes } from '#adapters/wishes/folder.ts';
import type { Home } from './home.ts';
import { withLock } from './home-lock.ts';
import type { Records } from './records.ts';

/** What promoting changed. `before`: what was desired until now. `why`: in words, when nothing changed or the same is tried again. */
export type Promotion =
  | { readonly is: 'changed'; readonly desired: Desired; readonly before: Desired | 'none' }
  | { readonly is: 'again'; readonly desired: Desired; readonly why: string }
  | { readonly is: 'same'; readonly desired: Desired; readonly why: string };

/** Writes which release is desired, as one more generation; control takes it from there. The rest of the file stays as people wrote it. */
export async function promoteTo(home: Home, records: Records, model: ModelName, release: Digest): Promise<Promotion> {
  return withLock(home, 'desired', { patienceMs: 5000 }, async () => {
    const wishes = folderWishes(home.folder);
    const before = await wishes.desired(model);
    const state = records.state(model);
    const newest = Math.max(
      0,
      before === 'none' ? 0 : before.generation,
      ...(state === 'none' ? [] : state.tried.map(({ desired }) => desired)),
    );
    const next: Desired = {
      ...(before === 'none' ? { model, placement: 'isolated', capacity: { min: 1, max: 1 } } : before),
      generation: newest + 1,
      release,
    };
    if (before === 'none' || before.release !== release) {
      wishes.writeDesired(next);
      return { is: 'changed', desired: next, before };
    }
    const isStable = state !== 'none' && state.stable !== 'none' && state.stable.release === release;
    const isUnderWay = state !== 'none' && state.rollout !== 'none' && state.rollout.desired === before.generation;
    const ended = state === 'none' ? undefined : state.tried.find(({ desired }) => desired === before.generation);
    if (isUnderWay) return { is: 'same', desired: before, why: `${short(release)} is desired already, and its rollout is under way` };
    if (isStable) return { is: 'same', desired: before, why: `${short(release)} is desired already, and it is stable` };
    if (!ended) return { is: 'same', desired: before, why: `${short(release)} is desired already, and control has not begun with it yet` };
    wishes.writeDesired(next);
    return { is: 'again', desired: next, why: `it was desired before and ended ${ended.end} (${ended.why.says}); it is tried once more` };
  });
}
