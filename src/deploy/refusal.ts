// Owns how a refusal of AWS or Kubernetes is told: in their words, with what was being done and what to do next.
import { StatusError, UserError } from '../base/errors.ts'

/**
 * The failure as a person wants to hear it. What is told already, and what is no refusal (a connection that broke, a
 * defect of ours), stays as it is.
 * @param doing the step, e.g. `Fargate profile web`
 */
export function explainRefusal(error: unknown, doing: string): unknown {
  if (error instanceof UserError) return error
  if (error instanceof StatusError) return ofKubernetes(error, doing)
  const unreadable = isUnreadable(error) ? error : undefined
  if (unreadable) return ofNobody(unreadable, doing)
  return isServiceFailure(error) ? ofAws(error, doing) : error
}

/** What every exception of an SDK client carries (@smithy/smithy-client ServiceException). */
interface ServiceFailure extends Error {
  readonly $fault: 'client' | 'server'
}

function isServiceFailure(error: unknown): error is ServiceFailure {
  return Error.isError(error) && '$fault' in error && '$metadata' in error
}

/** An answer that is none of the service's, as clients of the SDK throw it: of a proxy, or of an emulator that broke. */
interface UnreadableAnswer extends Error {
  readonly $response: { readonly statusCode?: number }
}

function isUnreadable(error: unknown): error is UnreadableAnswer {
  return Error.isError(error) && !isServiceFailure(error) && '$response' in error
}

function ofNobody(error: UnreadableAnswer, doing: string): UserError {
  const [first = ''] = error.message.split('\n')
  const status = error.$response.statusCode
  return new UserError(
    `${doing}: the answer${status === undefined ? '' : ` (HTTP ${status})`} is none of AWS's: ${first}`,
    { help: `Look at what stands between, a proxy say, or at the endpoint, then ${RERUN}`, cause: error },
  )
}

const RERUN = 'run the same command again: it goes on from here.'
const NO_RIGHTS = 'The credentials do not permit this. Ask whoever manages the account, then '
const SIGN_IN = 'Sign in again, or correct the keys, then '
const SLOW_DOWN = 'AWS was asked too often. Wait a moment, then '
const QUOTA = 'Raise the quota, or remove something that counts against it, then '

// Codes by what a person can do about them: the "Common errors" of the service references, and EC2's list of codes.
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^(AccessDenied|UnauthorizedOperation)/, NO_RIGHTS],
  [
    /^(ExpiredToken|RequestExpired|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|AuthFailure)/,
    SIGN_IN,
  ],
  [/^(Throttl|RequestLimitExceeded|TooManyRequests)/, SLOW_DOWN],
  [/LimitExceeded|^TooMany/, QUOTA],
]

function ofAws(error: ServiceFailure, doing: string): UserError {
  const isOurs = error.$fault === 'client'
  const advice = ADVICE.find(([code]) => code.test(error.name))?.[1]
  const otherwise = isOurs ? 'Correct the files, then ' : ''
  return new UserError(`${doing}: AWS ${isOurs ? 'refused' : 'failed'}: ${error.message} (${error.name})`, {
    help: sentence(`${advice ?? otherwise}${RERUN}`),
    cause: error,
  })
}

function ofKubernetes(error: StatusError, doing: string): unknown {
  // The region may have ended: whoever knows it says so.
  if (error.reason === 'ServiceUnavailable') return error
  const advice = error.reason === 'Forbidden' ? NO_RIGHTS : error.code < 500 ? 'Correct the files, then ' : ''
  return new UserError(`${doing}: Kubernetes refused: ${error.message} (${error.reason})`, {
    help: sentence(`${advice}${RERUN}`),
    cause: error,
  })
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
