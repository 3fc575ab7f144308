// Owns launching instances.
import type { RequestLaunchTemplateData, Reservation, RunInstancesRequest } from '@aws-sdk/client-ec2'

import { operation } from '../../protocol/operation.ts'
import { KEPT_OF_LAUNCHES, LAUNCH } from './launch-members.ts'
import { TAGGED } from './members.ts'
import { AwsError, isAwsCode } from '../../../base/errors.ts'
import { instanceType, networkCardsOf, typeDetails } from '../../../rules/nodes/instance-types.ts'
import { privateDnsName, resourceDnsName } from '../../../base/private-dns.ts'
import type { Writer } from '../../../store/store.ts'
import type { ClientToken } from '../../protocol/client-token.ts'
import { clientTokenOf, isRepeated } from './client-token.ts'
import { defaultSubnets } from './defaults.ts'
import { invalidParameterValue, missingParameter, notEmulated } from './errors.ts'
import { checkTagSpecifications, specifiedTags } from './filters.ts'
import { describeInstance } from './instances.ts'
import { needKeyPair } from './key-pairs.ts'
import { devicesOf, type LaunchDevices } from './launch-devices.ts'
import { settingsOf } from './launch-settings.ts'
import { resolveTemplate, templateData } from './launch-templates.ts'
import { needOwn } from './own-images.ts'
import { findProfile, type Profile } from './profile-associations.ts'
import { addressesOf, insertInterface } from './network-interfaces.ts'
import { need, type Ec2State, type InstanceRecord, type InterfaceRecord, type SubnetRecord } from './state.ts'
import { zonesOf } from './zones.ts'

/** What is launched: the request's members over those of its launch template. */
type Launch = RequestLaunchTemplateData &
  Pick<RunInstancesRequest, 'SubnetId' | 'ClientToken' | 'PrivateIpAddress'>

function merge(ec2: Ec2State, input: RunInstancesRequest): Launch {
  const template = input.LaunchTemplate ? templateData(ec2, input.LaunchTemplate) : {}
  const own = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  const tags = [
    ...(template.TagSpecifications ?? []),
    ...(input.TagSpecifications ?? []),
    ...templateTags(ec2, input),
  ]
  // Both are the same members; a template's groups give way to the request's as a whole.
  return { ...template, ...(own as Launch), TagSpecifications: tags }
}

// "Amazon EC2 adds these tags": by them an instance is found again when its template changes.
function templateTags(ec2: Ec2State, { LaunchTemplate: of }: RunInstancesRequest) {
  if (!of) return []
  const { id, version } = resolveTemplate(ec2, of)
  const Tags = [
    { Key: 'aws:ec2launchtemplate:id', Value: id },
    { Key: 'aws:ec2launchtemplate:version', Value: String(version) },
  ]
  return [{ ResourceType: 'instance' as const, Tags }]
}

/**
 * RunInstances: up to MaxCount instances, or none when there is no room for MinCount; those of an earlier launch when
 * the request repeats it.
 * @throws AwsError IdempotentParameterMismatch, InsufficientFreeAddressesInSubnet, InvalidParameterValue,
 *   MissingParameter, MissingInput and those of what the request names
 */
export const runInstances = operation<Ec2State, RunInstancesRequest, Reservation>()({
  honours: [...LAUNCH, ...TAGGED],
  keeps: KEPT_OF_LAUNCHES,
  handle: async (input, ec2) => {
    checkCombination(input)
    const given = clientTokenOf(input)
    const repeated = repeatedBy(ec2, given)
    if (repeated.length > 0) return reservationOf(ec2, repeated)
    const found = await lookedUp(ec2, input)
    return await ec2.deps.store.transact((tx) => {
      // The same request may have launched while this one looked up what it names.
      const earlier = repeatedBy(ec2, given)
      if (earlier.length > 0) return reservationOf(ec2, earlier)
      return reservationOf(ec2, launchAll(tx, ec2, { input, found, given }))
    })
  },
})

function repeatedBy(ec2: Ec2State, given: ClientToken | undefined): InstanceRecord[] {
  return given ? ec2.instances.list().filter(({ token }) => isRepeated(given, token)) : []
}

