// Owns UntagResource.
import type { UntagResourceRequest, UntagResourceResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findTagged } from './resources.ts'

/** @throws AwsError NotFoundException */
export const untagResource = operation<Eks, UntagResourceRequest, UntagResourceResponse>()({
  honours: ['resourceArn', 'tagKeys'],
  handle: async (input, eks) => {
    const gone = new Set(input.tagKeys)
    await findTagged(eks, input.resourceArn ?? '').write((tags) =>
      Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
    )
    return {}
  },
})
