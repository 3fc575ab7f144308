// Owns the table of wire protocols.
import { jsonRpc } from './json-rpc.ts'
import { awsQuery, ec2Query } from './query.ts'
import { restJson } from './rest-json.ts'
import type { WireProtocol } from './service.ts'
import type { Wire } from './wire.ts'

const WIRES: Readonly<Record<WireProtocol, Wire>> = {
  'rest-json': restJson,
  query: awsQuery,
  ec2: ec2Query,
  'json-1.1': jsonRpc,
}

/** The implementation of a protocol. */
export function wireOf(protocol: WireProtocol): Wire {
  return WIRES[protocol]
}
