// Owns the flows of datagrams through Network Load Balancers: which target those of a client go to, and for how long.
import type { Clock, Timer } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { DatagramFlow } from '../datagrams.ts'
import type { Datagram } from '../edge/front.ts'
import type { Target, TargetGroup } from './target-group.ts'

/** "120 seconds" (NLB user guide, "Connection idle timeout", of UDP flows). */
const IDLE_MS = 120_000
/** More are not remembered: the one that began first ends. */
const MOST_FLOWS = 16_384
/** Of a flow whose way is still being opened; more are lost. */
const MOST_WAITING = 64

export interface DatagramFlowsOptions {
  readonly clock: Clock
  readonly log: Log
}

/** Where the first datagram of a flow goes. */
export interface FlowChoice {
  readonly group: TargetGroup
  readonly target: Target
}

/** The flows of a data plane. */
export class DatagramFlows {
  readonly #options: DatagramFlowsOptions
  /** In the order in which they began. */
  readonly #flows = new Map<string, ClientFlow>()

  constructor(options: DatagramFlowsOptions) {
    this.#options = options
  }

  /**
   * Carries a datagram along its flow; the first one begins it.
   * @param via tells the ways in apart: listener and zone
   * @param choose is asked once for each flow; without an answer the datagram is lost
   */
  carry(datagram: Datagram, via: string, choose: () => FlowChoice | undefined): void {
    const key = `${via} ${datagram.sourceIp}:${datagram.sourcePort}`
    const there = this.#flows.get(key)
    if (there) return there.send(datagram)
    const chosen = choose()
    if (!chosen) return
    const [oldest] = this.#flows.values()
    if (oldest && this.#flows.size >= MOST_FLOWS) oldest.close()
    const onClose = (): void => void this.#flows.delete(key)
    const flow = new ClientFlow(chosen, { ...this.#options, onClose })
    this.#flows.set(key, flow)
    flow.send(datagram)
  }

  /** Ends all. */
  close(): void {
    for (const flow of this.#flows.values()) flow.close()
  }
}

class ClientFlow {
  readonly #options: DatagramFlowsOptions & { onClose(): void }
  readonly #target: Target
  readonly #waiting: Buffer[] = []
  #way: DatagramFlow | undefined
  #timer: Timer
  #usedAtMs: number
  #isOver = false
  /** To the client, by the socket that its last datagram came through. */
  #reply: Datagram['reply'] = () => undefined

  constructor({ group, target }: FlowChoice, options: DatagramFlowsOptions & { onClose(): void }) {
    this.#options = options
    this.#target = target
    this.#usedAtMs = options.clock.now()
    this.#timer = this.#watch(IDLE_MS)
    target.flows.add(this)
    const { ip, port } = target.address
    group.dialer
      .openFlow(ip, port, (bytes) => {
        this.#usedAtMs = options.clock.now()
        this.#reply(bytes)
      })
      .then(
        (way) => this.#open(way),
        (error: unknown) => {
          options.log.debug('a target takes no datagrams', { ip, port, error })
          this.close()
        },
      )
  }

  send({ bytes, reply }: Datagram): void {
    this.#usedAtMs = this.#options.clock.now()
    this.#reply = reply
    if (this.#way) this.#way.send(bytes)
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(bytes)
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer.cancel()
    this.#target.flows.delete(this)
    this.#way?.close()
    this.#options.onClose()
  }

  #open(way: DatagramFlow): void {
    if (this.#isOver) return way.close()
    this.#way = way
    for (const bytes of this.#waiting.splice(0)) way.send(bytes)
  }

  // Looks again when the flow may be over: a timer for each datagram would cost more than carrying it.
  #watch(afterMs: number): Timer {
    return this.#options.clock.after(afterMs, () => {
      const leftMs = this.#usedAtMs + IDLE_MS - this.#options.clock.now()
      if (leftMs <= 0) this.close()
      else this.#timer = this.#watch(leftMs)
    })
  }
}
