// Owns what a scenario of the conformance suite is: something a client does through a load balancer, and what was seen.
import type { Target } from './target.ts'

/** The ways in that every load balancer of a suite has. */
export type Front = 'plain' | 'dead' | 'brief' | 'tls' | 'proxied' | 'grpc' | 'datagrams'

/** A load balancer at work, ours or the reference, and the target behind it. */
export interface Stage {
  readonly name: string
  /** What the target does is up to the scenario. */
  readonly target: Target
  /**
   * The port of 127.0.0.1 that leads to the target. `dead`: to a port where nothing listens; `brief`: idle for a second
   * at most; `tls`: TLS ends at the load balancer; `proxied`: with a PROXY header; `grpc`: TLS, and HTTP/2 to the target;
   * `datagrams`: UDP.
   */
  port(front: Front): number
  stop(): Promise<void>
}

export interface Scenario {
  readonly name: string
  /** @returns what was seen, in words that are the same at each run */
  readonly run: (stage: Stage) => Promise<string>
  /** Why ours is not as the reference; absent where both have to be alike. */
  readonly why?: string
}

/** Scenarios of one plane, to be run against it and its reference. */
export interface Suite {
  readonly title: string
  readonly reference: string
  readonly scenarios: readonly Scenario[]
  /** Both with targets of their own. */
  readonly starts: readonly [ours: () => Promise<Stage>, reference: () => Promise<Stage>]
}
