import { decodeMessage } from '#core/kserve/grpc/decode-message.ts';
import { encodeMessage } from '#core/kserve/grpc/encode-message.ts';
import {
  cudaSharedMemoryRegisterRequest,
  cudaSharedMemoryStatusResponse,
  empty,
  regionRequest,
  systemSharedMemoryRegisterRequest,
  systemSharedMemoryStatusResponse,
} from '#core/kserve/grpc/service-messages.ts';
import { type Front, type Method, unary } from './method.ts';

export function sharedMemoryMethods({ server: { sharedMemory }, log }: Front): Record<string, Method> {
  const done = encodeMessage(empty, {});
  const ofRegion = (answer: (name: string) => Uint8Array) =>
    unary('shared-memory', log, { decode: (bytes) => decodeMessage(regionRequest, bytes), answer: ({ name }) => answer(name) });
  return {
    SystemSharedMemoryStatus: ofRegion((name) => {
      const regions = sharedMemory.status(name).map((region) => [region.name, { ...region, byte_size: region.byteSize }] as const);
      return encodeMessage(systemSharedMemoryStatusResponse, { regions: new Map(regions) });
    }),
    SystemSharedMemoryRegister: unary('shared-memory', log, {
      decode: (bytes) => decodeMessage(systemSharedMemoryRegisterRequest, bytes),
      answer: ({ name, key, offset, byte_size }) => {
        sharedMemory.register({ name, key, offset: Number(offset), byteSize: Number(byte_size) });
        return done;
      },
    }),
    SystemSharedMemoryUnregister: ofRegion((name) => {
      sharedMemory.unregister(name);
      return done;
    }),
    CudaSharedMemoryStatus: ofRegion((name) => {
      sharedMemory.cudaStatus(name);
      return encodeMessage(cudaSharedMemoryStatusResponse, {});
    }),
    CudaSharedMemoryRegister: unary('shared-memory', log, {
      decode: (bytes) => decodeMessage(cudaSharedMemoryRegisterRequest, bytes),
      answer: ({ name }) => sharedMemory.registerCuda(name),
    }),
    CudaSharedMemoryUnregister: ofRegion((name) => {
      sharedMemory.unregisterCuda(name);
      return done;
    }),
  };
}
