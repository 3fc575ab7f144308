// Owns the table of wire protocols.
import { jsonRpc } from './json-rpc.ts'
import { awsQuery, ec2Query } from './query.ts'
import { restJson } from './rest-json.ts'
import { restXml } from './rest-xml.ts'
import type { WireProtocol } from './service.ts'
import type { Wire } from './wire.ts'

const WIRES: Readonly<Record<WireProtocol, Wire>> = {
  'rest-json': restJson,
  'rest-xml': restXml,
  query: awsQuery,
  ec2: ec2Query,
  'json-1.1': jsonRpc,
}

/** The implementation of a protocol. */
export function wireOf(protocol: WireProtocol): Wire {
  return WIRES[protocol]
}
