// Owns the headers of the PROXY protocol (haproxy.org, proxy-protocol.txt, sections 2.1 and 2.2).
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

/**
 * The header of a health check: command LOCAL, no addresses, and the two TLVs that Network Load Balancers send with it
 * (CRC32C over the header, then padding). As captured from AWS in kubernetes/kubernetes#57250.
 */
export function localHeader(): Buffer {
  const command = Buffer.from('20110054', 'hex')
  const checksum = Buffer.from('030004bce5951f', 'hex')
  const padding = Buffer.concat([Buffer.from('04004a', 'hex'), Buffer.alloc(0x4a)])
  return Buffer.concat([SIGNATURE, command, checksum, padding])
}

/** The header of version 1, a line of text; addresses are IPv4. */
export function proxyLine({ sourceIp, sourcePort, destinationIp, destinationPort }: Flow): string {
  return `PROXY TCP4 ${sourceIp} ${destinationIp} ${sourcePort} ${destinationPort}\r\n`
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
