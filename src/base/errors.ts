// Owns the error classes that cross layers: AWS-shaped, Kubernetes-shaped and for the person at the terminal.

/** A failure of an AWS operation, as the wire shows it. Tables of codes live beside each service. */
export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  /** HTTP status. */
  readonly status: number
  /** Further members of the modelled exception, e.g. `clusterName`. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(
    code: string,
    message: string,
    options: { status?: number; fields?: Record<string, unknown> } = {},
  ) {
    super(message)
    this.code = code
    this.status = options.status ?? 400
    this.fields = options.fields ?? {}
  }
}

/** Reasons of a Kubernetes `Status`, with the HTTP code each is sent with (apimachinery `meta/v1` StatusReason). */
export const statusCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  /** Sent without a reason: what the API server answers for errors that none of its layers has classified. */
  Unknown: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const

export type StatusReason = keyof typeof statusCodes

/** One entry of `Status.details.causes`. */
export interface StatusCause {
  readonly reason?: string
  readonly message: string
  readonly field?: string
}

export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  readonly retryAfterSeconds?: number
  /** Where a list may go on; stands in the metadata of the `Status`. */
  readonly continue?: string
}

/** A failure of a Kubernetes API call: becomes a `Status` object with `status: Failure`. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly reason: StatusReason
  readonly code: number
  readonly details: StatusDetails
  /** The reason as it is sent; a webhook may give any, or none. */
  readonly shownReason: string

  /** @param shown code and reason of a Status that somebody else made, where they are none of the table. */
  constructor(
    reason: StatusReason,
    message: string,
    details: StatusDetails = {},
    shown: { readonly code?: number; readonly reason?: string } = {},
  ) {
    super(message)
    this.reason = reason
    this.code = shown.code ?? statusCodes[reason]
    this.shownReason = shown.reason ?? reason
    this.details = details
  }
}

/** A failure that the CLI prints without a stack trace: what happened, why, and what to do next. */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** What to do next, one sentence or a command line; printed on a line of its own. */
  readonly help: string | undefined
  /** 1 failed, 2 wrong usage. */
  readonly exitCode: 1 | 2

  constructor(message: string, options: { help?: string; exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.help = options.help
    this.exitCode = options.exitCode ?? 1
  }
}

/** A broken assumption inside Neargate itself: never the user's fault, always a defect to report. */
export class InternalError extends Error {
  override readonly name = 'InternalError'
}

function hasReason(error: unknown, reason: StatusReason): boolean {
  return error instanceof StatusError && error.reason === reason
}

/** Kubernetes 404. */
export function isNotFound(error: unknown): boolean {
  return hasReason(error, 'NotFound')
}

/** Kubernetes 409 because the name is taken. */
export function isAlreadyExists(error: unknown): boolean {
  return hasReason(error, 'AlreadyExists')
}

/** Kubernetes 409 because the resourceVersion has moved on. */
export function isConflict(error: unknown): boolean {
  return hasReason(error, 'Conflict')
}

/** Kubernetes 429: a client that floods the server, or an eviction that a disruption budget doesn't allow now. */
export function isTooManyRequests(error: unknown): boolean {
  return hasReason(error, 'TooManyRequests')
}

/** Kubernetes 410: the resourceVersion asked for has been compacted. */
export function isExpired(error: unknown): boolean {
  return hasReason(error, 'Expired') || hasReason(error, 'Gone')
}

/** True for an AWS error with one of these codes, ours or an SDK client's (which carries the code in `name`). */
export function isAwsCode(error: unknown, ...codes: string[]): boolean {
  if (error instanceof AwsError) return codes.includes(error.code)
  return Error.isError(error) && codes.includes(error.name)
}

/** True for an AWS error that refuses what was asked for; false for a fault of the region's own (5xx). */
export function isRefusal(error: unknown): error is AwsError {
  return error instanceof AwsError && error.status < 500
}

/**
 * Several errors as Go's Kubernetes code writes them in one: a single one as it is, more as a list, each once.
 * Source: apimachinery pkg/util/errors, aggregate.Error.
 */
export function aggregateText(messages: Iterable<string>): string {
  const all = [...new Set(messages)]
  return all.length === 1 ? all.join('') : `[${all.join(', ')}]`
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error)
}
