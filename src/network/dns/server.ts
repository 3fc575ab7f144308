// Owns serving DNS on sockets: messages over UDP and TCP, truncation, and answers to what cannot be read.
// Source: RFC 1035 section 4.2 (transport), RFC 6891 (EDNS size), RFC 7766 (TCP).
import type { Socket as UdpSocket } from 'node:dgram'
import type { Duplex } from 'node:stream'

import { decode, encode, TRUNCATED_RESPONSE, type DecodedPacket, type Packet } from 'dns-packet'

/** Answers a question that a client asked; the id and the question are copied by the server. Must not throw. */
export type DnsHandler = (query: DecodedPacket, client: string) => Promise<Packet>

const DEFAULT_UDP_SIZE = 512
const MAX_UDP_SIZE = 1232
const SERVFAIL = 2
const FORMERR = 1

/** Serves a bound UDP socket until it is closed. */
export function serveUdp(socket: UdpSocket, handle: DnsHandler): void {
  socket.on('error', () => undefined)
  socket.on('message', (message, { address, port }) => {
    answer(message, address, handle).then(
      (reply) => {
        if (reply) socket.send(sized(reply.bytes, reply.query), port, address, () => undefined)
      },
      () => undefined,
    )
  })
}

/** Serves a connection until the client ends it; messages have their length before them. */
export function serveTcp(stream: Duplex, client: string, handle: DnsHandler): void {
  let left = Buffer.alloc(0)
  stream.on('error', () => undefined)
  stream.on('end', () => stream.end())
  stream.on('data', (chunk: Buffer) => {
    left = Buffer.concat([left, chunk])
    while (left.length >= 2 && left.length >= 2 + left.readUInt16BE(0)) {
      const length = left.readUInt16BE(0)
      const message = left.subarray(2, 2 + length)
      left = left.subarray(2 + length)
      answer(message, client, handle).then(
        (reply) => {
          if (reply && stream.writable) stream.write(framed(reply.bytes))
        },
        () => stream.destroy(),
      )
    }
  })
}

/** A message as it goes over TCP. */
export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

interface Reply {
  readonly bytes: Buffer
  readonly query: DecodedPacket
}

async function answer(message: Buffer, client: string, handle: DnsHandler): Promise<Reply | undefined> {
  const query = read(message)
  // An answer is nothing to answer, and what has no id cannot be.
  if (!query || query.type === 'response') return undefined
  const packet = query.questions?.length === 1 ? await ask(query, client, handle) : { flags: FORMERR }
  const bytes = encode({
    ...packet,
    type: 'response',
    id: query.id ?? 0,
    flags: (packet.flags ?? 0) | ((query.flags ?? 0) & RECURSION_DESIRED) | RECURSION_AVAILABLE,
    questions: query.questions ?? [],
  })
  return { bytes, query }
}

const RECURSION_DESIRED = 1 << 8
const RECURSION_AVAILABLE = 1 << 7

async function ask(query: DecodedPacket, client: string, handle: DnsHandler): Promise<Packet> {
  try {
    return await handle(query, client)
  } catch {
    return { flags: SERVFAIL }
  }
}

function read(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message)
  } catch {
    return undefined
  }
}

// What does not fit is asked for again over TCP.
function sized(bytes: Buffer, { additionals = [], id, questions = [] }: DecodedPacket): Buffer {
  const asked = additionals.find(({ type }) => type === 'OPT')
  const limit =
    asked?.type === 'OPT'
      ? Math.min(Math.max(asked.udpPayloadSize, DEFAULT_UDP_SIZE), MAX_UDP_SIZE)
      : DEFAULT_UDP_SIZE
  if (bytes.length <= limit) return bytes
  return encode({ type: 'response', id: id ?? 0, flags: TRUNCATED_RESPONSE | RECURSION_AVAILABLE, questions })
}
