// Owns CreateTargetGroup for Network Load Balancers.
import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { deepEqual } from '../../../../base/json.ts'
import { type Declared, operation } from '../../../protocol/operation.ts'
import { targetGroupDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { duplicateName, notEmulated, validationError } from '../errors.ts'
import { arnOf, type Elb, type TargetGroupRecord } from '../state.ts'
import { TAGS } from '../tags/resources.ts'
import { showTargetGroup } from './show.ts'

/** The health check of a group, as operations declare it. */
export const HEALTH_CHECK = [
  'HealthCheckProtocol',
  'HealthCheckPort',
  'HealthCheckPath',
  'HealthCheckIntervalSeconds',
  'HealthCheckTimeoutSeconds',
  'HealthyThresholdCount',
  'UnhealthyThresholdCount',
  'Matcher.HttpCode',
] as const
const HONOURED = ['Name', 'Protocol', 'Port', 'VpcId', 'TargetType', ...HEALTH_CHECK, ...TAGS] as const

type Input = Declared<CreateTargetGroupInput, (typeof HONOURED)[number]>
type HealthCheckInput = Declared<CreateTargetGroupInput, (typeof HEALTH_CHECK)[number]>

/** The same request again gives the same group. @throws AwsError DuplicateTargetGroupName, ValidationError */
export const createTargetGroup = operation<Elb, CreateTargetGroupInput, CreateTargetGroupOutput>()({
  honours: HONOURED,
  handle: async (input, elb) => {
    const name = input.Name ?? ''
    if (name.length > 32)
      throw validationError(`Target group name '${name}' cannot be longer than '32' characters`)
    const record = draft(elb, input)
    return await elb.deps.store.transact((tx) => {
      const existing = elb.tables.targetGroups.find('name', name)
      if (existing && !isSame(existing, record)) throw duplicateName('TargetGroup', name)
      if (!existing) elb.tables.targetGroups.putIn(tx, record.arn, record)
      return { TargetGroups: [showTargetGroup(elb, existing ?? record)] }
    })
  },
})

function draft(elb: Elb, input: Input): TargetGroupRecord {
  const targetType = input.TargetType ?? 'instance'
  if (targetType !== 'ip' && targetType !== 'instance') throw notEmulated(`TargetType ${targetType}`)
  if (input.Protocol !== 'TCP') throw notEmulated(`A target group of protocol ${input.Protocol}`)
  if (!input.VpcId) throw validationError('A VPC ID must be specified')
  if (!input.Port) throw validationError('A port must be specified')
  const name = input.Name ?? ''
  const arn = arnOf(elb, `targetgroup/${name}/${elb.deps.ids.hex(16)}`)
  return {
    arn,
    name,
    attributes: targetGroupDefaults(targetType),
    tags: input.Tags ?? [],
    targets: [],
    targetGroup: {
      TargetGroupArn: arn,
      TargetGroupName: name,
      Protocol: 'TCP',
      Port: input.Port,
      VpcId: input.VpcId,
      ...healthCheckOf(input),
      TargetType: targetType,
      IpAddressType: 'ipv4',
    },
  }
}

/** The health check with the defaults of the API reference for TCP target groups. @throws AwsError ValidationError */
export function healthCheckOf(input: HealthCheckInput): Partial<TargetGroup> {
  const protocol = input.HealthCheckProtocol ?? 'TCP'
  if (protocol !== 'TCP' && protocol !== 'HTTP' && protocol !== 'HTTPS') {
    throw validationError(
      `Health check protocol '${protocol}' is not supported for target groups with the protocol 'TCP'`,
    )
  }
  const isHttp = protocol !== 'TCP'
  return {
    HealthCheckEnabled: true,
    HealthCheckProtocol: protocol,
    HealthCheckPort: input.HealthCheckPort ?? 'traffic-port',
    HealthCheckIntervalSeconds: input.HealthCheckIntervalSeconds ?? 30,
    HealthCheckTimeoutSeconds: input.HealthCheckTimeoutSeconds ?? (protocol === 'HTTP' ? 6 : 10),
    HealthyThresholdCount: input.HealthyThresholdCount ?? 5,
    UnhealthyThresholdCount: input.UnhealthyThresholdCount ?? 2,
    ...(isHttp
      ? {
          HealthCheckPath: input.HealthCheckPath ?? '/',
          Matcher: { HttpCode: input.Matcher?.HttpCode ?? '200-399' },
        }
      : {}),
  }
}

function isSame(a: TargetGroupRecord, b: TargetGroupRecord): boolean {
  return deepEqual({ ...a.targetGroup, TargetGroupArn: '' }, { ...b.targetGroup, TargetGroupArn: '' })
}
