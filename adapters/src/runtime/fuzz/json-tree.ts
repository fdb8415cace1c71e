import { type Dice, weighted } from '#core/base/dice.ts';
import { oddNames, oddValues } from './odd-values.ts';

/** JSON that need not be good: names may come twice, and a leaf is whatever text stands there. */
export type Tree = { raw: string } | { items: Tree[] } | { members: [name: string, value: Tree][] };

export function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { items: value.map(treeOf) };
  if (typeof value === 'object' && value !== null) return { members: Object.entries(value).map(([name, one]) => [name, treeOf(one)]) };
  return { raw: typeof value === 'bigint' ? String(value) : JSON.stringify(value) };
}

export function printTree(tree: Tree): string {
  if ('raw' in tree) return tree.raw;
  if ('items' in tree) return `[${tree.items.map(printTree).join()}]`;
  return `{${tree.members.map(([name, value]) => `${JSON.stringify(name)}:${printTree(value)}`).join()}}`;
}

/** Where a value stands: in a list, or as a member. */
type Slot = { readonly in: Tree[]; readonly at: number } | { readonly of: [string, Tree][]; readonly at: number };

/** Changes one place of a document. */
export function mutateTree(dice: Dice, root: Tree): string {
  const slots = slotsIn(root);
  if (slots.length === 0) return 'nothing to change';
  const slot = dice.pick(slots);
  const change = weighted(dice, changes);
  return change(dice, slot, slots);
}

function slotsIn(tree: Tree): Slot[] {
  if ('raw' in tree) return [];
  if ('items' in tree) return tree.items.flatMap((item, at): Slot[] => [{ in: tree.items, at }, ...slotsIn(item)]);
  return tree.members.flatMap(([, value], at): Slot[] => [{ of: tree.members, at }, ...slotsIn(value)]);
}

type Change = (dice: Dice, slot: Slot, slots: readonly Slot[]) => string;

const odd: Change = (dice, slot) => {
  const raw = dice.pick(oddValues);
  set(slot, { raw });
  return `${nameOf(slot)} is ${raw.slice(0, 30)}`;
};

const gone: Change = (_, slot) => {
  const says = `${nameOf(slot)} is gone`;
  if ('in' in slot) slot.in.splice(slot.at, 1);
  else slot.of.splice(slot.at, 1);
  return says;
};

const doubled: Change = (dice, slot) => {
  const copy = structuredClone(get(slot));
  const value: Tree = dice.chance(0.5) ? copy : { raw: dice.pick(oddValues) };
  if ('in' in slot) slot.in.splice(slot.at, 0, value);
  else slot.of.splice(dice.below(slot.of.length + 1), 0, [slot.of[slot.at]?.[0] ?? '', value]);
  return `${nameOf(slot)} comes twice`;
};

const renamed: Change = (dice, slot) => {
  if ('in' in slot) return odd(dice, slot, []);
  const name = dice.pick(oddNames);
  const says = `${nameOf(slot)} is called ${name}`;
  slot.of[slot.at] = [name, get(slot)];
  return says;
};

const wrapped: Change = (dice, slot) => {
  set(slot, dice.chance(0.7) ? { items: [get(slot)] } : { members: [[dice.pick(oddNames), get(slot)]] });
  return `${nameOf(slot)} is wrapped`;
};

const swapped: Change = (dice, slot, slots) => {
  const other = dice.pick(slots);
  const [mine, theirs] = [structuredClone(get(slot)), structuredClone(get(other))];
  set(slot, theirs);
  // One may lie within the other: then it is copied.
  if (dice.chance(0.5)) set(other, mine);
  return `${nameOf(slot)} and ${nameOf(other)} change places`;
};

const more: Change = (dice, slot) => {
  const value = { raw: dice.pick(oddValues) };
  if ('in' in slot) slot.in.push(value);
  else slot.of.push([dice.pick(oddNames), value]);
  return `more beside ${nameOf(slot)}`;
};

const nudged: Change = (dice, slot) => {
  const value = get(slot);
  if (!('raw' in value) || !/^-?\d+$/.test(value.raw)) return odd(dice, slot, []);
  set(slot, { raw: String(BigInt(value.raw) + BigInt(dice.pick([-1, 1, 1, 2, -2, 100]))) });
  return `${nameOf(slot)} is off by some`;
};

const changes: readonly (readonly [number, Change])[] = [
  [8, odd],
  [3, gone],
  [3, doubled],
  [2, renamed],
  [2, wrapped],
  [2, swapped],
  [2, more],
  [3, nudged],
];

const get = (slot: Slot): Tree => ('in' in slot ? slot.in[slot.at] : slot.of[slot.at]?.[1]) ?? { raw: 'null' };
function set(slot: Slot, value: Tree): void {
  if ('in' in slot) slot.in[slot.at] = value;
  else slot.of[slot.at] = [slot.of[slot.at]?.[0] ?? '', value];
}
const nameOf = (slot: Slot): string => ('in' in slot ? `item ${slot.at}` : (slot.of[slot.at]?.[0] ?? 'a member'));
