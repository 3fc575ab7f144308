// Owns TagResource.
import type { TagResourceRequest, TagResourceResponse } from '@aws-sdk/client-eks'

import type { Eks } from '../state.ts'
import { findTagged } from './resources.ts'

/** @throws AwsError NotFoundException */
export async function tagResource(input: TagResourceRequest, eks: Eks): Promise<TagResourceResponse> {
  await findTagged(eks, input.resourceArn ?? '').write((tags) => ({ ...tags, ...input.tags }))
  return {}
}
