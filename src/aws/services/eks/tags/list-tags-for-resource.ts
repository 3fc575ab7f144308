// Owns ListTagsForResource.
import type { ListTagsForResourceRequest, ListTagsForResourceResponse } from '@aws-sdk/client-eks'

import { operation } from '../../../protocol/operation.ts'
import type { Eks } from '../state.ts'
import { findTagged } from './resources.ts'

/** @throws AwsError NotFoundException */
export const listTagsForResource = operation<Eks, ListTagsForResourceRequest, ListTagsForResourceResponse>()({
  honours: ['resourceArn'],
  handle: (input, eks) => {
    return { tags: findTagged(eks, input.resourceArn ?? '').read() }
  },
})
