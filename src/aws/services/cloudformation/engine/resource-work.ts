// Owns what work on one resource is done with: the calls of its type, and the words in which failures are told.
import { AwsError, InternalError, isAwsCode, messageOf } from '../../../../base/errors.ts'
import type { Principal } from '../../../protocol/service.ts'
import { findResourceType } from '../resources/index.ts'
import { PROPERTY_VALIDATION } from '../resources/plan-change.ts'
import type { ResourceContext, ResourceType } from '../resources/resource-type.ts'
import type { CloudFormation, ResourceRecord, StackRecord } from '../state.ts'
import { handleAt, handleUrl, signalsTo } from './signals.ts'

export type Progress = 'done' | 'pending' | 'failed'

export interface Work {
  readonly cloudformation: CloudFormation
  readonly stack: StackRecord
}

/** The type of a resource of a stack: only emulated ones get into stacks. */
export function typeOf(record: Pick<ResourceRecord, 'type'>): ResourceType {
  const type = findResourceType(record.type)
  if (!type) {
    throw new InternalError(`a stack holds a resource of type ${record.type}, which was never accepted`)
  }
  return type
}

// Which call a service's refusal answered; CloudFormation names the service in its reasons.
const origins = new WeakMap<AwsError, { readonly service: string; readonly requestId: string }>()

/** What the operations of a resource's type are called with. */
export function contextOf({ cloudformation, stack }: Work, record: ResourceRecord): ResourceContext {
  const { region, accountId, caller, ids, clock, pace } = cloudformation.deps
  return {
    stackId: stack.id,
    stackName: stack.name,
    logicalId: record.logicalId,
    region,
    accountId,
    token: record.token,
    begunAtMs: record.begunAtMs,
    capabilities: stack.capabilities,
    updatePolicy: record.updatePolicy ?? {},
    nowMs: clock.now(),
    pace,
    signalsSince: (sinceMs) =>
      signalsTo(cloudformation, { stackId: stack.id, logicalId: record.logicalId }, sinceMs),
    signalsTo: (url) => {
      const handle = handleAt(cloudformation, url)
      if (!handle) return undefined
      const { logicalId, begunAtMs } = handle.record
      return signalsTo(cloudformation, { stackId: handle.stack.id, logicalId }, begunAtMs)
    },
    handleUrl: () => handleUrl(cloudformation, stack, record),
    replacedIds: (record.replaced ?? []).map(({ physicalId }) => physicalId),
    ownTags: [
      { Key: 'aws:cloudformation:stack-name', Value: stack.name },
      { Key: 'aws:cloudformation:logical-id', Value: record.logicalId },
      { Key: 'aws:cloudformation:stack-id', Value: stack.id },
    ],
    call: async (service, operation, input) => {
      const requestId = ids.uuid()
      try {
        return await caller.call(service, operation, input, {
          principal: principalOf(stack, accountId),
          requestId,
          calledVia: 'cloudformation.amazonaws.com',
          resource: { stack: stack.name, logicalId: record.logicalId },
        })
      } catch (error) {
        if (error instanceof AwsError) origins.set(error, { service, requestId })
        throw error
      }
    },
  }
}

// A stack's own role has the say where it has one; whoever made or changed the stack otherwise.
function principalOf({ roleArn, principal }: StackRecord, accountId: string): Principal {
  if (roleArn === undefined) return principal
  const arn = `arn:aws:sts::${accountId}:assumed-role/${roleArn.split('/').at(-1)}/AWSCloudFormation`
  return { accountId, arn, userId: arn, accessKeyId: '', session: { roleArn, issuedAtMs: 0 } }
}

// As the SDK for Java calls its clients, which the resource handlers use.
const SDK_NAMES: Readonly<Record<string, string>> = {
  autoscaling: 'AutoScaling',
  ec2: 'Ec2',
  cloudformation: 'CloudFormation',
  eks: 'Eks',
  iam: 'Iam',
  logs: 'CloudWatchLogs',
  ssm: 'Ssm',
  kms: 'Kms',
  ecr: 'Ecr',
  s3: 'S3',
  elbv2: 'ElasticLoadBalancingV2',
}

/**
 * Why a resource has failed, as CloudFormation writes it: `Resource handler returned message: "… (Service: Eks, Status
 * Code: 409, Request ID: …)" (RequestToken: …, HandlerErrorCode: AlreadyExists)` (aws/aws-cdk#26931).
 */
export function reasonOf(error: AwsError, record: Pick<ResourceRecord, 'token'>): string {
  if (error.code === PROPERTY_VALIDATION) return messageOf(error)
  const origin = origins.get(error)
  const from = origin
    ? ` (Service: ${SDK_NAMES[origin.service]}, Status Code: ${error.status}, Request ID: ${origin.requestId})`
    : ''
  return `Resource handler returned message: "${messageOf(error)}${from}" (RequestToken: ${record.token}, HandlerErrorCode: ${handlerCode(error)})`
}

// The names are CloudFormation's HandlerErrorCode; which refusal gets which is its handlers' choice, seen for EKS.
function handlerCode(error: AwsError): string {
  if (error.code === 'NotStabilized' || error.code === 'InvalidRequest') return error.code
  if (/exist/i.test(error.message) && error.status === 409) return 'AlreadyExists'
  if (/AlreadyExists|Duplicate/.test(error.code)) return 'AlreadyExists'
  if (error.status === 404 || /NotFound|NoSuchEntity/.test(error.code)) return 'NotFound'
  if (error.status === 403) return 'AccessDenied'
  if (error.status === 409) return 'ResourceConflict'
  if (/LimitExceeded/.test(error.code)) return 'ServiceLimitExceeded'
  return error.status === 400 ? 'InvalidRequest' : 'GeneralServiceException'
}

// Blocks of a VPC are held by those of its subnets, which eksctl's template removes at the same time.
const HOLDING = [
  'DependencyViolation',
  'DeleteConflict',
  'DeleteConflictException',
  'InvalidCidrBlock.InUse',
] as const

/**
 * True for a refusal to delete that passes by itself: what holds on to the resource is on its way, or another change
 * has to end first. EKS says of a cluster with node groups or profiles that they are attached: nothing is under way.
 */
export function isPassing(error: unknown): boolean {
  if (isAwsCode(error, ...HOLDING)) return true
  if (!isAwsCode(error, 'ResourceInUse', 'ResourceInUseException')) return false
  return /in progress|currently|status/i.test(messageOf(error))
}
