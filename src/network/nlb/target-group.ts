// Owns one target group at work: its targets, their health by measurement, their open connections.
import type { Duplex } from 'node:stream'

import type { Clock, Timer } from '../../base/clock.ts'
import type { Dialer, Vpcs } from '../dialer.ts'
import type { TargetAddress, TargetGroupPlan, TargetHealth } from '../load-balancer.ts'
import { reset } from '../relay.ts'
import { checkRequests, type RequestCheck } from '../alb/check.ts'
import { ALL_ZONES, fewestOf, ONE } from './balance.ts'
import { checkTarget, type CheckResult } from './check.ts'
import {
  afterCheck,
  DRAINING,
  NOT_IN_USE,
  REGISTERING,
  ZONE_NOT_ENABLED,
  type HealthState,
} from './health.ts'

/** How long a new target's address may lead nowhere before that counts against it. */
const ROUTE_GRACE_MS = 5000

export interface TargetGroupOptions {
  readonly vpcs: Vpcs
  readonly clock: Clock
  /** Pause between the checks of a target that has not passed one yet. */
  readonly initialCheckIntervalMs: number
  onHealthChange(arn: string): void
}

export interface Target {
  readonly address: TargetAddress
  readonly knownSinceMs: number
  health: HealthState
  isDraining: boolean
  isChecking: boolean
  timer: Timer | undefined
  /** Client sides of the connections that go to this target. */
  readonly connections: Set<Duplex>
  /** Of datagrams. */
  readonly flows: Set<{ close(): void }>
}

/** A target that may get new connections. */
export interface Candidate {
  readonly target: Target
  readonly zone: string
  readonly isHealthy: boolean
}

/** A target group that some listener may forward to. */
export class TargetGroup {
  readonly #options: TargetGroupOptions
  readonly #targets = new Map<string, Target>()
  #plan: TargetGroupPlan
  /** Zones of the load balancer that forwards here; undefined while none does. */
  #zones: readonly string[] | undefined
  /** Made when they are asked for: connections are many, changes few. */
  #candidates: readonly Candidate[] | undefined

  constructor(plan: TargetGroupPlan, options: TargetGroupOptions) {
    this.#plan = plan
    this.#options = options
    this.apply(plan)
  }

  get plan(): TargetGroupPlan {
    return this.#plan
  }

  /** The way to the targets. */
  get dialer(): Dialer {
    return this.#options.vpcs.dialer(this.#plan.vpcId)
  }

