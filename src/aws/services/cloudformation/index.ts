// Owns the surface of the CloudFormation service: its operations and its reconciler.
import type { Controller } from '../../../reconcile/controller.ts'
import { bindOperations } from '../../protocol/operation.ts'
import type { AwsRequest, AwsResponse } from '../../protocol/message.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { createChangeSet } from './change-sets/create-change-set.ts'
import { deleteChangeSet } from './change-sets/delete-change-set.ts'
import { describeChangeSet } from './change-sets/describe-change-set.ts'
import { executeChangeSet } from './change-sets/execute-change-set.ts'
import {
  describeStackResourceDrifts,
  detectStackResourceDrift,
} from './drift/describe-stack-resource-drifts.ts'
import { describeStackDriftDetectionStatus, detectStackDrift } from './drift/detect-stack-drift.ts'
import { eventClock } from './engine/events.ts'
import { stackController } from './engine/reconcile.ts'
import { handlePrefix } from './engine/signals.ts'
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
import { receiveSignal, signalHandle, signalResource } from './stacks/signal-resource.ts'
import { getStackPolicy, setStackPolicy } from './stacks/stack-policies.ts'
import { updateStack } from './stacks/update-stack.ts'
import { updateTerminationProtection } from './stacks/update-termination-protection.ts'
import { validateTemplate } from './stacks/validate-template.ts'
import { type CloudFormation, createTables, type Tables } from './state.ts'
import type { Signal } from './template/signals.ts'

export interface CloudFormationService {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
  readonly tables: Tables
  /** Where handles of wait conditions are sent signals. */
  readonly handles: {
    /** Of the paths of their URLs, which carry no signature of AWS. */
    readonly prefix: string
    receive(request: AwsRequest): Promise<AwsResponse>
    /** The same for what is in this process; false where the URL is none of a handle. */
    signal(url: string, signal: Signal): Promise<boolean>
  }
}

const DEFAULT_ENDPOINT = 'http://127.0.0.1:4566'

/**
 * Builds the CloudFormation service of one region.
 * @param endpoint base URL of the AWS endpoint
 */
export function createCloudFormation(deps: ServiceDeps, endpoint = DEFAULT_ENDPOINT): CloudFormationService {
  const tables = createTables(deps.store)
  const nextEvent = eventClock(deps.clock, tables)
  const cloudformation: CloudFormation = { deps, tables, nextEvent, endpoint }
  return {
    service: serviceOf(cloudformation),
    controllers: [stackController(cloudformation)],
    tables,
    handles: {
      prefix: handlePrefix(deps.region),
      receive: (request) => receiveSignal(cloudformation, request),
      signal: (url, signal) => signalHandle(cloudformation, url, signal),
    },
  }
}

function serviceOf(cloudformation: CloudFormation): AwsService {
  return defineService(
    'cloudformation',
    bindOperations(cloudformation, {
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
    }),
  )
}
