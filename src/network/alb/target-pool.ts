// Owns the connections to the targets of one target group, and how many requests each of them works on.
import type { Clock } from '../../base/clock.ts'
import { DialError, type Dialer } from '../dialer.ts'
import type { TargetGroup } from '../nlb/target-group.ts'
import type { TargetClient } from './answer.ts'
import { Http1Target, overTls, type Dial } from './back-http1.ts'
import { Http2Target } from './back-http2.ts'
import { Turns, type Candidate, type Random } from './choose.ts'
import type { RequestSettings } from './plan.ts'

/** How long AWS waits for a target to take a connection. */
const CONNECT_TIMEOUT_MS = 10_000
const ROUTE_RETRY_MS = 20

interface Member {
  readonly client: TargetClient
  outstanding: number
  warmingSinceMs: number | undefined
  wasHealthy: boolean
  /** It was registered while no target was warm, and has not been healthy yet; undefined until that was looked at. */
  isFounder: boolean | undefined
}

/** A target that was chosen for a request. */
export interface Chosen {
  readonly key: string
  readonly client: TargetClient
  /** A request begins. @returns what to call when it is over */
  begin(): () => void
}

/** The targets of one group, as requests see them. */
export class TargetPool {
  readonly #group: TargetGroup
  readonly #clock: Clock
  readonly #members = new Map<string, Member>()
  readonly #turns = new Turns()

  constructor(group: TargetGroup, clock: Clock) {
    this.#group = group
    this.#clock = clock
  }

  get group(): TargetGroup {
    return this.#group
  }

  /** Keys of targets that may get requests. */
  keys(): string[] {
    return this.#candidates().map(({ key }) => key)
  }

  /** The target of a client that stays with one; undefined when that is gone or unhealthy. */
  sticky(key: string): Chosen | undefined {
    const candidate = this.#candidates().find((each) => each.key === key && each.isHealthy)
    return candidate && this.#chosen(key)
  }

  /** Undefined when the group has no target in use. @param zone where it has to be; anywhere without one */
  choose(settings: RequestSettings, random: Random, zone?: string): Chosen | undefined {
    const all = this.#candidates()
    const there = zone === undefined ? all : all.filter((each) => each.zone === zone)
    const candidate = this.#turns.choose(there, settings, { nowMs: this.#clock.now(), random })
    return candidate && this.#chosen(candidate.key)
  }

  /** Looks at the health of now: notes who has just become healthy, and ends the connections of who is gone. */
  observe(): void {
    const known = new Set(this.#group.health().map(({ ip, port }) => `${ip}:${port}`))
    for (const [key, { client }] of this.#members) {
      if (known.has(key)) continue
      client.close()
      this.#members.delete(key)
    }
    this.#candidates()
  }

  close(): void {
    for (const { client } of this.#members.values()) client.close()
    this.#members.clear()
  }

  #candidates(): (Candidate & { readonly zone: string })[] {
    const all = this.#group.candidates().map(({ target, zone, isHealthy }) => {
      const key = `${target.address.ip}:${target.address.port}`
      return { key, zone, isHealthy, member: this.#member(key) }
    })
    const isAnyWarm = all.some(({ isHealthy, member }) => isHealthy && this.#isWarm(member))
    return all.map(({ key, zone, isHealthy, member }) => {
      member.isFounder ??= !isAnyWarm
      // "Newly registered targets enter slow start mode only when there is at least one healthy target that is not in
      // slow start mode"; those registered together with an empty group do not (ALB user guide, "Slow start mode").
      if (isHealthy && !member.wasHealthy && isAnyWarm && !member.isFounder) {
        member.warmingSinceMs = this.#clock.now()
      }
      if (!isHealthy) member.warmingSinceMs = undefined
      else member.isFounder = false
      member.wasHealthy = isHealthy
      const { outstanding, warmingSinceMs } = member
      return {
        key,
        zone,
        isHealthy,
        outstanding,
        ...(warmingSinceMs === undefined ? {} : { warmingSinceMs }),
      }
    })
  }

  #isWarm({ wasHealthy, warmingSinceMs }: Member): boolean {
    if (!wasHealthy || warmingSinceMs === undefined) return wasHealthy
    const { slowStartSeconds = 0 } = this.#group.plan.requests ?? {}
    return this.#clock.now() - warmingSinceMs >= slowStartSeconds * 1000
  }

  #chosen(key: string): Chosen {
    const member = this.#member(key)
    return {
      key,
      client: member.client,
      begin: () => {
        member.outstanding += 1
        return () => void (member.outstanding -= 1)
      },
    }
  }

  #member(key: string): Member {
    const there = this.#members.get(key)
    if (there) return there
    const at = key.lastIndexOf(':')
    const client = this.#client(key.slice(0, at), Number(key.slice(at + 1)))
    const member = {
      client,
      outstanding: 0,
      warmingSinceMs: undefined,
      wasHealthy: false,
      isFounder: undefined,
    }
    this.#members.set(key, member)
    return member
  }

  #client(ip: string, port: number): TargetClient {
    const { requests, trustedKeys } = this.#group.plan
    const dial: Dial = () => dialPatiently(this.#group.dialer, this.#clock, { ip, port })
    const isTls = requests?.protocol === 'HTTPS'
    if (requests?.version === 'HTTP2' || requests?.version === 'GRPC') {
      return new Http2Target(isTls ? overTls(dial, ['h2']) : dial, isTls ? 'https' : 'http')
    }
    return new Http1Target(isTls ? overTls(dial, ['http/1.1'], trustedKeys) : dial)
  }
}

// An address without a route is silent, as one whose pod is not up yet: AWS goes on trying.
async function dialPatiently(
  dialer: Dialer,
  clock: Clock,
  { ip, port }: { readonly ip: string; readonly port: number },
): ReturnType<Dial> {
  const deadlineMs = clock.now() + CONNECT_TIMEOUT_MS
  for (;;) {
    try {
      return await dialer.dial(ip, port, { timeoutMs: CONNECT_TIMEOUT_MS })
    } catch (error) {
      const isSilent = error instanceof DialError && error.code === 'EHOSTUNREACH'
      if (!isSilent || clock.now() >= deadlineMs) throw error
      await clock.sleep(ROUTE_RETRY_MS)
    }
  }
}
