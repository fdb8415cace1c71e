import { type CaseLine, caseLine } from './case.ts';
import { type Dice, weighted } from '#core/base/dice.ts';
import { agents, seeds } from './seeds.ts';
import { modelConfigShape } from './shape.ts';
import { copyOf, type Node, readTree, type Site, sitesOf, writeTree } from './tree.ts';
import { edges, fieldWith, putAmong, randomField, randomScalar, scalarOf } from './values.ts';

/** A realistic configuration with none to three changes that keep it well-formed text. */
export function fieldsCase(dice: Dice, id: string): CaseLine {
  const seed = dice.pick(seeds);
  const tree = readTree(seed.config);
  const notes: string[] = [seed.name];
  const changes = weighted(dice, [
    [1, 0],
    [12, 1],
    [6, 2],
    [2, 3],
  ]);
  for (let change = 0; change < changes; change += 1) notes.push(changeOne(tree, dice));
  if (dice.chance(0.1)) notes.push(rename(tree));
  const text = `${writeTree(tree, dice)}\n${dice.chance(0.002) ? agents : ''}`;
  return caseLine(id, 'm', { ...seed.files, 'm/config.pbtxt': text }, notes);
}

/** Changes a tree in one place, and says how. */
export function changeOne(tree: Node[], dice: Dice): string {
  const sites = sitesOf(tree);
  if (sites.length === 0) return addField(tree, dice);
  const change = weighted(dice, [
    [6, remove],
    [3, duplicate],
    [2, move],
    [14, otherValue],
    [5, valueFromElsewhere],
    [1, otherKind],
    [2, emptied],
    [2, another],
  ]);
  if (dice.chance(0.25)) return addField(tree, dice);
  return change(pickSite(sites, dice), dice, sites);
}

/** Long messages should not get all the attention, so every second time the choice is made level by level. */
function pickSite(sites: readonly Site[], dice: Dice): Site {
  const names = [...new Set(sites.map(({ node }) => node.name))];
  if (dice.chance(0.5)) return dice.pick(sites);
  const name = dice.pick(names);
  return dice.pick(sites.filter(({ node }) => node.name === name));
}

type Change = (site: Site, dice: Dice, sites: readonly Site[]) => string;

const remove: Change = ({ among, at, node }) => {
  among.splice(at, 1);
  return `remove ${node.name}`;
};

/** Repeats a field: an error for one value, one more element for a list, one more entry for a map. */
const duplicate: Change = (site, dice, sites) => {
  const { among, at, node, field } = site;
  if (!field?.isRepeated && dice.chance(0.8)) return otherValue(site, dice, sites);
  among.splice(dice.chance(0.5) ? at : among.length, 0, ...copyOf([node]));
  return `duplicate ${node.name}`;
};

const move: Change = ({ among, at, node }, dice) => {
  among.splice(at, 1);
  among.splice(dice.below(among.length + 1), 0, node);
  return `move ${node.name}`;
};

const otherValue: Change = (site, dice) => {
  const { node, field } = site;
  if (!field) return remove(site, dice, []);
  if (field.type.kind === 'message') {
    if (typeof node.value === 'string') return remove(site, dice, []);
    const grown = randomField(dice, field.type.shape);
    putAmong(dice, node.value, grown, field.type.shape);
    return `grow ${node.name} by ${grown.name}`;
  }
  node.value = field.type.kind === 'number' && dice.chance(0.15) ? dice.pick(edges[field.type.of]) : randomScalar(dice, field);
  return `${node.name}: ${node.value}`;
};

/** The value of another field of that kind, as a slip of the pen would have it: one tensor's name, type or dims for another's. */
const valueFromElsewhere: Change = (site, dice, sites) => {
  const kind = site.field?.type.kind;
  const alike = sites.filter(({ node, field }) => field?.type.kind === kind && node !== site.node && node.name === site.node.name);
  const others =
    alike.length > 0 ? alike : sites.filter(({ node, field }) => field?.type.kind === kind && node !== site.node && kind !== 'message');
  if (others.length === 0) return otherValue(site, dice, sites);
  const [copied] = copyOf([dice.pick(others).node]);
  site.node.value = copied?.value ?? '';
  return `${site.node.name} as elsewhere`;
};

const otherKind: Change = ({ node }, dice) => {
  node.value = weighted<() => string | Node[]>(dice, [
    [2, () => scalarOf(dice, { kind: 'string' })],
    [2, () => scalarOf(dice, { kind: 'number', of: 'int64' })],
    [1, () => '0.5'],
    [1, () => dice.pick(['true', 'TYPE_FP32', 'KIND_CPU'])],
    [1, () => []],
  ])();
  return `${node.name} of another kind`;
};

const emptied: Change = ({ node, field }) => {
  if (typeof node.value !== 'string') node.value = [];
  else node.value = field?.type.kind === 'string' ? '""' : '0';
  return `empty ${node.name}`;
};

/** One more of a list or a map; another value where there can be only one. */
const another: Change = (site, dice, sites) => {
  if (!site.field?.isRepeated) return otherValue(site, dice, sites);
  site.among.splice(site.at + dice.below(2), 0, fieldWith(dice, site.field));
  return `another ${site.field.name}`;
};

function addField(tree: Node[], dice: Dice): string {
  const messages = sitesOf(tree).filter(({ node, field }) => typeof node.value !== 'string' && field?.type.kind === 'message');
  const where = messages.length > 0 && dice.chance(0.5) ? dice.pick(messages) : undefined;
  const shape = where?.field?.type.kind === 'message' ? where.field.type.shape : modelConfigShape;
  const node = randomField(dice, shape);
  putAmong(dice, where && typeof where.node.value !== 'string' ? where.node.value : tree, node, shape);
  return `add ${node.name} to ${where?.node.name ?? 'the model'}`;
}

/** Any backend can say anything: the checks of Triton's core look at few of them. */
function rename(tree: Node[]): string {
  for (const node of tree) if (node.name === 'backend') node.value = '"accept"';
  return 'on accept';
}
