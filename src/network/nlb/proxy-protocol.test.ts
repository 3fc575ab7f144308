import { expect, it } from 'vitest'

import { localHeader, proxyHeader } from './proxy-protocol.ts'

// RFC 3720, appendix B.4, bit by bit.
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}

it('the header of a health check says how long it is, and its checksum is right', () => {
  const header = localHeader()
  expect(header.readUInt8(12)).toBe(0x20)
  expect(header.length).toBe(16 + header.readUInt16BE(14))
  const sum = header.readUInt32BE(19)
  header.writeUInt32BE(0, 19)
  expect(sum).toBe(crc32c(header))
})

it('the header of a connection says whose it is', () => {
  const flow = { sourceIp: '10.1.2.3', sourcePort: 40000, destinationIp: '127.0.0.1', destinationPort: 80 }
  expect(proxyHeader(flow).toString('hex')).toBe(
    '0d0a0d0a000d0a515549540a' + '2111000c' + '0a010203' + '7f000001' + '9c40' + '0050',
  )
})