function reservationOf(ec2: Ec2State, records: readonly InstanceRecord[]): Reservation {
  return {
    ReservationId: records[0]?.reservationId,
    OwnerId: ec2.deps.accountId,
    Groups: [],
    Instances: records.map((record) => describeInstance(ec2, record)),
  }
}

/** What other services say of what a launch names. */
export interface LookedUp {
  readonly imageId: string | undefined
  readonly profile: Profile | undefined
}

/**
 * Asks Systems Manager for the image and IAM for the profile that a launch or its template names: services are asked
 * before the transaction of a launch, never within it.
 * @throws AwsError InvalidParameterValue of a profile that is not there, and those of the launch template
 */
export async function lookedUp(ec2: Ec2State, input: RunInstancesRequest): Promise<LookedUp> {
  const { IamInstanceProfile: wanted, ImageId } = merge(ec2, input)
  const profile = wanted && (await findProfile(ec2, wanted))
  return { imageId: await imageIdOf(ec2, ImageId), profile }
}

/** What a launch can tag. Source: RunInstances, parameter TagSpecification.N. */
export const LAUNCHED: readonly string[] = [
  'instance',
  'volume',
  'network-interface',
  'spot-instances-request',
  'elastic-gpu',
]

const OF_PARAMETER = 'resolve:ssm:'

// "Use a Systems Manager parameter instead of an AMI ID in your launch template". AWS publishes more parameters than are
// known here: an image that one of them names is not known here either.
async function imageIdOf(ec2: Ec2State, id: string | undefined): Promise<string | undefined> {
  if (!id?.startsWith(OF_PARAMETER)) return id
  type Answer = { readonly Parameter?: { readonly Value?: string } }
  try {
    const Name = id.slice(OF_PARAMETER.length)
    const { Parameter } = await ec2.deps.caller.call<Answer>('ssm', 'GetParameter', { Name })
    return Parameter?.Value ?? id
  } catch (error) {
    if (isAwsCode(error, 'ParameterNotFound')) return id
    throw error
  }
}

