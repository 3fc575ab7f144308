// Owns which region a request is for, where several answer at one address.
import { headerOf, pathOf, type AwsRequest } from './message.ts'
import { readClaim } from './sigv4.ts'

/** Names the region of a request without a signature; the client within a region sends it. */
export const REGION_HEADER = 'x-neargate-region'

// General Reference, "AWS service endpoints": SERVICE.REGION.amazonaws.com, and SERVICE.REGION.api.aws.
const AWS_NAME = /^(?:[a-z0-9.-]+\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.(?:amazonaws\.com|api\.aws)(?::\d+)?$/

// What is sent to the handle of a wait condition carries no signature of this kind: the path names the region.
const HANDLE_PATH = /^\/cloudformation-waitcondition-([a-z0-9-]+)\//

/** The region that a request is signed for, or names otherwise; undefined when it says nothing of one. */
export function regionOf(request: AwsRequest): string | undefined {
  try {
    const claim = readClaim(request)
    if (claim) return claim.scope.region
  } catch {
    // Whoever answers says what is wrong with the signature.
    return undefined
  }
  const handle = HANDLE_PATH.exec(pathOf(request))?.[1]
  return handle ?? headerOf(request, REGION_HEADER) ?? AWS_NAME.exec(headerOf(request, 'host') ?? '')?.[1]
}
