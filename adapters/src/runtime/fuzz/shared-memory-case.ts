import type { Dice } from '#core/base/dice.ts';
import { type Case, serverMark, type Step } from './case.ts';
import { httpRequest } from './http-text.ts';
import { mutateTree, printTree, treeOf } from './json-tree.ts';

/** Size of the file of each server. */
export const sharedBytes = 64;

/** A region comes, is used and goes; at the end none is left. */
export function sharedMemoryCase(dice: Dice): Case {
  const told: string[] = [];
  const says = (root: ReturnType<typeof treeOf>): string => {
    if (dice.chance(0.25)) told.push(mutateTree(dice, root));
    return printTree(root);
  };
  const post = (path: string, body = ''): Step => ({ kind: 'http', request: httpRequest('POST', path, body) });
  const get = (path: string): Step => ({ kind: 'http', request: httpRequest('GET', path) });
  const sizes = [8, 16, 64, 0, 65, 128, -1, 4096, '8', 1e15, null];
  const region = dice.pick(['r', 'r', 'r', 'größe', 'a b']);
  const path = `/v2/systemsharedmemory/region/${encodeURIComponent(region)}`;
  const register = (): Step =>
    post(
      `${path}/register`,
      says(
        treeOf({
          key: dice.chance(0.85) ? `/${serverMark}` : dice.pick<unknown>(['', '/', serverMark, '//x', '/nope', '/../shm/x', 7, null]),
          ...(dice.chance(0.4) ? { offset: dice.pick<unknown>([0, 8, 60, 64, 100, -1, '0', 1.5]) } : {}),
          byte_size: dice.chance(0.7) ? 64 : dice.pick(sizes),
        }),
      ),
    );
  const place = (): object => ({
    shared_memory_region: dice.chance(0.9) ? region : dice.pick(['nope', '', 'R']),
    ...(dice.chance(0.4) ? { shared_memory_offset: dice.pick<unknown>([0, 8, 32, 60, 64, -8, '8', 1e18, 18446744073709551615n]) } : {}),
    ...(dice.chance(0.9) ? { shared_memory_byte_size: dice.chance(0.6) ? 8 : dice.pick(sizes) } : {}),
  });
  const use = (): Step => {
    const isIn = dice.chance(0.5);
    const root = treeOf({
      inputs: [{ name: 'x', datatype: 'FP32', shape: [2], ...(isIn ? { parameters: place() } : { data: [1, 2] }) }],
      ...(!isIn || dice.chance(0.3) ? { outputs: [{ name: 'y', parameters: place() }] } : {}),
    });
    return post('/v2/models/flat/infer', says(root));
  };
  const middle = Array.from({ length: 1 + dice.below(3) }, () =>
    dice.pick([
      use,
      use,
      use,
      register,
      () => get('/v2/systemsharedmemory/status'),
      () => get(`${path}/status`),
      () => post(`${path}/unregister`),
    ])(),
  );
  const steps = [register(), ...middle, get('/v2/systemsharedmemory/status'), post('/v2/systemsharedmemory/unregister')];
  return { says: `shared memory${told.map((one) => `, ${one}`).join('')}`, steps };
}
