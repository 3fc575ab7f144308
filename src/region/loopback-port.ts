// Owns listening at a port of the loopback address that may be somebody else's already.
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

export const LOOPBACK = '127.0.0.1'

/**
 * Listens at the port; 0 takes a free one.
 * @returns the port; undefined when it is taken
 */
export async function listenOnLoopback(server: Server, port: number): Promise<number | undefined> {
  try {
    server.listen(port, LOOPBACK)
    await once(server, 'listening')
  } catch {
    return undefined
  }
  // A listening TCP server has an address of this form.
  return (server.address() as AddressInfo).port
}
