// Owns the surface of the Resource Groups Tagging API.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations, ServiceDeps } from '../../protocol/service.ts'
import * as tagging from './tagging.ts'

/** Builds the service of one region; it keeps nothing of its own. */
export function operationsOf(deps: ServiceDeps): Operations {
  return bindOperations(deps, {
    GetResources: tagging.getResources,
    GetTagKeys: tagging.getTagKeys,
    GetTagValues: tagging.getTagValues,
    TagResources: tagging.tagResources,
    UntagResources: tagging.untagResources,
  })
}
