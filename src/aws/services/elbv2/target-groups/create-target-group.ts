// Owns CreateTargetGroup: of protocol HTTP and HTTPS for Application Load Balancers, of TCP, TLS, UDP and TCP_UDP
// for network ones.
import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
} from '@aws-sdk/client-elastic-load-balancing-v2'

import { deepEqual } from '../../../../base/json.ts'
import { type Declared, operation } from '../../../protocol/operation.ts'
import { applicationGroupDefaults } from '../../../../rules/load-balancer/application-attributes.ts'
import { targetGroupDefaults } from '../../../../rules/load-balancer/attributes.ts'
import { duplicateName, notEmulated, validationError } from '../errors.ts'
import { arnOf, type Elb, type TargetGroupRecord } from '../state.ts'
import { TAGS } from '../tags/resources.ts'
import { hasVpc } from '../vpc.ts'
import { HEALTH_CHECK, healthCheckOf, isHttp } from './health-checks.ts'
import { showTargetGroup } from './show.ts'

const HONOURED = [
  'Name',
  'Protocol',
  'ProtocolVersion',
  'Port',
  'VpcId',
  'TargetType',
  'IpAddressType',
  ...HEALTH_CHECK,
  ...TAGS,
] as const

type Input = Declared<CreateTargetGroupInput, (typeof HONOURED)[number]>

/** The same request again gives the same group. @throws AwsError DuplicateTargetGroupName, ValidationError */
export const createTargetGroup = operation<Elb, CreateTargetGroupInput, CreateTargetGroupOutput>()({
  honours: HONOURED,
  handle: async (input, elb) => {
    const name = input.Name ?? ''
    checkName(name)
    const record = draft(elb, input)
    const { VpcId = '' } = record.targetGroup
    if (!(await hasVpc(elb, VpcId))) throw validationError(`The VPC ID '${VpcId}' is not found`)
    return await elb.deps.store.transact((tx) => {
      const existing = elb.tables.targetGroups.find('name', name)
      if (existing && !isSame(existing, record)) throw duplicateName('TargetGroup', name)
      if (!existing) elb.tables.targetGroups.putIn(tx, record.arn, record)
      return { TargetGroups: [showTargetGroup(elb, existing ?? record)] }
    })
  },
})

// The last is the pattern of the ARN, which API reference and pattern of the name don't tell of.
const IN_ARN = '(?!.*--)(?!^-)(?!.*-$)^[A-Za-z0-9-]+$'

function checkName(name: string): void {
  const named = `Target group name '${name}'`
  if (name.length > 32) throw validationError(`${named} cannot be longer than '32' characters`)
  if (!/^[A-Za-z0-9-]+$/.test(name)) {
    throw validationError(
      `${named} can only contain characters that are alphanumeric characters or hyphens(-)`,
    )
  }
  if (new RegExp(IN_ARN).test(name)) return
  throw validationError(
    `1 validation error detected: Value '${name}' at 'targetGroup.targetGroupArn.targetGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${IN_ARN}`,
  )
}

/** By Network Load Balancers. */
const CARRIED: readonly string[] = ['TCP', 'TLS', 'UDP', 'TCP_UDP']

function draft(elb: Elb, input: Input): TargetGroupRecord {
  const targetType = input.TargetType ?? 'instance'
  if (targetType === 'lambda') throw notEmulated(`TargetType ${targetType}`)
  const { Protocol, Port, VpcId } = input
  if (!Protocol) throw validationError('A protocol must be specified')
  if (!Port) throw validationError('A port must be specified')
  if (!VpcId) throw validationError('A VPC ID must be specified')
  const { IpAddressType = 'ipv4' } = input
  if (IpAddressType === 'ipv6' && targetType !== 'ip') {
    // Instances would need a primary IPv6 address, which is not emulated.
    throw notEmulated(`IpAddressType ipv6 of a target group of type ${targetType}`)
  }
  if (!CARRIED.includes(Protocol) && !isHttp(Protocol)) {
    throw notEmulated(`A target group of protocol ${Protocol}`)
  }
  if (targetType === 'alb' && Protocol !== 'TCP') {
    throw validationError(`Target groups with the target type 'alb' must have the protocol 'TCP'`)
  }
  const name = input.Name ?? ''
  const arn = arnOf(elb, `targetgroup/${name}/${elb.deps.ids.hex(16)}`)
  const ProtocolVersion = versionOf(Protocol, input.ProtocolVersion)
  const kind = { Protocol, TargetType: targetType, ...(ProtocolVersion ? { ProtocolVersion } : {}) }
  return {
    arn,
    name,
    attributes: ProtocolVersion
      ? applicationGroupDefaults(ProtocolVersion)
      : targetGroupDefaults(targetType, Protocol),
    tags: input.Tags ?? [],
    targets: [],
    targetGroup: {
      TargetGroupArn: arn,
      TargetGroupName: name,
      ...kind,
      Port,
      VpcId,
      ...healthCheckOf(kind, input),
      IpAddressType,
    },
  }
}

const VERSIONS = ['HTTP1', 'HTTP2', 'GRPC']

// Only groups of Application Load Balancers have a version.
function versionOf(protocol: string, given: string | undefined): string | undefined {
  if (!isHttp(protocol)) {
    if (given === undefined) return undefined
    throw validationError(
      `Protocol version '${given}' is not supported for target groups with the protocol '${protocol}'`,
    )
  }
  if (given === undefined || VERSIONS.includes(given)) return given ?? 'HTTP1'
  throw validationError(`Protocol version '${given}' must be one of '${VERSIONS.join(', ')}'`)
}

function isSame(a: TargetGroupRecord, b: TargetGroupRecord): boolean {
  return deepEqual({ ...a.targetGroup, TargetGroupArn: '' }, { ...b.targetGroup, TargetGroupArn: '' })
}
