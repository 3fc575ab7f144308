// Owns the surface of Systems Manager: Parameter Store, with the public parameters of AWS's images.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations, ServiceDeps } from '../../protocol/service.ts'
import * as read from './get-parameters.ts'
import * as parameters from './parameters.ts'
import * as write from './put-parameter.ts'
import { SsmState } from './state.ts'
import * as tags from './tags.ts'

/** Builds Parameter Store. */
export function operationsOf(deps: ServiceDeps): Operations {
  return bindOperations(new SsmState(deps), {
    AddTagsToResource: tags.addTagsToResource,
    DeleteParameter: parameters.deleteParameter,
    DeleteParameters: parameters.deleteParameters,
    DescribeParameters: parameters.describeParameters,
    GetParameter: read.getParameter,
    GetParameterHistory: read.getParameterHistory,
    GetParameters: read.getParameters,
    GetParametersByPath: read.getParametersByPath,
    LabelParameterVersion: write.labelParameterVersion,
    ListTagsForResource: tags.listTagsForResource,
    PutParameter: write.putParameter,
    RemoveTagsFromResource: tags.removeTagsFromResource,
  })
}
