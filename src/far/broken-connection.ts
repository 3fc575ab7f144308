// Owns how a connection to AWS, or to a cluster there, that was lost is told.
import { messageOf, StatusError, UserError } from '../base/errors.ts'
import { isObject } from '../base/json.ts'

// Node's codes of connections and of names that are not found (errno, dns), and the names of the SDK's time-outs.
const LOST =
  /^(ECONNRESET|ECONNREFUSED|ECONNABORTED|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN|TimeoutError)$/
const AGAIN = 'run the same command again: it goes on from here.'
const WAY_IN = `Is this machine in the VPC, or among vpc.publicAccessCIDRs? From where it is reached, ${AGAIN}`

/**
 * The failure as a person wants to hear it; what is none of these stays as it is.
 * @param besides what else can be done about a cluster that is out of reach
 */
export function explainLost(error: unknown, besides = ''): unknown {
  if (error instanceof StatusError && error.reason === 'ServiceUnavailable') {
    return new UserError(error.message, { help: `${WAY_IN}${besides}`, cause: error })
  }
  if (!isLost(error)) return error
  return new UserError(`the connection to AWS was lost: ${messageOf(error)}`, {
    help: `AWS goes on with what was begun. Once the network is back, ${AGAIN}`,
    cause: error,
  })
}

function isLost(error: unknown): boolean {
  if (!Error.isError(error) || error instanceof UserError) return false
  const code = isObject(error) ? error['code'] : undefined
  return LOST.test(typeof code === 'string' ? code : error.name)
}
