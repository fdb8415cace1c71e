import type { Asking } from '../base/asking.ts';
import { malformed, type Problem, tooMuch, truncated } from './problem.ts';
import { attributeOf, readTags, type Tag } from './xml-tags.ts';

/** What an OpenVINO IR (.xml) says of its edges. The weights lie in the .bin beside it. */
export type OpenvinoFacts = {
  readonly version: number | undefined;
  readonly inputs: readonly OpenvinoTensor[];
  readonly outputs: readonly OpenvinoTensor[];
  /** How far the .bin is read: the end of the last constant. */
  readonly weightsEnd: number;
};

export type OpenvinoTensor = {
  /** Every name that the tensor goes by, in the order of the file. Triton shows the alphabetically first. */
  readonly names: readonly string[];
  /** Of the layer, which is the tensor's name when it has no other. */
  readonly layer: string;
  readonly dataType: string;
  /** -1 where a size varies; `undefined` when the rank does. */
  readonly shape: readonly number[] | undefined;
};

export function* readOpenvino(file: string, size: number): Asking<OpenvinoFacts | Problem> {
  const seen = newNet();
  const problem = yield* readTags(file, size, (tag) => take(seen, tag));
  if (problem?.why === 'truncated' && !seen.isNet) return malformed('it is not an OpenVINO model');
  if (problem) return problem;
  if (!seen.isNet) return malformed('it is not an OpenVINO model: its root is not "net"');
  if (seen.kept > keptMax) return tooMuch('it has more layers and edges than are read here');
  if (!seen.isWhole) return truncated('it is cut off: "net" does not end');
  const parameters = seen.layers.filter(({ type }) => type === 'Parameter');
  const results = seen.layers.filter(({ type }) => type === 'Result');
  return {
    version: seen.version,
    inputs: parameters.map((layer) => tensorOf(layer, seen.ports.get(`${layer.id}:${layer.firstOutput}`))),
    outputs: results.map((layer) => tensorOf(layer, seen.ports.get(seen.sources.get(layer.id) ?? ''))),
    weightsEnd: seen.weightsEnd,
  };
}

type Port = { readonly names: string; readonly precision: string; readonly dims: number[] };
type Layer = {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  firstOutput: string;
  shape: string | undefined;
  elementType: string | undefined;
};

type Net = {
  isNet: boolean;
  isWhole: boolean;
  version: number | undefined;
  readonly layers: Layer[];
  layer: Layer | undefined;
  /** Ports of the layer that is open belong to what goes out of it. */
  isOutput: boolean;
  port: Port | undefined;
  /** Depth of models within this one, whose layers are not its edges. */
  inner: number;
  readonly ports: Map<string, Port>;
  /** Of each layer, the port that feeds it. */
  readonly sources: Map<string, string>;
  weightsEnd: number;
  kept: number;
};

const keptMax = 300_000;

function newNet(): Net {
  return {
    isNet: false,
    isWhole: false,
    version: undefined,
    layers: [],
    layer: undefined,
    isOutput: false,
    port: undefined,
    inner: 0,
    ports: new Map(),
    sources: new Map(),
    weightsEnd: 0,
    kept: 0,
  };
}

function take(net: Net, tag: Tag): 'go on' | 'enough' {
  if (!net.isNet) {
    if (tag.name !== 'net') return 'enough';
    net.isNet = true;
    const version = Number(attributeOf(tag, 'version'));
    net.version = Number.isInteger(version) ? version : undefined;
    net.isWhole = tag.kind === 'whole';
    return net.isWhole ? 'enough' : 'go on';
  }
  if (tag.name === 'net' && tag.kind === 'close') {
    net.isWhole = true;
    return 'enough';
  }
  if (net.kept > keptMax) return 'enough';
  if (tag.name === 'body' || tag.name === 'then_body' || tag.name === 'else_body') {
    net.inner += tag.kind === 'open' ? 1 : tag.kind === 'close' ? -1 : 0;
    return 'go on';
  }
  if (tag.name === 'data' && tag.kind !== 'close') takeData(net, tag);
  if (net.inner === 0) takeOuter(net, tag);
  return 'go on';
}

