// Owns what an access log of an Application Load Balancer tells of one request.

/** What was not reached is absent. */
export interface AccessEntry {
  readonly type: 'http' | 'https' | 'h2' | 'grpcs' | 'ws' | 'wss'
  /** When the answer had been sent. */
  readonly endMs: number
  readonly createdMs: number
  readonly clientIp: string
  readonly clientPort: number
  /** `IP:PORT` of the target, and how it answered. */
  readonly target?: string
  readonly targetStatus?: number
  /** Until the request was sent on, until its answer began, until that was sent to the client. */
  readonly requestMs?: number
  readonly targetMs?: number
  readonly responseMs?: number
  /** What the client got; 460 when it left before, 400 when it left within its own body. */
  readonly status: number
  readonly receivedBytes: number
  readonly sentBytes: number
  /** Of them, what was no head. */
  readonly receivedBodyBytes: number
  readonly sentBodyBytes: number
  readonly method: string
  /** With scheme, host and port. */
  readonly url: string
  readonly httpVersion: string
  readonly userAgent?: string
  readonly tls?: { readonly version: string; readonly cipher: string; readonly serverName?: string }
  readonly targetGroupArn?: string
  readonly traceId?: string
  readonly certificateArn?: string
  /** 0 for the default rule; absent where none was asked. */
  readonly rulePriority?: number
  readonly actions: readonly string[]
  readonly redirectUrl?: string
  /** Of what does not keep to RFC 7230 in every point, and why. */
  readonly classification?: string
  readonly classificationReason?: string
  readonly connectionId: string
}
