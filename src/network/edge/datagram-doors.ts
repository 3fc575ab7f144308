// Owns the doors of the edge that take datagrams.
import { createSocket, type Socket } from 'node:dgram'

import { Doors, type Door, type Listening } from './doors.ts'
import type { Datagram } from './front.ts'

export interface DatagramDoor extends Door {
  onDatagram(datagram: Datagram): void
}

/** Bound UDP sockets by key. */
export class DatagramDoors extends Doors<DatagramDoor> {
  constructor() {
    super(listen)
  }
}

async function listen(wanted: () => DatagramDoor): Promise<Listening> {
  const socket = createSocket('udp4')
  const { host, port } = wanted()
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.off('error', reject)
        resolve()
      })
    })
  } catch (error) {
    socket.close()
    throw error
  }
  socket.unref()
  hear(socket, (datagram) => wanted().onDatagram(datagram))
  return {
    port: socket.address().port,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
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
