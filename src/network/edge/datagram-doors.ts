// Owns the UDP sockets of the edge: those that are wanted are bound, all others closed.
import { createSocket, type Socket } from 'node:dgram'

import { codeOf, type DoorFault } from './doors.ts'
import type { Datagram } from './front.ts'

export interface DatagramDoor {
  readonly host: string
  /** 0 for any free one. */
  readonly port: number
  onDatagram(datagram: Datagram): void
}

interface OpenDoor {
  readonly socket: Socket
  /** Replaced by every declaration: what a datagram meets is what was wanted last. */
  door: DatagramDoor
}

/** Bound UDP sockets by key. */
export class DatagramDoors {
  readonly #open = new Map<string, OpenDoor>()
  readonly #faults = new Map<string, DoorFault>()
  readonly #opening = new Map<string, Promise<void>>()

  /** Opens a door, or keeps it with a new handler. @returns why it is shut; undefined when it is open */
  async open(key: string, door: DatagramDoor): Promise<DoorFault | undefined> {
    for (let busy; (busy = this.#opening.get(key));) await busy
    const there = this.#open.get(key)
    if (there) {
      there.door = door
      return undefined
    }
    const opening = this.#bind(key, door)
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
    return this.#open.get(key)?.socket.address().port
  }

  /** Why a door that was wanted is shut. */
  fault(key: string): DoorFault | undefined {
    return this.#faults.get(key)
  }

  shut(key: string): void {
    this.#open.get(key)?.socket.close()
    this.#open.delete(key)
    this.#faults.delete(key)
  }

  /** Shuts every door that is not wanted. */
  keep(isWanted: (key: string) => boolean): void {
    for (const key of [...this.#open.keys(), ...this.#faults.keys()]) if (!isWanted(key)) this.shut(key)
  }

  async #bind(key: string, door: DatagramDoor): Promise<void> {
    const socket = createSocket('udp4')
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject)
        socket.bind({ address: door.host, port: door.port, exclusive: true }, () => {
          socket.off('error', reject)
          resolve()
        })
      })
      socket.unref()
      const opened: OpenDoor = { socket, door }
      hear(socket, (datagram) => opened.door.onDatagram(datagram))
      this.#faults.delete(key)
      this.#open.set(key, opened)
    } catch (error) {
      socket.close()
      this.#faults.set(key, codeOf(error))
    }
  }
}

/** Passes on what a bound socket hears, each datagram with its way back. */
export function hear(socket: Socket, onDatagram: (datagram: Datagram) => void): void {
  let isOpen = true
  socket.once('close', () => (isOpen = false))
  // A client that has gone is reported as an error of the socket; the others are still served.
  socket.on('error', () => undefined)
  socket.on('message', (bytes, { address, port }) => {
    onDatagram({
      bytes,
      sourceIp: address,
      sourcePort: port,
      reply: (answer) => isOpen && socket.send(answer, port, address, () => undefined),
    })
  })
}
