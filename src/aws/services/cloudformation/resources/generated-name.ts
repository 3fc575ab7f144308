// Owns the names of resources that the template gives none.
import { createHash } from 'node:crypto'

import type { ResourceContext } from './resource-type.ts'

const ALPHANUMERICS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/**
 * `STACK-LOGICALID-` and 12 letters and digits, as CloudFormation names what has no name of its own ("Name type" in
 * its template reference). Too long for the service, the stack's name gives way first, then the logical id.
 * The end follows from the token, so that a repeated attempt finds the same name.
 */
export function generatedName(
  context: Pick<ResourceContext, 'token' | 'stackName' | 'logicalId'>,
  maxLength = 64,
): string {
  const digest = createHash('sha256').update(context.token).digest()
  const random = [...digest.subarray(0, 12)]
    .map((byte) => ALPHANUMERICS[byte % ALPHANUMERICS.length])
    .join('')
  const room = maxLength - random.length - 2
  const logicalId = context.logicalId.slice(0, room - 1)
  return `${context.stackName.slice(0, room - logicalId.length)}-${logicalId}-${random}`
}
