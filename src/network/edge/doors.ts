// Owns the listening sockets of the edge: those that are wanted are opened, all others closed.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export interface Door {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  onConnection(socket: Socket): void
}

/** Why nothing listens, as the system says it: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export type DoorFault = string

interface OpenDoor {
  readonly server: Server
  /** Replaced by every declaration: what a connection meets is what was wanted last. */
  door: Door
}

/** Listening sockets by key. */
export class Doors {
  readonly #open = new Map<string, OpenDoor>()
  readonly #faults = new Map<string, DoorFault>()
  readonly #opening = new Map<string, Promise<void>>()
  readonly #sockets = new Set<Socket>()

  /** Opens a door, or keeps it with a new handler. @returns why it is shut; undefined when it is open */
  async open(key: string, door: Door): Promise<DoorFault | undefined> {
    for (let busy; (busy = this.#opening.get(key));) await busy
    const there = this.#open.get(key)
    if (there) {
      there.door = door
      return undefined
    }
    const opening = this.#listen(key, door)
    this.#opening.set(key, opening)
    await opening
    this.#opening.delete(key)
    return this.#faults.get(key)
  }

  isOpen(key: string): boolean {
    return this.#open.has(key)
  }

  /** The port of an open door. */
  port(key: string): number | undefined {
    const there = this.#open.get(key)
    return there && (there.server.address() as AddressInfo).port
  }

  /** Why a door that was wanted is shut. */
  fault(key: string): DoorFault | undefined {
    return this.#faults.get(key)
  }

  /** Connections that came in by it go on. */
  shut(key: string): void {
    this.#open.get(key)?.server.close()
    this.#open.delete(key)
    this.#faults.delete(key)
  }

  /** Shuts every door that is not wanted. */
  keep(isWanted: (key: string) => boolean): void {
    for (const key of [...this.#open.keys(), ...this.#faults.keys()]) if (!isWanted(key)) this.shut(key)
  }

  /** Shuts all and ends every connection. */
  async close(): Promise<void> {
    const closed = [...this.#open.values()].map(
      ({ server }) => new Promise<void>((resolve) => server.close(() => resolve())),
    )
    this.#open.clear()
    for (const socket of this.#sockets) socket.destroy()
    await Promise.all(closed)
  }

  async #listen(key: string, door: Door): Promise<void> {
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true }
    const server = createServer(options, (socket) => {
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
      // Errors end in 'close'; whoever carries the bytes acts on that.
      socket.on('error', () => undefined)
      opened.door.onConnection(socket)
    })
    const opened: OpenDoor = { server, door }
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host: door.host, port: door.port, backlog: 1024 }, () => {
          server.off('error', reject)
          resolve()
        })
      })
      server.unref()
      this.#faults.delete(key)
      this.#open.set(key, opened)
    } catch (error) {
      this.#faults.set(key, codeOf(error))
    }
  }
}

/** The code of a system error. */
export function codeOf(error: unknown): string {
  return Error.isError(error) && 'code' in error ? String(error.code) : 'unknown error'
}
