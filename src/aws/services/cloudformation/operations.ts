// Owns the table of the operations of CloudFormation.
import { bindOperations } from '../../protocol/operation.ts'
import type { Operations } from '../../protocol/service.ts'
import { createChangeSet } from './change-sets/create-change-set.ts'
import { deleteChangeSet } from './change-sets/delete-change-set.ts'
import { describeChangeSet } from './change-sets/describe-change-set.ts'
import { executeChangeSet } from './change-sets/execute-change-set.ts'
import {
  describeStackResourceDrifts,
  detectStackResourceDrift,
} from './drift/describe-stack-resource-drifts.ts'
import { describeStackDriftDetectionStatus, detectStackDrift } from './drift/detect-stack-drift.ts'
import { listChangeSets } from './change-sets/list-change-sets.ts'
import { cancelUpdateStack, continueUpdateRollback } from './stacks/cancel-update-stack.ts'
import { getTemplateSummary } from './stacks/get-template-summary.ts'
import { createStack } from './stacks/create-stack.ts'
import { deleteStack } from './stacks/delete-stack.ts'
import { describeStackEvents } from './stacks/describe-stack-events.ts'
import { describeStacks } from './stacks/describe-stacks.ts'
import { getTemplate } from './stacks/get-template.ts'
import { listExports } from './stacks/list-exports.ts'
import { listImports } from './stacks/list-imports.ts'
import { listStacks } from './stacks/list-stacks.ts'
import { describeStackResource, describeStackResources, listStackResources } from './stacks/resources.ts'
import { signalResource } from './stacks/signal-resource.ts'
import { getStackPolicy, setStackPolicy } from './stacks/stack-policies.ts'
import { updateStack } from './stacks/update-stack.ts'
import { updateTerminationProtection } from './stacks/update-termination-protection.ts'
import { validateTemplate } from './stacks/validate-template.ts'
import type { CloudFormation } from './state.ts'

/** By published name. */
export function operationsOf(cloudformation: CloudFormation): Operations {
  return bindOperations(cloudformation, {
    CreateStack: createStack,
    UpdateStack: updateStack,
    DeleteStack: deleteStack,
    DescribeStacks: describeStacks,
    ListStacks: listStacks,
    DescribeStackEvents: describeStackEvents,
    DescribeStackResources: describeStackResources,
    DescribeStackResource: describeStackResource,
    ListStackResources: listStackResources,
    GetTemplate: getTemplate,
    ValidateTemplate: validateTemplate,
    UpdateTerminationProtection: updateTerminationProtection,
    SetStackPolicy: setStackPolicy,
    GetStackPolicy: getStackPolicy,
    SignalResource: signalResource,
    ListExports: listExports,
    ListImports: listImports,
    GetTemplateSummary: getTemplateSummary,
    CancelUpdateStack: cancelUpdateStack,
    ContinueUpdateRollback: continueUpdateRollback,
    CreateChangeSet: createChangeSet,
    ListChangeSets: listChangeSets,
    DescribeChangeSet: describeChangeSet,
    ExecuteChangeSet: executeChangeSet,
    DeleteChangeSet: deleteChangeSet,
    DetectStackDrift: detectStackDrift,
    DetectStackResourceDrift: detectStackResourceDrift,
    DescribeStackDriftDetectionStatus: describeStackDriftDetectionStatus,
    DescribeStackResourceDrifts: describeStackResourceDrifts,
  })
}
