// Owns the DNS server of a data directory: one unprivileged loopback port, over UDP and TCP.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

import { InternalError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { answerNames, type Resolve } from '../network/dns/load-balancer-names.ts'
import { serveTcp, serveUdp } from '../network/dns/server.ts'
import { listenOnLoopback, LOOPBACK } from './loopback-port.ts'

/** "TTL of 60 seconds" (NLB user guide, "DNS name"). */
const TTL_SECONDS = 60

export interface DnsOptions {
  /** 0 for a free one. */
  readonly port: number
  readonly log: Log
  /** 0: answers may not be kept; 1: as long as AWS's. */
  readonly pace: number
  readonly resolve: Resolve
}

export interface Dns {
  /** `127.0.0.1:4569` */
  readonly address: string
  close(): Promise<void>
}

/** Opens the server, at another port where the wanted one is taken. */
export async function startDns({ port, log, pace, resolve }: DnsOptions): Promise<Dns> {
  const handle = answerNames(resolve, Math.round(TTL_SECONDS * pace))
  const streams = new Set<Socket>()
  const accept = (socket: Socket): void => {
    streams.add(socket)
    socket.once('close', () => streams.delete(socket))
    serveTcp(socket, socket.remoteAddress ?? '', handle)
  }
  const { server, socket } = (await open(port, accept)) ?? (await openSomewhere(accept))
  const at = socket.address().port
  if (port !== 0 && at !== port) log.info(`port ${port} is taken, names are answered at ${at}`)
  serveUdp(socket, handle)
  server.unref()
  socket.unref()
  return {
    address: `${LOOPBACK}:${at}`,
    async close() {
      const closed = [once(server, 'close'), once(socket, 'close')]
      server.close()
      socket.close()
      for (const stream of streams) stream.destroy()
      await Promise.all(closed)
    },
  }
}

interface Opened {
  readonly server: Server
  readonly socket: UdpSocket
}

// A free port of TCP may be taken for UDP.
const MOST_ATTEMPTS = 16

async function openSomewhere(accept: (socket: Socket) => void): Promise<Opened> {
  for (let attempt = 1; ; attempt++) {
    const opened = await open(0, accept)
    if (opened) return opened
    if (attempt === MOST_ATTEMPTS) throw new InternalError('no port is free for both UDP and TCP')
  }
}

async function open(port: number, accept: (socket: Socket) => void): Promise<Opened | undefined> {
  const server = createServer({ allowHalfOpen: true }, accept)
  const bound = await listenOnLoopback(server, port)
  if (bound === undefined) return undefined
  const socket = createSocket('udp4')
  try {
    socket.bind(bound, LOOPBACK)
    await once(socket, 'listening')
    return { server, socket }
  } catch {
    server.close()
    socket.close()
    return undefined
  }
}
