// Owns CreateTargetGroup for Network Load Balancers.
import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  TargetGroup,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { deepEqual } from '../../../../base/json.ts'
import { targetGroupDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { duplicateName, notEmulated, validationError } from '../errors.ts'
import { arnOf, type Elb, type TargetGroupRecord } from '../state.ts'
import { showTargetGroup } from './show.ts'

/** The same request again gives the same group. @throws AwsError DuplicateTargetGroupName, ValidationError */
export async function createTargetGroup(
  input: CreateTargetGroupInput,
  elb: Elb,
): Promise<CreateTargetGroupOutput> {
  const name = input.Name ?? ''
  if (name.length > 32)
    throw validationError(`Target group name '${name}' cannot be longer than '32' characters`)
  const record = draft(elb, input)
  const existing = elb.tables.targetGroups.list().find((other) => other.name === name)
  if (existing) {
    if (!isSame(existing, record)) throw duplicateName('TargetGroup', name)
    return { TargetGroups: [showTargetGroup(elb, existing)] }
  }
  await elb.tables.targetGroups.put(record.arn, record)
  return { TargetGroups: [showTargetGroup(elb, record)] }
}

function draft(elb: Elb, input: CreateTargetGroupInput): TargetGroupRecord {
  const targetType = input.TargetType ?? 'instance'
  if (targetType !== 'ip' && targetType !== 'instance') throw notEmulated(`TargetType ${targetType}`)
  if (input.Protocol !== 'TCP') throw notEmulated(`A target group of protocol ${input.Protocol}`)
  if (!input.VpcId) throw validationError('A VPC ID must be specified')
  if (!input.Port) throw validationError('A port must be specified')
  if (input.IpAddressType && input.IpAddressType !== 'ipv4')
    throw notEmulated(`IpAddressType ${input.IpAddressType}`)
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
export function healthCheckOf(input: Partial<CreateTargetGroupInput>): Partial<TargetGroup> {
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
