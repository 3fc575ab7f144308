// Owns the way of errors onto the wire: the Status object and the answer that carries it.
import { StatusError } from '../../base/errors.ts'
import { objectAnswer, type Asking } from './encoding.ts'
import type { ApiResponse } from './http.ts'

// Answers that upstream makes by NewGenericServerResponse: kubectl reads their details without looking.
const alwaysDetailed: ReadonlySet<string> = new Set(['NotFound', 'MethodNotAllowed'])

/** The `Status` object of an error. */
export function statusBody(error: StatusError): object {
  const { message, reason, shownReason, code } = error
  const { continue: next, ...given } = error.details
  const details = Object.entries(given).filter(([, value]) => value !== '')
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: next === undefined ? {} : { continue: next },
    status: 'Failure',
    message,
    ...(shownReason === 'Unknown' || shownReason === '' ? {} : { reason: shownReason }),
    ...(Object.keys(given).length > 0 || alwaysDetailed.has(reason)
      ? { details: Object.fromEntries(details) }
      : {}),
    code,
  }
}

/**
 * The answer for an error: as it says itself, or 500 for what is no StatusError. It is sent in the form that the
 * request accepts, and as JSON when it accepts none.
 */
export function errorResponse(error: unknown, request?: Asking): ApiResponse {
  const status =
    error instanceof StatusError
      ? error
      : new StatusError('InternalError', `Internal error occurred: ${String(error)}`)
  const response = objectAnswer(request, status.code, statusBody(status))
  const retry = status.details.retryAfterSeconds
  if (retry === undefined) return response
  return { ...response, headers: { ...response.headers, 'retry-after': String(retry) } }
}
