// Owns the errors of EC2: codes as published ("Error codes for the Amazon EC2 API"), texts as the service sends them.
import { AwsError } from '../../../base/errors.ts'

export interface ResourceKind {
  /** Prefix of its ids: `vpc`, `subnet`, …. */
  readonly prefix: string
  /** Code when there is none with an id. */
  readonly code: string
  /** How the message names it. */
  readonly noun: string
}

/** The codes are not regular: InvalidVpcID but InvalidGroup, InvalidRouteTableID but NatGatewayNotFound. */
export const KINDS = {
  vpc: { prefix: 'vpc', code: 'InvalidVpcID.NotFound', noun: 'vpc' },
  subnet: { prefix: 'subnet', code: 'InvalidSubnetID.NotFound', noun: 'subnet' },
  'route-table': { prefix: 'rtb', code: 'InvalidRouteTableID.NotFound', noun: 'routeTable' },
  'internet-gateway': { prefix: 'igw', code: 'InvalidInternetGatewayID.NotFound', noun: 'internetGateway' },
  'egress-only-internet-gateway': { prefix: 'eigw', code: 'InvalidGatewayID.NotFound', noun: 'eigw' },
  natgateway: { prefix: 'nat', code: 'NatGatewayNotFound', noun: 'NatGateway' },
  'elastic-ip': { prefix: 'eipalloc', code: 'InvalidAllocationID.NotFound', noun: 'allocation' },
  'security-group': { prefix: 'sg', code: 'InvalidGroup.NotFound', noun: 'security group' },
  'security-group-rule': {
    prefix: 'sgr',
    code: 'InvalidSecurityGroupRuleId.NotFound',
    noun: 'security group rule',
  },
  'network-interface': {
    prefix: 'eni',
    code: 'InvalidNetworkInterfaceID.NotFound',
    noun: 'networkInterface',
  },
  instance: { prefix: 'i', code: 'InvalidInstanceID.NotFound', noun: 'instance' },
  volume: { prefix: 'vol', code: 'InvalidVolume.NotFound', noun: 'volume' },
  snapshot: { prefix: 'snap', code: 'InvalidSnapshot.NotFound', noun: 'snapshot' },
  image: { prefix: 'ami', code: 'InvalidAMIID.NotFound', noun: 'image' },
  'launch-template': { prefix: 'lt', code: 'InvalidLaunchTemplateId.NotFound', noun: 'launch template' },
  'dhcp-options': { prefix: 'dopt', code: 'InvalidDhcpOptionID.NotFound', noun: 'dhcpOptions' },
  'network-acl': { prefix: 'acl', code: 'InvalidNetworkAclID.NotFound', noun: 'networkAcl' },
  'placement-group': {
    prefix: 'pg',
    code: 'InvalidPlacementGroupId.NotFound',
    noun: 'placement group',
  },
  'prefix-list': { prefix: 'pl', code: 'InvalidPrefixListID.NotFound', noun: 'prefix list' },
  'vpc-endpoint': { prefix: 'vpce', code: 'InvalidVpcEndpointId.NotFound', noun: 'Vpc Endpoint Id' },
  fleet: { prefix: 'fleet', code: 'InvalidFleetId.NotFound', noun: 'fleet' },
  'key-pair': { prefix: 'key', code: 'InvalidKeyPair.NotFound', noun: 'key pair' },
} as const satisfies Record<string, ResourceKind>

export type ResourceType = keyof typeof KINDS

export function notFound(type: ResourceType, ...ids: readonly string[]): AwsError {
  const { code, noun } = KINDS[type]
  if (type === 'security-group') return new AwsError(code, `The security group '${ids[0]}' does not exist`)
  if (type === 'snapshot') return new AwsError(code, `The snapshot '${ids[0]}' does not exist.`)
  if (type === 'image') return new AwsError(code, `The image id '[${ids[0]}]' does not exist`)
  if (type === 'natgateway') return new AwsError(code, `NatGateway ${ids[0]} was not found`)
  const subject =
    ids.length === 1 ? `The ${noun} ID '${ids[0]}' does not` : `The ${noun} IDs '${ids.join(', ')}' do not`
  return new AwsError(code, `${subject} exist`)
}

/** DependencyViolation: something still uses the resource. */
export function dependencyViolation(noun: string, id: string): AwsError {
  return new AwsError('DependencyViolation', `The ${noun} '${id}' has dependencies and cannot be deleted.`)
}

/** A value, or a combination, that is not emulated: refused by name. */
export function notEmulated(what: string): AwsError {
  return new AwsError('NotImplemented', `${what} is not emulated by Neargate.`)
}

export function invalidParameterValue(message: string): AwsError {
  return new AwsError('InvalidParameterValue', message)
}

export function missingParameter(name: string): AwsError {
  return new AwsError('MissingParameter', `The request must contain the parameter ${name}`)
}
