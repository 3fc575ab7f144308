// Owns what the region and the process inside a VPC's network namespace say to each other.

/** What the region asks for. */
export type Request = {
  readonly id: number
  readonly type: 'connect' | 'listen' | 'bind'
  readonly ip: string
  readonly port: number
  /** Address that a connection comes from; the route's own when absent. */
  readonly from?: string
}

/**
 * What comes back: with a socket, or with the code of Node's that says why there is none. A listening socket may have
 * taken a connection before it changed hands: that one follows as `accepted`. One that is handed over for good, so that
 * closing it ends it, follows as `released`.
 */
export type Answer = {
  readonly id: number
  readonly type: 'done' | 'released' | 'accepted' | 'failed'
  readonly code?: string
}
