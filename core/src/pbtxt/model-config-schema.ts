import { createFileRegistry, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { assert } from '../base/fault.ts';
import { modelConfigDescriptor } from './model-config-descriptor.ts';

/** Triton's own schema of config.pbtxt. */
export const modelConfigSchema: DescMessage = load();

function load(): DescMessage {
  const file = fromBinary(FileDescriptorProtoSchema, base64Decode(modelConfigDescriptor));
  const schema = createFileRegistry(file, () => undefined).getMessage('inference.ModelConfig');
  assert(schema, 'the descriptor of config.pbtxt holds no inference.ModelConfig');
  return schema;
}
