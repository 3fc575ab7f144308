// Owns the header of PROXY protocol version 2 (haproxy.org, proxy-protocol.txt, section 2.2).
import { parseIpv4 } from '../../base/cidr.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const VERSION_2_PROXY = 0x21
const TCP_OVER_IPV4 = 0x11
const ADDRESS_BYTES = 12

export interface Flow {
  readonly sourceIp: string
  readonly sourcePort: number
  readonly destinationIp: string
  readonly destinationPort: number
}

/** The header that tells a target whose connection this is; addresses are IPv4. */
export function proxyHeader(flow: Flow): Buffer {
  const header = Buffer.alloc(SIGNATURE.length + 4 + ADDRESS_BYTES)
  SIGNATURE.copy(header)
  header.writeUInt8(VERSION_2_PROXY, 12)
  header.writeUInt8(TCP_OVER_IPV4, 13)
  header.writeUInt16BE(ADDRESS_BYTES, 14)
  header.writeUInt32BE(parseIpv4(flow.sourceIp), 16)
  header.writeUInt32BE(parseIpv4(flow.destinationIp), 20)
  header.writeUInt16BE(flow.sourcePort, 24)
  header.writeUInt16BE(flow.destinationPort, 26)
  return header
}
