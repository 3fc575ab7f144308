// Owns the faults of a region while it runs: which calls each is about, how often it has struck, and the strike.
import type { Clock } from '../../base/clock.ts'
import { wildcardMatches } from '../../base/glob.ts'
import { parseGoDuration } from '../../base/go-duration.ts'
import type { ArrivedCall, Injection, Strike } from '../protocol/injection.ts'
import type { Fault } from './fault.ts'
import { errorOf } from './words.ts'

// What CloudFormation's handlers do besides making and changing: a fault of a stack that names no operation leaves it.
const LOOKS_OR_REMOVES =
  /^(Describe|Get|List|Delete|Release|Detach|Disassociate|Remove|Revoke|Terminate|Deregister)/

interface Armed {
  readonly fault: Fault
  /** Calls that it was about so far. */
  calls: number
  struck: number
  /** Of each stack, the logical ids in the order in which they were begun. */
  readonly begun: Map<string, string[]>
}

/** Disturbs calls as faults say; does nothing while there are none. */
export class FaultInjector implements Injection {
  readonly #clock: Clock
  readonly #ended = new AbortController()
  #armed: readonly Armed[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Replaces the faults; each begins to count anew. */
  set(faults: readonly Fault[]): void {
    this.#armed = faults.map((fault) => ({ fault, calls: 0, struck: 0, begun: new Map() }))
  }

  /** How often each of the faults has struck, in their order. */
  get strikes(): readonly number[] {
    return this.#armed.map(({ struck }) => struck)
  }

  async strike(call: ArrivedCall): Promise<Strike> {
    let settlesAfterMs = 0
    let losesAnswer = false
    for (const armed of this.#armed) {
      if (!isAbout(armed, call) || !isHit(armed)) continue
      armed.struck += 1
      const { delay, settles, error } = armed.fault
      if (delay !== undefined) await this.#clock.sleep(parseGoDuration(delay) ?? 0, this.#ended.signal)
      if (error === 'answer-lost') losesAnswer = true
      else if (error !== undefined) throw errorOf(error, call)
      settlesAfterMs += parseGoDuration(settles ?? '0') ?? 0
    }
    return { settlesAfterMs, losesAnswer }
  }

  /** Ends whoever waits for a delay: the region stops. */
  end(): void {
    this.#ended.abort()
  }
}

function isAbout(armed: Armed, call: ArrivedCall): boolean {
  const { operation, stack, caller, settles } = armed.fault
  const { origin, service, context } = call
  const name = `${service.signingName}:${call.operation}`
  if (
    operation === undefined
      ? stack !== undefined && LOOKS_OR_REMOVES.test(call.operation)
      : !wildcardMatches(operation, name)
  )
    return false
  if (caller !== undefined && !wildcardMatches(caller, context.principal.arn)) return false
  if (stack !== undefined) return origin === 'stack' && isOfResource(armed, stack, context.resource)
  // Whoever makes a load balancer, a slow one is slow.
  return origin === 'client' || settles !== undefined
}

function isOfResource(
  { fault, begun }: Armed,
  pattern: string,
  resource: ArrivedCall['context']['resource'],
): boolean {
  if (!resource || !wildcardMatches(pattern, resource.stack)) return false
  if (fault.resource === undefined) return true
  if (typeof fault.resource === 'string') return wildcardMatches(fault.resource, resource.logicalId)
  const order = begun.get(resource.stack) ?? []
  if (!order.includes(resource.logicalId)) begun.set(resource.stack, [...order, resource.logicalId])
  return begun.get(resource.stack)?.[fault.resource - 1] === resource.logicalId
}

/** Counts a call that the fault is about. */
function isHit(armed: Armed): boolean {
  const { from = 1, times = Infinity, rate = 1 } = armed.fault
  armed.calls += 1
  const turn = armed.calls - from + 1
  if (turn < 1 || armed.struck >= times) return false
  return Math.floor(turn * rate) > Math.floor((turn - 1) * rate)
}
