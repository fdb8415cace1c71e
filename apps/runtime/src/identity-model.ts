import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** For tests: a repository with a model that gives back what it gets, one output `<name>_out` per input. */
export function identityRepository(
  tensors: readonly { readonly name: string; readonly datatype: keyof typeof onnxTypes; readonly dims: readonly number[] }[],
  more = '',
): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-identity-'));
  mkdirSync(join(repository, 'identity', '1'), { recursive: true });
  const list = (suffix: string) =>
    tensors
      .map(({ name, datatype, dims }) => `{ name: "${name}${suffix}" data_type: TYPE_${datatype} dims: [ ${dims.join(', ')} ] }`)
      .join(', ');
  const config = `backend: "onnxruntime"\nmax_batch_size: 8\ninput [ ${list('')} ]\noutput [ ${list('_out')} ]\ninstance_group [ { count: 1 kind: KIND_CPU } ]\n${more}\n`;
  writeFileSync(join(repository, 'identity', 'config.pbtxt'), config);
  writeFileSync(join(repository, 'identity', '1', 'model.onnx'), onnxModel(tensors));
  return repository;
}

const onnxTypes = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
} as const;

/** ModelProto by hand: ir_version 1, opset 8, graph 7; NodeProto input 1, output 2, op 4; GraphProto node 1, name 2, input 11, output 12. */
function onnxModel(
  tensors: readonly { readonly name: string; readonly datatype: keyof typeof onnxTypes; readonly dims: readonly number[] }[],
): Uint8Array {
  const message = (writer: BinaryWriter, field: number, write: (inner: BinaryWriter) => void) => {
    writer.tag(field, WireType.LengthDelimited).fork();
    write(writer);
    writer.join();
  };
  const text = (writer: BinaryWriter, field: number, value: string) => writer.tag(field, WireType.LengthDelimited).string(value);
  const valueInfo = (writer: BinaryWriter, name: string, type: number, dims: readonly number[]) => {
    text(writer, 1, name);
    message(writer, 2, (typeProto) =>
      message(typeProto, 1, (tensor) => {
        tensor.tag(1, WireType.Varint).int32(type);
        message(tensor, 2, (shape) => {
          message(shape, 1, (dim) => text(dim, 2, 'batch'));
          for (const size of dims) message(shape, 1, (dim) => (size < 0 ? text(dim, 2, 'any') : dim.tag(1, WireType.Varint).int64(size)));
        });
      }),
    );
  };
  const model = new BinaryWriter();
  model.tag(1, WireType.Varint).int64(8);
  message(model, 7, (graph) => {
    for (const { name } of tensors) {
      message(graph, 1, (node) => {
        text(node, 1, name);
        text(node, 2, `${name}_out`);
        text(node, 4, 'Identity');
      });
    }
    text(graph, 2, 'identity');
    for (const { name, datatype, dims } of tensors) message(graph, 11, (info) => valueInfo(info, name, onnxTypes[datatype], dims));
    for (const { name, datatype, dims } of tensors) message(graph, 12, (info) => valueInfo(info, `${name}_out`, onnxTypes[datatype], dims));
  });
  message(model, 8, (opset) => opset.tag(2, WireType.Varint).int64(13));
  return model.finish();
}
