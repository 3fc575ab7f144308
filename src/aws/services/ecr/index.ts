// Owns the surface of the ECR service: repositories as records; pushing images is refused by name.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations, ServiceDeps } from '../../protocol/service.ts'
import * as repositories from './repositories.ts'
import { EcrState } from './state.ts'

/** Builds the ECR service of one region. */
export function operationsOf(deps: ServiceDeps): Operations {
  return bindOperations(new EcrState(deps), {
    CreateRepository: repositories.createRepository,
    DescribeRepositories: repositories.describeRepositories,
    DeleteRepository: repositories.deleteRepository,
    DescribeImages: repositories.describeImages,
    PutImageTagMutability: repositories.putImageTagMutability,
    PutImageScanningConfiguration: repositories.putImageScanningConfiguration,
    SetRepositoryPolicy: repositories.setRepositoryPolicy,
    GetRepositoryPolicy: repositories.getRepositoryPolicy,
    DeleteRepositoryPolicy: repositories.deleteRepositoryPolicy,
    PutLifecyclePolicy: repositories.putLifecyclePolicy,
    GetLifecyclePolicy: repositories.getLifecyclePolicy,
    DeleteLifecyclePolicy: repositories.deleteLifecyclePolicy,
    TagResource: repositories.tagResource,
    UntagResource: repositories.untagResource,
    ListTagsForResource: repositories.listTagsForResource,
  })
}