  /** Takes over a new plan: new targets are checked at once, missing ones drain. */
  apply(plan: TargetGroupPlan): void {
    this.#plan = plan
    const wanted = new Map(plan.targets.map((address) => [keyOf(address), address]))
    for (const [key, target] of this.#targets) if (!wanted.has(key)) this.#drain(key, target)
    for (const [key, address] of wanted) {
      const there = this.#targets.get(key)
      if (there && !there.isDraining && there.address.zone === address.zone) continue
      there?.timer?.cancel()
      const target: Target = {
        address,
        knownSinceMs: this.#options.clock.now(),
        health: REGISTERING,
        isDraining: false,
        isChecking: false,
        timer: undefined,
        connections: there?.connections ?? new Set(),
        flows: there?.flows ?? new Set(),
      }
      this.#targets.set(key, target)
      this.#check(key, target)
      this.#changed()
    }
  }

  /** Tells the group which zones traffic comes from; undefined when no listener forwards to it. */
  use(zones: readonly string[] | undefined): void {
    const wasUsed = this.#zones !== undefined
    this.#zones = zones
    this.#candidates = undefined
    if (zones === undefined) {
      for (const target of this.#targets.values()) this.#forget(target)
    } else if (!wasUsed) {
      for (const [key, target] of this.#targets) this.#check(key, target)
    }
    if (wasUsed !== (zones !== undefined)) this.#changed()
  }

  /** Stops checking. Open connections go on. */
  close(): void {
    for (const target of this.#targets.values()) target.timer?.cancel()
    this.#targets.clear()
    this.#candidates = undefined
  }

  /** Targets that may get new connections. */
  candidates(): readonly Candidate[] {
    return (this.#candidates ??= [...this.#targets.values()]
      .filter((target) => !target.isDraining && this.#isZoneEnabled(target))
      .map((target) => ({ target, zone: target.address.zone, isHealthy: target.health.state === 'healthy' })))
  }

  #changed(): void {
    this.#candidates = undefined
    this.#options.onHealthChange(this.#plan.arn)
  }

  /** Whether enough targets in the zone, or in all for `all`, are healthy to lead clients there. */
  isOpen(zone: string): boolean {
    const isThere = (at: string): boolean => zone === ALL_ZONES || at === zone || at === ALL_ZONES
    const there = this.candidates().filter((candidate) => isThere(candidate.zone))
    const healthy = there.filter(({ isHealthy }) => isHealthy).length
    return healthy > 0 && healthy >= fewestOf(this.#plan.flows?.fewestForDns ?? ONE, there.length)
  }

  health(): TargetHealth[] {
    return [...this.#targets.values()].map((target) => {
      const { ip, port } = target.address
      if (target.isDraining) return { ip, port, ...DRAINING }
      if (this.#zones === undefined) return { ip, port, ...NOT_IN_USE }
      if (!this.#isZoneEnabled(target)) return { ip, port, ...ZONE_NOT_ENABLED }
      const { against: _, ...shown } = target.health
      return { ip, port, ...shown }
    })
  }

  // Targets outside the VPC are registered for all zones.
  #isZoneEnabled({ address }: Target): boolean {
    return address.zone === ALL_ZONES || (this.#zones?.includes(address.zone) ?? false)
  }

  #forget(target: Target): void {
    target.timer?.cancel()
    target.timer = undefined
    if (!target.isDraining) target.health = REGISTERING
    else this.#targets.delete(keyOf(target.address))
  }

  // Open connections go on, new ones don't come; after the delay the target is no longer known.
  #drain(key: string, target: Target): void {
    if (target.isDraining) return
    target.timer?.cancel()
    if (this.#zones === undefined) {
      this.#targets.delete(key)
    } else {
      target.isDraining = true
      target.timer = this.#options.clock.after(this.#plan.deregistrationDelaySeconds * 1000, () => {
        this.#targets.delete(key)
        if (this.#plan.flows?.endsDeregistered) {
          for (const connection of target.connections) reset(connection)
          for (const flow of target.flows) flow.close()
        }
        this.#changed()
      })
    }
    this.#changed()
  }

  #check(key: string, target: Target): void {
    if (this.#zones === undefined || target.isChecking || !this.#isCurrent(key, target)) return
    target.timer?.cancel()
    target.isChecking = true
    void this.#ask(target.address).then((found) => {
      target.isChecking = false
      if (this.#zones === undefined || !this.#isCurrent(key, target)) return
      this.#record(target, found)
      const { initialCheckIntervalMs, clock } = this.#options
      const pauseMs =
        target.health.state === 'initial'
          ? initialCheckIntervalMs
          : this.#plan.healthCheck.intervalSeconds * 1000
      target.timer = clock.after(pauseMs, () => this.#check(key, target))
    })
  }

  async #ask(address: TargetAddress): Promise<RequestCheck | { readonly result: CheckResult }> {
    const { healthCheck, proxyProtocol, requests } = this.#plan
    const options = { dialer: this.dialer, clock: this.#options.clock }
    const isAsking = healthCheck.protocol === 'HTTP' || healthCheck.protocol === 'HTTPS'
    if (requests && isAsking)
      return await checkRequests(address, healthCheck, { ...options, version: requests.version })
    return { result: await checkTarget(address, healthCheck, { ...options, proxyProtocol }) }
  }

  #isCurrent(key: string, target: Target): boolean {
    return this.#targets.get(key) === target && !target.isDraining
  }

  #record(target: Target, found: RequestCheck | { readonly result: CheckResult }): void {
    const before = target.health
    const { result } = found
    // After a restart load balancers are back before pods are: that says nothing about the target.
    const ageMs = this.#options.clock.now() - target.knownSinceMs
    if (result === 'unroutable' && before.state === 'initial' && ageMs < ROUTE_GRACE_MS) return
    const { healthCheck } = this.#plan
    const why = 'reason' in found ? { reason: found.reason, description: found.description } : undefined
    target.health = afterCheck(before, result === 'passed', { ...healthCheck, ...(why ? { why } : {}) })
    if (before.state === target.health.state && before.reason === target.health.reason) return
    this.#candidates = undefined
    // "the load balancer sends a TCP RST for packets received on the client connections associated with the
    // target, unless the unhealthy target triggers the load balancer to fail open" (NLB health checks).
    const hasHealthy = this.candidates().some(({ isHealthy }) => isHealthy)
    const isEnding = this.#plan.flows?.endsUnhealthy ?? true
    if (target.health.state === 'unhealthy' && hasHealthy && isEnding) {
      for (const connection of target.connections) reset(connection)
    }
    this.#changed()
  }
}

function keyOf({ ip, port }: TargetAddress): string {
  return `${ip}:${port}`
}
