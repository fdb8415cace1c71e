import type { GrpcHeard } from './send-grpc.ts';
export const toldByGrpc = (_: string, heard: GrpcHeard): unknown => ({ ...heard, bytes: heard.bytes.toString('hex') });
