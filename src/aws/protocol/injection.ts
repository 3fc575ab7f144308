// Owns the contract of whoever disturbs calls on purpose, so that programs can be tried against an AWS that fails.
import type { AwsService, RequestContext } from './service.ts'

/** Who makes a call: a client over the wire, CloudFormation for a stack, or a part of the region itself. */
export type CallOrigin = 'client' | 'stack' | 'region'

/** A call that is about to be carried out. */
export interface ArrivedCall {
  readonly origin: CallOrigin
  readonly service: AwsService
  readonly operation: string
  readonly context: RequestContext
}

export interface Injection {
  /**
   * Told of each call before anything of it is judged; waits, refuses it, or says what is to become of it.
   * @throws AwsError what the client is answered instead, HangUp when it gets no answer
   */
  strike(call: ArrivedCall): Promise<Strike>
}

/** What becomes of a call that is carried out all the same. */
export interface Strike {
  /** How much longer than otherwise what the call begins takes. */
  readonly settlesAfterMs: number
  /** True when the client does not hear of it. */
  readonly losesAnswer: boolean
}

/** The connection breaks: the client cannot know whether its call was carried out. */
export class HangUp extends Error {
  override readonly name = 'HangUp'

  constructor() {
    super('the connection was cut by a fault')
  }
}