// AWS has images that are not known here; of the account's own each is.
function checkImage(ec2: Ec2State, { ImageId: id }: Launch): void {
  if (id === undefined) throw missingParameter('ImageId')
  if (!id.startsWith('ami-') && !id.startsWith(OF_PARAMETER)) {
    throw new AwsError('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`)
  }
  if (ec2.images.has(id)) needOwn(ec2, id)
}

// What an interface says is not said of the instance as well; a template's interfaces go into a subnet that is.
function checkCombination({ NetworkInterfaces: interfaces, ...input }: RunInstancesRequest): void {
  if (!interfaces?.length) return
  const said = input.SubnetId !== undefined ? 'subnet ID' : 'security groups'
  if (input.SubnetId === undefined && !input.SecurityGroupIds?.length && !input.SecurityGroups?.length) return
  throw new AwsError(
    'InvalidParameterCombination',
    `Network interfaces and an instance-level ${said} may not be specified on the same request`,
  )
}

const MOST_ADDRESSES = 2 ** 16

interface LaunchPlan {
  readonly launch: Launch
  readonly token: ClientToken
  readonly reservationId: string
  readonly profile: Profile | undefined
  /** In order, one for each instance: lists show them so. */
  readonly ids: readonly string[]
}

/** What is launched, with what has been looked up for it. */
interface Request {
  readonly input: RunInstancesRequest
  readonly found: LookedUp
  readonly given: ClientToken | undefined
}

/** Launches within a transaction. @throws AwsError as RunInstances */
export function launchAll(tx: Writer, ec2: Ec2State, { input, found, given }: Request): InstanceRecord[] {
  const { imageId: ImageId, profile } = found
  const launch = merge(ec2, { ...input, ImageId })
  const { MinCount: least = 1, MaxCount: most = 1 } = input
  if (least < 1 || most < least) {
    throw invalidParameterValue(
      `Value (${least}) for parameter minCount is invalid. The minimum must not exceed the maximum.`,
    )
  }
  checkImage(ec2, launch)
  checkTagSpecifications(launch.TagSpecifications, LAUNCHED)
  if (launch.KeyName !== undefined) needKeyPair(ec2, launch.KeyName)
  const type = launch.InstanceType ?? 'm1.small'
  if (!instanceType(type)) throw invalidParameterValue(`Invalid value '${type}' for InstanceType.`)
  const { ids } = ec2.deps
  const token = given ?? { value: ids.uuid(), fingerprint: '' }
  // A subnet is a /16 at most: no launch has more instances, however many it asks for.
  const length = Math.min(most, MOST_ADDRESSES)
  const all = Array.from({ length }, () => ec2.newId('instance')).toSorted()
  const plan: LaunchPlan = { launch, token, reservationId: `r-0${ids.hex(16)}`, profile, ids: all }
  const records: InstanceRecord[] = []
  while (records.length < most) {
    try {
      records.push(launchOne(tx, ec2, plan, records.length))
    } catch (error) {
      const isShort = error instanceof AwsError && error.code === 'InsufficientFreeAddressesInSubnet'
      if (isShort && records.length >= least) break
      throw error
    }
  }
  return records
}

type Network = NonNullable<Launch['NetworkInterfaces']>[number]

/**
 * The interfaces of a launch, the primary one first: it alone has device index 0 on network card 0. Their number and kind
 * are the type's matter.
 * @throws AwsError InvalidParameterCombination, InvalidParameterValue
 */
function interfacesOf({ NetworkInterfaces: all = [], InstanceType }: Launch): readonly Network[] {
  const type: string = InstanceType ?? ''
  const isPrimary = ({ DeviceIndex = 0, NetworkCardIndex = 0 }: Network): boolean =>
    DeviceIndex === 0 && NetworkCardIndex === 0
  const primary = all.filter(isPrimary)
  if (all.length > 0 && primary.length !== 1)
    throw invalidParameterValue('Each network interface requires a device index.')
  const [cards, { efa }] = [networkCardsOf(type), typeDetails(type)]
  const beyond = all.find(({ NetworkCardIndex = 0 }) => NetworkCardIndex >= cards)
  if (beyond)
    throw invalidParameterValue(
      `Network card index ${beyond.NetworkCardIndex} exceeds the limit for ${type}.`,
    )
  const kinds = all.map(({ InterfaceType = 'interface' }) => InterfaceType)
  const other = kinds.find((kind) => kind !== 'interface' && kind !== 'efa')
  if (other !== undefined) throw notEmulated(`RunInstances with an interface of type ${other}`)
  // The words are Neargate's: those of AWS were not found.
  if (kinds.includes('efa') && efa !== true)
    throw invalidParameterValue(`EFA interfaces are not supported on ${type}`)
  return [...primary, ...all.filter((each) => !isPrimary(each))]
}

function launchOne(tx: Writer, ec2: Ec2State, plan: LaunchPlan, index: number): InstanceRecord {
  const { clock, ids } = ec2.deps
  const { launch } = plan
  const [network, ...more] = interfacesOf(launch)
  const addresses = addressesOf(network ?? { PrivateIpAddress: launch.PrivateIpAddress })
  const subnet = subnetOf(ec2, launch, network?.SubnetId)
  const isPublic = network?.AssociatePublicIpAddress ?? subnet.mapPublicIp
  const id = plan.ids[index] ?? ec2.newId('instance')
  const insert = (of: Network | undefined, given: object): InterfaceRecord =>
    insertInterface(tx, ec2, {
      subnetId: of?.SubnetId === undefined ? subnet.id : subnetOf(ec2, launch, of.SubnetId).id,
      description: of?.Description ?? '',
      groupIds: of?.Groups ?? groupIdsOf(ec2, launch, subnet),
      tags: specifiedTags(launch.TagSpecifications, 'network-interface'),
      ...(of?.InterfaceType === undefined ? {} : { type: of.InterfaceType }),
      ...given,
      attachment: {
        id: `eni-attach-0${ids.hex(16)}`,
        instanceId: id,
        deviceIndex: of?.DeviceIndex ?? 0,
        ...(of?.NetworkCardIndex ? { networkCardIndex: of.NetworkCardIndex } : {}),
        attachedAtMs: clock.now(),
        deleteOnTermination: of?.DeleteOnTermination ?? true,
      },
    })
  const eni = insert(network, { isPublic, ...addresses })
  const others = more.map((each) => insert(each, addressesOf(each)).id)
  const devices = devicesOf(ec2, launch, { instanceId: id, zone: eni.zone })
  for (const volume of devices.volumes) ec2.volumes.putIn(tx, volume.id, volume)
  const record = instanceOf(ec2, { id, plan, eni, others, devices, index, isPublic })
  ec2.instances.putIn(tx, id, record)
  return record
}

// "If you specify a zone and no subnet, the default subnet of that zone is taken."
function subnetOf(ec2: Ec2State, launch: Launch, ofInterface: string | undefined): SubnetRecord {
  const id = ofInterface ?? launch.SubnetId
  const zone = launch.Placement?.AvailabilityZone || undefined
  if (zone !== undefined && !zonesOf(ec2.deps.region).some(({ name }) => name === zone)) {
    throw invalidParameterValue(`Invalid Availability Zone (${zone})`)
  }
  if (id === undefined) {
    const [subnet] = defaultSubnets(ec2, zone)
    if (subnet) return subnet
    throw new AwsError('MissingInput', 'No subnets found for the default VPC. Please specify a subnet.')
  }
  const subnet = need(ec2.subnets, 'subnet', id)
  if (zone === undefined || zone === subnet.zone) return subnet
  // The words are Neargate's: those of AWS were not found.
  throw invalidParameterValue(`The subnet '${id}' is in the zone ${subnet.zone}, not in ${zone}`)
}

// Groups by their names are those of the instance's VPC.
function groupIdsOf(ec2: Ec2State, launch: Launch, { vpcId }: SubnetRecord): readonly string[] {
  const named = (launch.SecurityGroups ?? []).map((name) => {
    const group = ec2.groups.find('name', `${vpcId}/${name}`)
    if (group) return group.id
    throw new AwsError(
      'InvalidGroup.NotFound',
      `The security group '${name}' does not exist in VPC '${vpcId}'`,
    )
  })
  return [...(launch.SecurityGroupIds ?? []), ...named]
}

interface Parts {
  readonly id: string
  readonly plan: LaunchPlan
  readonly eni: InterfaceRecord
  /** Ids of further interfaces. */
  readonly others: readonly string[]
  readonly devices: LaunchDevices
  readonly index: number
  readonly isPublic: boolean
}

// "Hostname type": what the subnet says at the launch.
function dnsNameOf(ec2: Ec2State, id: string, { subnetId, primaryIp }: InterfaceRecord): string {
  const { region } = ec2.deps
  const { hostnameType } = ec2.subnets.get(subnetId)?.options ?? {}
  return hostnameType === 'resource-name' ? resourceDnsName(id, region) : privateDnsName(primaryIp, region)
}

function instanceOf(ec2: Ec2State, of: Parts): InstanceRecord {
  const { id, plan, eni, others, devices, index, isPublic } = of
  const { launch } = plan
  const { clock } = ec2.deps
  const now = clock.now()
  const settings = settingsOf(launch, isPublic)
  return {
    id,
    reservationId: plan.reservationId,
    imageId: launch.ImageId ?? '',
    instanceType: launch.InstanceType ?? 'm1.small',
    subnetId: eni.subnetId,
    vpcId: eni.vpcId,
    zone: eni.zone,
    interfaceId: eni.id,
    ...(others.length > 0 ? { moreInterfaceIds: others } : {}),
    privateIp: eni.primaryIp,
    privateDnsName: dnsNameOf(ec2, id, eni),
    groupIds: eni.groupIds,
    state: 'pending',
    stateSinceMs: now,
    launchedAtMs: now,
    ...(launch.KeyName === undefined ? {} : { keyName: launch.KeyName }),
    ...(launch.UserData === undefined ? {} : { userData: launch.UserData }),
    ...(isSpot(launch) ? { isSpot: true } : {}),
    ...plan.profile,
    volumeIds: devices.volumes.map((volume) => volume.id),
    rootDeviceName: devices.rootDevice,
    hopLimit: launch.MetadataOptions?.HttpPutResponseHopLimit ?? 2,
    httpTokens: launch.MetadataOptions?.HttpTokens ?? 'required',
    token: plan.token,
    ...(settings ? { settings } : {}),
    ...(index > 0 ? { launchIndex: index } : {}),
    tags: specifiedTags(launch.TagSpecifications, 'instance'),
  }
}

// Spot instances here are never interrupted.
function isSpot({ InstanceMarketOptions: market }: Launch): boolean {
  if (market?.MarketType === 'capacity-block') throw notEmulated('A capacity block')
  return market?.MarketType === 'spot'
}
