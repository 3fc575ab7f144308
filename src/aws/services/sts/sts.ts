// Owns what the operations of STS have in common.
import type { StsPorts } from './ports.ts'
import type { Sessions } from './sessions.ts'

export interface Sts {
  readonly sessions: Sessions
  readonly ports: StsPorts
  readonly accountId: string
  /** Epoch milliseconds. */
  nowMs(): number
}
