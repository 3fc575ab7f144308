// Owns flows of datagrams to a port of a pod: what is sent, and what comes back.
import type { Socket } from 'node:dgram'

/** Datagrams between one client and one port of a pod. */
export interface DatagramFlow {
  /** What cannot be delivered is lost, as on any network. */
  send(bytes: Buffer): void
  /** Nothing comes back after it. */
  close(): void
}

/** Something in this program that answers datagrams itself. */
export interface DatagramAnswerer {
  /** @returns what comes back */
  answer(bytes: Buffer): Buffer
}

/** A pod that datagrams reach through a socket. */
export interface DatagramReach {
  /** @throws what the socket says when it cannot be opened */
  openFlow(receive: (bytes: Buffer) => void): Promise<DatagramFlow>
}

/** The way of datagrams to a port of a pod. */
export type DatagramWay = DatagramAnswerer | DatagramReach

/** Finds what takes datagrams at `port` of an address; undefined when nothing does. */
export type DatagramResolver = (port: number) => DatagramWay | undefined

/** A flow along a way. */
export async function openFlow(way: DatagramWay, receive: (bytes: Buffer) => void): Promise<DatagramFlow> {
  if ('openFlow' in way) return await way.openFlow(receive)
  let isOpen = true
  return {
    send(bytes) {
      const answer = way.answer(bytes)
      // In a later turn, as from any other target.
      setImmediate(() => isOpen && receive(answer))
    },
    close() {
      isOpen = false
    },
  }
}

/** A flow through a bound socket of its own, which ends with it. Datagrams from elsewhere are not heard. */
export function flowThrough(
  socket: Socket,
  to: { readonly ip: string; readonly port: number },
  receive: (bytes: Buffer) => void,
): DatagramFlow {
  // What the kernel says of a target that is not there says nothing of later datagrams.
  socket.on('error', () => undefined)
  socket.on('message', (bytes, { address, port }) => {
    if (address === to.ip && port === to.port) receive(bytes)
  })
  socket.unref()
  let isOpen = true
  return {
    send(bytes) {
      if (isOpen) socket.send(bytes, to.port, to.ip, () => undefined)
    },
    close() {
      if (!isOpen) return
      isOpen = false
      socket.close()
    },
  }
}
