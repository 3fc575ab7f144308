// Owns finding a port of loopback that nobody listens on.
import { createServer } from 'node:net'

/** A port that is free at the moment; another program may take it before it is used. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
