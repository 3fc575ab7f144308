// Owns UntagResource.
import type { UntagResourceRequest, UntagResourceResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findTagged } from './resources.ts'

/** @throws AwsError NotFoundException */
export async function untagResource(input: UntagResourceRequest, eks: Eks): Promise<UntagResourceResponse> {
  const gone = new Set(input.tagKeys)
  await findTagged(eks, input.resourceArn ?? '').write((tags) =>
    Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
  )
  return {}
}
