// Owns what is noted down of a request on its way through an Application Load Balancer, for its access log.
import type { Writable } from 'node:stream'

import type { AccessEntry } from './access-entry.ts'
import { certificateFor } from '../tls/terminate.ts'
import { isGrpc, type Ask, type Head, type Reply } from './ask.ts'
import { connectionIdOf } from './connection-note.ts'
import type { Classified } from './desync.ts'
import { valuesOf, type Header } from './headers.ts'
import type { ApplicationListener, Rule } from './plan.ts'

/** Takes the entry of a request that is over. */
export type AccessLog = (entry: AccessEntry) => void

/** What happened to a request so far. */
export class AccessNote {
  readonly #ask: Ask
  readonly #listener: ApplicationListener
  readonly #now: () => number
  readonly #createdMs: number
  #rulePriority: number | undefined
  #action: string | undefined
  #redirectUrl: string | undefined
  #target: string | undefined
  #targetGroupArn: string | undefined
  #traceId: string | undefined
  #isUpgrade = false
  #classification: string | undefined
  #classificationReason: string | undefined
  readonly #headBytes: number
  #receivedBodyBytes = 0
  #sentHeadBytes = 0
  #sentBodyBytes = 0
  #status: number | undefined
  #targetStatus: number | undefined
  #sentMs: number | undefined
  #answeredMs: number | undefined
  #startedMs: number | undefined

  constructor(ask: Ask, listener: ApplicationListener, now: () => number) {
    this.#ask = ask
    this.#listener = listener
    this.#now = now
    this.#createdMs = now()
    this.#headBytes = bytesOf(`${ask.method} ${ask.target} HTTP/${ask.httpVersion}`, ask.headers)
  }

  /** A rule was found for it, or none. */
  ruled(rule: Rule | undefined): void {
    this.#rulePriority = rule?.priority ?? 0
    this.#action = rule?.action.kind
  }

  /** It was looked at for what two servers may read in two ways. */
  classified({ classification, reason }: Classified): void {
    if (classification === 'Compliant') return
    this.#classification = classification
    this.#classificationReason = reason
  }

  redirected(url: string): void {
    this.#redirectUrl = url
  }

  /** A target was chosen. @param to.headers those that it gets */
  routed(to: { readonly target: string; readonly group: string; readonly headers: readonly Header[] }): void {
    this.#target = to.target
    this.#targetGroupArn = to.group
    ;[this.#traceId] = valuesOf(to.headers, 'x-amzn-trace-id')
  }

  /** The target speaks another protocol from now on. */
  upgraded(head: Head): void {
    this.#isUpgrade = true
    this.answered(head.status)
    this.started(head)
  }

  received(bytes: number): void {
    this.#receivedBodyBytes += bytes
  }

  sent(bytes: number): void {
    this.#sentBodyBytes += bytes
  }

  /** The request goes to its target now. */
  send(): void {
    this.#sentMs = this.#now()
  }

  /** The target has answered. */
  answered(status: number): void {
    this.#targetStatus = status
    this.#answeredMs = this.#now()
  }

  /** The head of the answer goes to the client. */
  started({ status, reason, headers }: Head): void {
    this.#status = status
    this.#startedMs ??= this.#now()
    this.#sentHeadBytes += bytesOf(`HTTP/1.1 ${status} ${reason}`, headers)
  }

  /** What the log says. A client that left before its answer is told apart by 460 or 400. */
  entry(): AccessEntry {
    const ask = this.#ask
    const endMs = this.#now()
    const { tls, ip, port } = ask.peer
    const [userAgent] = valuesOf(ask.headers, 'user-agent')
    return {
      type: this.#type(),
      endMs,
      createdMs: this.#createdMs,
      clientIp: ip,
      clientPort: port,
      ...known({ target: this.#target, targetStatus: this.#targetStatus }),
      ...this.#times(endMs),
      status: this.#status ?? this.#leftStatus(),
      receivedBytes: this.#headBytes + this.#receivedBodyBytes,
      sentBytes: this.#sentHeadBytes + this.#sentBodyBytes,
      receivedBodyBytes: this.#receivedBodyBytes,
      sentBodyBytes: this.#sentBodyBytes,
      method: ask.method,
      url: this.#url(),
      httpVersion: ask.httpVersion,
      ...known({ userAgent, tls, certificateArn: tls && this.#certificateArn(tls.serverName) }),
      ...known({ targetGroupArn: this.#targetGroupArn, traceId: this.#traceId }),
      ...known({ rulePriority: this.#rulePriority, redirectUrl: this.#redirectUrl }),
      ...known({
        classification: this.#classification,
        classificationReason: this.#classificationReason,
      }),
      actions: this.#action === undefined ? [] : [this.#action],
      connectionId: connectionIdOf(this.#listener.arn, { ip, port }),
    }
  }

  // ALB user guide, "Troubleshoot your Application Load Balancers": of a client that left before an answer, 400 where it had not
  // sent its whole body.
  #leftStatus(): number {
    return this.#ask.hasBody && !this.#ask.body.readableEnded ? 400 : 460
  }

  #certificateArn(serverName: string | undefined): string | undefined {
    return certificateFor(this.#listener.certificates, serverName)?.arn
  }

  #times(endMs: number): Pick<AccessEntry, 'requestMs' | 'targetMs' | 'responseMs'> {
    if (this.#sentMs === undefined) return {}
    const requestMs = this.#sentMs - this.#createdMs
    if (this.#answeredMs === undefined) return { requestMs }
    const targetMs = this.#answeredMs - this.#sentMs
    return { requestMs, targetMs, responseMs: (this.#startedMs ?? endMs) - this.#answeredMs }
  }

  #type(): AccessEntry['type'] {
    const isTls = this.#listener.protocol === 'HTTPS'
    if (this.#isUpgrade) return isTls ? 'wss' : 'ws'
    if (isGrpc(this.#ask)) return 'grpcs'
    if (this.#ask.httpVersion === '2.0') return 'h2'
    return isTls ? 'https' : 'http'
  }

  #url(): string {
    const { target, host = '' } = this.#ask
    if (/^https?:/i.test(target)) return target
    const scheme = this.#listener.protocol.toLowerCase()
    return `${scheme}://${host.replace(/:\d+$/, '')}:${this.#listener.port}${target}`
  }
}

/** The way back to a client whose answer is noted down. */
export class NotedReply implements Reply {
  readonly #reply: Reply
  readonly #note: AccessNote

  constructor(reply: Reply, note: AccessNote, log: AccessLog) {
    this.#reply = reply
    this.#note = note
    reply.onClose(() => log(note.entry()))
  }

  get isStarted(): boolean {
    return this.#reply.isStarted
  }

  get isClosed(): boolean {
    return this.#reply.isClosed
  }

  get connection(): Reply['connection'] {
    return this.#reply.connection
  }

  continue(): void {
    this.#reply.continue()
  }

  start(head: Head, options: { readonly isBodiless: boolean }): Writable {
    this.#note.started(head)
    return this.#reply.start(head, options)
  }

  trailers(headers: readonly Header[]): void {
    this.#reply.trailers(headers)
  }

  closeAfterwards(): void {
    this.#reply.closeAfterwards()
  }

  abort(): void {
    this.#reply.abort()
  }

  onClose(handler: () => void): void {
    this.#reply.onClose(handler)
  }
}

// As HTTP/1.1 writes them; HTTP/2 packs them otherwise, and AWS counts what was sent.
function bytesOf(line: string, headers: readonly Header[]): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length + 4, line.length + 4)
}

/** The members that are there. */
function known<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(members).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], undefined> }
}
