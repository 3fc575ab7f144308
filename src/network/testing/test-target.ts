// Owns what tests of the data planes need: targets on loopback behind pod addresses, and waiting for a condition.
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

import { InternalError } from '../../base/errors.ts'
import type { Dialer, PodWay } from '../dialer.ts'

export interface TestTarget {
  readonly ip: string
  readonly port: number
  readonly sockets: Set<Socket>
  close(): Promise<void>
}

/** A TCP server that the dialer finds at `ip:80`. */
export async function startTarget(
  dialer: Dialer,
  ip: string,
  onConnection: (socket: Socket) => void,
): Promise<TestTarget> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  dialer.register(ip, (wanted) => (wanted === 80 ? { host: '127.0.0.1', port } : undefined))
  return {
    ip,
    port: 80,
    sockets,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Polls until the condition holds. @throws InternalError after the deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = 5000,
): Promise<void> {
  const end = performance.now() + deadlineMs
  while (!(await condition())) {
    if (performance.now() > end) throw new InternalError(`not within ${deadlineMs} ms: ${what}`)
    await pause(5)
  }
}

/** A raw connection to an address of this machine. @throws InternalError when there is none. */
export async function connectTo(address: PodWay | undefined): Promise<Socket> {
  if (!address || 'open' in address) throw new InternalError('nothing listens there')
  const socket = connect({ ...address, allowHalfOpen: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return socket
}
