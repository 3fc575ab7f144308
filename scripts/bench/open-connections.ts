// Owns what open connections cost in memory.
import { connect, type Socket } from 'node:net'

import { residentMegabytes } from './process.ts'

/** How many are open at once. */
export const OPEN_CONNECTIONS = 1000
/** What a connection asks, and is answered before the memory is read. */
export const QUESTION = Buffer.from('GET / HTTP/1.1\r\nHost: bench\r\n\r\n')

export interface Listening {
  readonly host: string
  readonly port: number
}

/** Memory of a process, in MB, while so many connections through it are open, each of which has been answered once. */
export async function memoryWithConnections(to: Listening, pid: number): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: OPEN_CONNECTIONS }, () => dial(to)))
  for (const socket of sockets) socket.write(QUESTION)
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))))
  const held = residentMegabytes(pid)
  for (const socket of sockets) socket.destroy()
  return held
}

/** A connection that is open. */
export function dial({ host, port }: Listening): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host, noDelay: true })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}
