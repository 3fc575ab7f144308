// Owns asking another name server: over UDP, then over TCP where the answer did not fit.
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { connect, isIPv4 } from 'node:net'

import { decode, encode, streamDecode, type DecodedPacket, type Packet, type Question } from 'dns-packet'

import { onAbort } from '../../base/abort.ts'
import type { Ids } from '../../base/ids.ts'
import { framed } from './server.ts'

const TIMEOUT_MS = 2_000
const DNS_PORT = 53
const RECURSION_DESIRED = 1 << 8
const SERVFAIL = 2
const CODE = 0xf

/** A name server by its IPv4 address. */
export interface NameServer {
  readonly ip: string
  readonly port?: number
}

/** The name servers of this machine, as resolv.conf(5) has them. */
export function machineNameServers(path = '/etc/resolv.conf'): NameServer[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n')
    const ips = lines.flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    return ips.filter((ip) => isIPv4(ip)).map((ip) => ({ ip }))
  } catch {
    // A machine without the file resolves no names either.
    return []
  }
}

/** Asks the servers one after the other. @returns the first answer; a failure (SERVFAIL) when none has answered */
export async function forward(
  question: Question,
  servers: readonly NameServer[],
  { ids }: { readonly ids: Ids },
): Promise<Packet> {
  for (const server of servers) {
    const query: Packet = {
      type: 'query',
      id: ids.below(65_536),
      flags: RECURSION_DESIRED,
      questions: [question],
    }
    try {
      const answer = await overUdp(query, server)
      const whole: Packet = answer.flag_tc ? await overTcp(query, server) : answer
      const { answers = [], authorities = [], additionals = [], flags = 0 } = whole
      return {
        flags: flags & CODE,
        answers,
        authorities,
        additionals: additionals.filter(({ type }) => type !== 'OPT'),
      }
    } catch {
      // The next one may know.
    }
  }
  return { flags: SERVFAIL }
}

async function overUdp(query: Packet, { ip, port = DNS_PORT }: NameServer): Promise<DecodedPacket> {
  const socket = createSocket('udp4')
  const answered = Promise.withResolvers<DecodedPacket>()
  const late = AbortSignal.timeout(TIMEOUT_MS)
  const takeBack = onAbort(late, () => answered.reject(late.reason))
  socket.on('error', answered.reject)
  socket.on('message', (message) => {
    const answer = readable(message)
    if (answer && answer.id === query.id) answered.resolve(answer)
  })
  try {
    // Without a route it is called too, with the reason: an exception of its own would end the whole region.
    socket.connect(port, ip, (error?: Error) => {
      if (error) answered.reject(error)
      else socket.send(encode(query))
    })
    return await answered.promise
  } finally {
    takeBack()
    socket.close()
  }
}

// Anybody may send anything to the port.
function readable(message: Buffer): DecodedPacket | undefined {
  try {
    return decode(message)
  } catch {
    return undefined
  }
}

async function overTcp(query: Packet, { ip, port = DNS_PORT }: NameServer): Promise<Packet> {
  const socket = connect({ host: ip, port, signal: AbortSignal.timeout(TIMEOUT_MS) })
  socket.write(framed(encode(query)))
  let all = Buffer.alloc(0)
  for await (const chunk of socket) {
    all = Buffer.concat([all, chunk as Buffer])
    if (all.length >= 2 && all.length >= 2 + all.readUInt16BE(0)) break
  }
  return streamDecode(all)
}
