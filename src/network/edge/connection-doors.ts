// Owns the doors of the edge that take TCP connections.
import { createServer, type AddressInfo, type Socket } from 'node:net'

import { Doors, type Door, type Listening } from './doors.ts'

export interface ConnectionDoor extends Door {
  onConnection(socket: Socket): void
}

/** Listening sockets by key. Connections that came in by one that is shut go on. */
export class ConnectionDoors extends Doors<ConnectionDoor> {
  readonly #sockets: Set<Socket>

  constructor() {
    const sockets = new Set<Socket>()
    super((wanted) => listen(wanted, sockets))
    this.#sockets = sockets
  }

  /** Shuts all and ends every connection. */
  override async close(): Promise<void> {
    const closed = super.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

async function listen(wanted: () => ConnectionDoor, sockets: Set<Socket>): Promise<Listening> {
  const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
  const server = createServer(options, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // Errors end in 'close'; whoever carries the bytes acts on that.
    socket.on('error', () => undefined)
    wanted().onConnection(socket)
  })
  const { host, port } = wanted()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  server.unref()
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
