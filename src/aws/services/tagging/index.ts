// Owns the surface of the Resource Groups Tagging API.
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import * as tagging from './tagging.ts'

/** Builds the service of one region; it keeps nothing of its own. */
export function createTagging(deps: ServiceDeps): AwsService {
  return defineService(
    'resourcegroupstaggingapi',
    bindOperations(deps, {
      GetResources: tagging.getResources,
      GetTagKeys: tagging.getTagKeys,
      GetTagValues: tagging.getTagValues,
      TagResources: tagging.tagResources,
      UntagResources: tagging.untagResources,
    }),
  )
}
