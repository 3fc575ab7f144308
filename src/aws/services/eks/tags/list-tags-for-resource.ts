// Owns ListTagsForResource.
import type { ListTagsForResourceRequest, ListTagsForResourceResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findTagged } from './resources.ts'

/** @throws AwsError NotFoundException */
export function listTagsForResource(
  input: ListTagsForResourceRequest,
  eks: Eks,
): ListTagsForResourceResponse {
  return { tags: findTagged(eks, input.resourceArn ?? '').read() }
}