/** Constants within loops lie in the same .bin. */
function takeData(net: Net, tag: Tag): void {
  const end = Number(attributeOf(tag, 'offset') ?? Number.NaN) + Number(attributeOf(tag, 'size') ?? Number.NaN);
  if (Number.isSafeInteger(end)) net.weightsEnd = Math.max(net.weightsEnd, end);
  if (net.inner > 0 || net.layer?.type !== 'Parameter') return;
  net.layer.shape = attributeOf(tag, 'shape');
  net.layer.elementType = attributeOf(tag, 'element_type');
}

function takeOuter(net: Net, tag: Tag): void {
  switch (tag.name) {
    case 'layer':
      if (tag.kind === 'close') net.layer = undefined;
      else openLayer(net, tag);
      break;
    case 'output':
      net.isOutput = tag.kind === 'open';
      break;
    case 'port':
      if (net.isOutput && tag.kind !== 'close' && net.layer) openPort(net, net.layer, tag);
      break;
    case 'dim':
      if (tag.kind === 'close' && net.isOutput && net.port && net.port.dims.length < rankMax) net.port.dims.push(sizeOf(tag.before));
      break;
    case 'edge':
      net.kept += 1;
      net.sources.set(attributeOf(tag, 'to-layer') ?? '', `${attributeOf(tag, 'from-layer') ?? ''}:${attributeOf(tag, 'from-port') ?? ''}`);
      break;
  }
}

function openLayer(net: Net, tag: Tag): void {
  const type = attributeOf(tag, 'type') ?? '';
  net.layer = {
    id: attributeOf(tag, 'id') ?? '',
    name: attributeOf(tag, 'name') ?? '',
    type,
    firstOutput: '',
    shape: undefined,
    elementType: undefined,
  };
  net.isOutput = false;
  if (type !== 'Parameter' && type !== 'Result') return;
  net.kept += 1;
  net.layers.push(net.layer);
}

function openPort(net: Net, layer: Layer, tag: Tag): void {
  const id = attributeOf(tag, 'id') ?? '';
  net.kept += 1;
  if (layer.firstOutput === '') layer.firstOutput = id;
  net.port = { names: attributeOf(tag, 'names') ?? '', precision: attributeOf(tag, 'precision') ?? '', dims: [] };
  net.ports.set(`${layer.id}:${id}`, net.port);
}

const rankMax = 64;

/** A number, or -1 for what varies: `?`, `-1`, or a range such as `1..8`. */
function sizeOf(text: string): number {
  return /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : -1;
}

function tensorOf(layer: Layer, port: Port | undefined): OpenvinoTensor {
  const dataType = dataTypes.get((layer.elementType ?? port?.precision ?? '').toLowerCase()) ?? 'TYPE_INVALID';
  // Commas part the names, but for those with a backslash before them.
  const names = (port?.names ?? '').split(/(?<!\\),/).map((name) => name.replaceAll('\\,', ',').trim());
  return { names: names.filter((name) => name !== ''), layer: layer.name, dataType, shape: shapeOf(layer.shape, port) };
}

/** A port without dims is a scalar or of unknown rank, which only a parameter tells apart. */
function shapeOf(stated: string | undefined, port: Port | undefined): readonly number[] | undefined {
  if (stated === undefined) return port === undefined || port.dims.length === 0 ? undefined : port.dims;
  if (stated.includes('...')) return undefined;
  return stated.trim() === '' ? [] : stated.replace(/[[\]]/g, '').split(',').slice(0, rankMax).map(sizeOf);
}

/** By what either place writes: `f32` in a parameter's data, `FP32` in a port. */
const dataTypes: ReadonlyMap<string, string> = new Map([
  ['f32', 'TYPE_FP32'],
  ['fp32', 'TYPE_FP32'],
  ['f16', 'TYPE_FP16'],
  ['fp16', 'TYPE_FP16'],
  ['bf16', 'TYPE_BF16'],
  ['f64', 'TYPE_FP64'],
  ['fp64', 'TYPE_FP64'],
  ['i8', 'TYPE_INT8'],
  ['i16', 'TYPE_INT16'],
  ['i32', 'TYPE_INT32'],
  ['i64', 'TYPE_INT64'],
  ['u8', 'TYPE_UINT8'],
  ['u16', 'TYPE_UINT16'],
  ['u32', 'TYPE_UINT32'],
  ['u64', 'TYPE_UINT64'],
  ['bool', 'TYPE_BOOL'],
  ['boolean', 'TYPE_BOOL'],
  ['string', 'TYPE_STRING'],
]);
