// Owns the contract of a way to one target: a request in, the head of an answer out, then its body.
import type { Duplex, Readable } from 'node:stream'

import type { Head } from './ask.ts'
import type { Header } from './headers.ts'

/** A request on its way to a target. */
export interface Outgoing {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: readonly Header[]
  readonly body: Readable
  readonly hasBody: boolean
  trailers(): readonly Header[]
  /** The target wants the body that the client holds back. */
  onContinue(): void
  /** Ends the request, however far it has come. */
  readonly signal: AbortSignal
}

/** What a target has answered. */
export interface Answer extends Head {
  readonly body: Readable
  /** True when nothing comes behind the head. */
  readonly isBodiless: boolean
  /** Complete once the body has ended. */
  trailers(): readonly Header[]
}

/** A target that was asked for another protocol and agreed. */
export interface Upgraded extends Head {
  readonly stream: Duplex
  /** What came right behind the head. */
  readonly first: Buffer
}

/** The way to one target. Rejections are errors of the connection: DialError, or what HTTP makes of it. */
export interface TargetClient {
  send(request: Outgoing): Promise<Answer>
  /** Ends all its connections, those in use too. */
  close(): void
}
