// Owns TagResource.
import type { TagResourceRequest, TagResourceResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findTagged } from './resources.ts'

/** @throws AwsError NotFoundException */
export const tagResource = operation<Eks, TagResourceRequest, TagResourceResponse>()({
  honours: ['resourceArn', 'tags'],
  handle: async (input, eks) => {
    await findTagged(eks, input.resourceArn ?? '').write((tags) => ({ ...tags, ...input.tags }))
    return {}
  },
})
