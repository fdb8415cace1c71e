/** What `--grpc-restricted-protocol` can name. The health service is part of `health`. */
export type Protocol =
  | 'health'
  | 'metadata'
  | 'inference'
  | 'shared-memory'
  | 'model-config'
  | 'model-repository'
  | 'statistics'
  | 'trace'
  | 'logging';

/** One flag `--grpc-restricted-protocol=<protocols>:<header>=<value>`. */
export type Restriction = { readonly protocols: readonly Protocol[]; readonly header: string; readonly value: string };

/** Why a call may not be made, in Triton's words; undefined when it may. */
export function refusalOf(
  restricted: readonly Restriction[],
  protocol: Protocol,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): string | undefined {
  const restriction = restricted.find(({ protocols }) => protocols.includes(protocol));
  if (restriction === undefined) return undefined;
  const header = `triton-grpc-protocol-${restriction.header.toLowerCase()}`;
  return headers[header] === restriction.value ? undefined : `This protocol is restricted, expecting header '${header}'`;
}
