// Owns how long a server's idle connections outlast its clients', so that a process that is held up breaks off no request.
import type { Server } from 'node:http'

/**
 * Node tells clients how long an idle connection is kept (5 s), and ends it a second later. A region that was held up for longer (a
 * suspended machine, one that others keep busy) would wake to the timer first, and end the connection with the request that came
 * meanwhile unread. The words stay, and the end comes a minute later: whoever uses a connection until then finds it.
 * Before Node 24.6 the setting has no effect.
 */
export function outlastHoldUps(server: Pick<Server, 'keepAliveTimeoutBuffer'>): void {
  server.keepAliveTimeoutBuffer = 60_000
}
