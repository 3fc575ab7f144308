// Owns the clients that security groups keep out. AWS drops their packets; here the system has accepted the connection
// before anybody is asked, so the nearest is silence: no byte, no end, until the client gives up.
import type { Socket } from 'node:net'

import type { Clock } from '../../base/clock.ts'
import { reset } from '../relay.ts'

/** When Linux gives up a connection that nobody answers: after 6 retries, 1 + 2 + 4 + ... + 64 seconds. */
const SILENCE_MS = 127_000
/** More are not kept waiting: the oldest goes. */
const MOST_HELD = 512

/** Holds connections without answering them. */
export class DroppedConnections {
  readonly #clock: Clock
  /** In the order they came. */
  readonly #held = new Set<Socket>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Says nothing to the client until it leaves or its time is over; then the connection is reset. */
  hold(client: Socket): void {
    const [oldest] = this.#held
    if (oldest && this.#held.size >= MOST_HELD) reset(oldest)
    const timer = this.#clock.after(SILENCE_MS, () => reset(client))
    this.#held.add(client)
    client.once('close', () => {
      timer.cancel()
      this.#held.delete(client)
    })
    // What it sends is read and forgotten: that is how its leaving is noticed.
    client.once('end', () => client.destroy())
    client.resume()
  }
}
