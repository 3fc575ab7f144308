// Owns what a step of the tour through every operation is.
import type { ServiceName } from '../../protocol/services.ts'

/** What earlier steps have made, by a name of its own: ids, ARNs. */
export type Made = Record<string, string>

export interface Step {
  readonly service: ServiceName
  readonly operation: string
  readonly input: (made: Made) => object
  /** What to remember of the answer: names to dotted paths, `Vpc.VpcId`, `Subnets.0.SubnetId`. */
  readonly remember: Readonly<Record<string, string>>
}

type Input = object | ((made: Made) => object)

/** A step. */
export function step(
  service: ServiceName,
  operation: string,
  input: Input = {},
  remember: Step['remember'] = {},
): Step {
  const read = typeof input === 'function' ? (input as Step['input']) : () => input
  return { service, operation, input: read, remember }
}
