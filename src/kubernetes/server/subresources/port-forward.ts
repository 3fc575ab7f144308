// Owns pods/portforward: connections to ports of a pod over a WebSocket, a data and an error channel each.
// Source: kubelet pkg/cri/streaming/portforward/websocket.go.
import { once } from 'node:events'
import type { Duplex } from 'node:stream'

import type { WebSocket } from 'ws'

import { messageOf } from '../../../base/errors.ts'
import type { Api } from '../api.ts'
import type { PodReference } from '../ports.ts'
import { Channels } from './channels.ts'

/** Connects to each port and passes bytes until either side is done. */
export async function servePortForward(
  api: Api,
  socket: WebSocket,
  { reference, ports }: { reference: PodReference; ports: readonly number[] },
): Promise<void> {
  const channels = new Channels(socket)
  const connections: Promise<Duplex | undefined>[] = ports.map((port, index) => {
    const [data, error] = [index * 2, index * 2 + 1]
    // Both channels open with the port that they are for.
    const header = Buffer.alloc(2)
    header.writeUInt16LE(port)
    channels.send(data, header)
    channels.send(error, header)
    return api.kubelet.portForward(reference, port).catch((cause: unknown) => {
      channels.send(error, Buffer.from(forwardingError(port, reference, cause)))
      return undefined
    })
  })
  const ended = new Promise<void>((resolve) => {
    channels.receive({
      onMessage: ({ channel, data }) => {
        if (channel % 2 === 0) void connections[channel / 2]?.then((one) => one?.writable && one.write(data))
      },
      onClose: (channel) => {
        if (channel % 2 === 0) void connections[channel / 2]?.then((connection) => connection?.end())
      },
      onEnd: resolve,
    })
  })
  const pumps = connections.map(async (pending, index) => {
    const connection = await pending
    if (connection) await pump(connection, channels, index * 2)
  })
  await Promise.race([ended, Promise.all(pumps)])
  for (const connection of await Promise.all(connections)) connection?.destroy()
  channels.close()
}

/** What the error stream of a port says when the pod cannot be reached, or breaks off. */
export function forwardingError(port: number, { name, uid }: PodReference, cause: unknown): string {
  return `error forwarding port ${port} to pod ${name}, uid ${uid}: ${messageOf(cause)}`
}

async function pump(connection: Duplex, channels: Channels, channel: number): Promise<void> {
  connection.on('error', (error) => channels.send(channel + 1, Buffer.from(error.message)))
  const closed = once(connection, 'close').catch(() => undefined)
  // When a port has said all, its forwarding ends, as containerd's does; who still listens learns of it by the close.
  connection.once('end', () => void connection.end())
  connection.on('data', (chunk: Buffer) => {
    channels.send(channel, chunk)
    if (!channels.isBehind) return
    connection.pause()
    // Looked at again in the next turns: `ws` has no event for a drained buffer.
    const resume = (): void => {
      if (channels.isBehind) setImmediate(resume)
      else connection.resume()
    }
    setImmediate(resume)
  })
  await closed
}
