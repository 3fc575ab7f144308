// Owns the instance operations: describe, terminate and what surrounds them.
import type {
  DescribeInstancesRequest,
  DescribeInstancesResult,
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult,
  Instance,
  InstanceStateChange,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2'

import { AwsError } from '../../../base/errors.ts'
import { formatTimestamp } from '../../../base/clock.ts'
import { operation } from '../../protocol/operation.ts'
import { LISTED } from './members.ts'
import type { Writer } from '../../../store/store.ts'
import { paginate } from '../../protocol/paging.ts'
import { byIds, named, select, tagList, type FilterTable } from './filters.ts'
import { machineImage } from '../../../rules/nodes/machine-images.ts'
import { describeInterface, groupsOf } from './network-interfaces.ts'
import { architectureOf } from './architecture.ts'
import { associationOf } from './public-addresses.ts'
import type { Ec2State, InstanceRecord, InstanceState } from './state.ts'

// API_InstanceState.
const STATE_CODES: Readonly<Record<InstanceState, number>> = {
  pending: 0,
  running: 16,
  stopping: 64,
  stopped: 80,
  'shutting-down': 32,
  terminated: 48,
}

function filtersOf(ec2: Ec2State): FilterTable<InstanceRecord> {
  const ips = ({ interfaceId }: InstanceRecord): readonly string[] => {
    const eni = ec2.interfaces.get(interfaceId)
    return eni ? [eni.primaryIp, ...eni.secondaryIps] : []
  }
  const outside = ({ interfaceId }: InstanceRecord) => {
    const eni = ec2.interfaces.get(interfaceId)
    return eni && associationOf(ec2, eni)
  }
  return {
    ...devices(ec2),
    architecture: ({ instanceType: type }) => architectureOf(type),
    'availability-zone': ({ zone }) => zone,
    'dns-name': (record) => outside(record)?.PublicDnsName,
    'group-id': ({ groupIds }) => groupIds,
    'group-name': ({ groupIds }) => groupIds.map((id) => ec2.groups.get(id)?.name),
    hypervisor: () => 'xen',
    'instance.group-name': ({ groupIds }) => groupIds.map((id) => ec2.groups.get(id)?.name),
    'ip-address': (record) => outside(record)?.PublicIp,
    'launch-time': ({ launchedAtMs }) => new Date(launchedAtMs).toISOString(),
    'metadata-options.http-endpoint': () => 'enabled',
    'metadata-options.http-put-response-hop-limit': ({ hopLimit }) => hopLimit,
    'metadata-options.http-tokens': ({ httpTokens }) => httpTokens,
    'monitoring-state': ({ settings }) => (settings?.monitoring ? 'enabled' : 'disabled'),
    'network-interface.association.public-ip': (record) => outside(record)?.PublicIp,
    'network-interface.group-id': ({ groupIds }) => groupIds,
    'network-interface.private-dns-name': ({ privateDnsName }) => privateDnsName,
    'network-interface.subnet-id': ({ subnetId }) => subnetId,
    'network-interface.vpc-id': ({ vpcId }) => vpcId,
    'placement-group-name': ({ settings }) => settings?.placementGroup,
    'platform-details': (record) => platformOf(record).PlatformDetails,
    platform: (record) => platformOf(record).Platform?.toLowerCase(),
    'root-device-name': ({ rootDeviceName }) => rootDeviceName,
    'root-device-type': () => 'ebs',
    'source-dest-check': ({ settings }) => settings?.noSourceDestCheck !== true,
    'state-reason-code': ({ stateReason }) => stateReason,
    reason: (record) => reasonOf(record).StateTransitionReason,
    tenancy: ({ settings }) => settings?.tenancy ?? 'default',
    'virtualization-type': () => 'hvm',
    'client-token': ({ token }) => token.value,
    'iam-instance-profile.arn': ({ profileArn }) => profileArn,
    'image-id': ({ imageId }) => imageId,
    'instance-id': ({ id }) => id,
    'instance-lifecycle': ({ isSpot }) => (isSpot ? 'spot' : undefined),
    'instance-state-code': ({ state }) => STATE_CODES[state],
    'instance-state-name': ({ state }) => state,
    'instance-type': ({ instanceType: type }) => type,
    'instance.group-id': ({ groupIds }) => groupIds,
    'key-name': ({ keyName }) => keyName,
    'network-interface.addresses.private-ip-address': ips,
    'network-interface.network-interface-id': ({ interfaceId }) => interfaceId,
    'owner-id': () => ec2.deps.accountId,
    'private-dns-name': ({ privateDnsName }) => privateDnsName,
    'private-ip-address': ({ privateIp }) => privateIp,
    'reservation-id': ({ reservationId }) => reservationId,
    'subnet-id': ({ subnetId }) => subnetId,
    'vpc-id': ({ vpcId }) => vpcId,
  }
}

function devices(ec2: Ec2State): FilterTable<InstanceRecord> {
  const volumes = ({ volumeIds }: InstanceRecord) => volumeIds.flatMap((id) => ec2.volumes.get(id) ?? [])
  return {
    'block-device-mapping.attach-time': (record) =>
      volumes(record).map(({ attachedAtMs, createdAtMs }) =>
        new Date(attachedAtMs ?? createdAtMs).toISOString(),
      ),
    'block-device-mapping.delete-on-termination': (record) =>
      volumes(record).map(({ outlivesInstance }) => String(outlivesInstance !== true)),
    'block-device-mapping.device-name': (record) => volumes(record).map(({ device }) => device),
    'block-device-mapping.status': (record) => volumes(record).map(() => 'attached'),
    'block-device-mapping.volume-id': ({ volumeIds }) => volumeIds,
  }
}

/** A state as answers carry it. */
export function stateOf(state: InstanceState): { Code: number; Name: InstanceState } {
  return { Code: STATE_CODES[state], Name: state }
}

/** An instance as DescribeInstances shows it. */
export function describeInstance(ec2: Ec2State, record: InstanceRecord): Instance {
  const isGone = record.state === 'terminated'
  const eni = ec2.interfaces.get(record.interfaceId)
  const association = eni && associationOf(ec2, eni)
  const settings = record.settings ?? {}
  return {
    InstanceId: record.id,
    ImageId: record.imageId,
    // Any type in data/instance-types.json, some of them newer than the SDK's enumeration.
    InstanceType: record.instanceType as Instance['InstanceType'],
    InstanceLifecycle: record.isSpot ? 'spot' : undefined,
    State: stateOf(record.state),
    ...reasonOf(record),
    LaunchTime: new Date(record.launchedAtMs),
    Placement: {
      AvailabilityZone: record.zone,
      GroupName: settings.placementGroup ?? '',
      Tenancy: settings.tenancy ?? 'default',
    },
    PrivateDnsName: isGone ? '' : record.privateDnsName,
    PublicDnsName: association?.PublicDnsName ?? '',
    PublicIpAddress: association?.PublicIp,
    // A terminated instance has neither address nor network.
    Ipv6Address: isGone ? undefined : eni?.ips6?.[0],
    PrivateIpAddress: isGone ? undefined : record.privateIp,
    SubnetId: isGone ? undefined : record.subnetId,
    VpcId: isGone ? undefined : record.vpcId,
    // Its interface may have been given others since it was launched.
    SecurityGroups: isGone ? [] : groupsOf(ec2, eni?.groupIds ?? record.groupIds),
    NetworkInterfaces:
      isGone || !eni
        ? []
        : [record.interfaceId, ...(record.moreInterfaceIds ?? [])].flatMap((id) => {
            const one = ec2.interfaces.get(id)
            type Shown = NonNullable<Instance['NetworkInterfaces']>[number]
            return one ? [describeInterface(ec2, one) as Shown] : []
          }),
    Architecture: architectureOf(record.instanceType),
    AmiLaunchIndex: record.launchIndex ?? 0,
    ClientToken: record.token.value,
    EbsOptimized: settings.ebsOptimized === true,
    EnaSupport: true,
    Hypervisor: 'xen',
    IamInstanceProfile:
      record.profileArn === undefined ? undefined : { Arn: record.profileArn, Id: record.profileId },
    KeyName: record.keyName,
    MetadataOptions: {
      State: 'applied',
      HttpEndpoint: 'enabled',
      HttpTokens: record.httpTokens === 'required' ? 'required' : 'optional',
      HttpPutResponseHopLimit: record.hopLimit,
      HttpProtocolIpv6: 'disabled',
      InstanceMetadataTags: 'disabled',
    },
    Monitoring: { State: settings.monitoring ? 'enabled' : 'disabled' },
    ...platformOf(record),
    RootDeviceName: record.rootDeviceName,
    RootDeviceType: 'ebs',
    BlockDeviceMappings: devicesOf(ec2, record),
    SourceDestCheck: settings.noSourceDestCheck !== true,
    VirtualizationType: 'hvm',
    // Instances alone show no empty list.
    Tags: Object.keys(record.tags).length > 0 ? tagList(record.tags) : undefined,
  }
}

// "The value is `Windows` for Windows instances; otherwise blank."
function platformOf({ imageId }: InstanceRecord): Pick<Instance, 'Platform' | 'PlatformDetails'> {
  const isWindows = machineImage(imageId)?.platform === 'Windows'
  return isWindows ? { Platform: 'Windows', PlatformDetails: 'Windows' } : { PlatformDetails: 'Linux/UNIX' }
}

// "User initiated (2026-11-27 10:00:00 GMT)", as the console and the API show it.
function reasonOf({ stateReason, stateSinceMs }: InstanceRecord): Partial<Instance> {
  if (stateReason === undefined) return { StateTransitionReason: '' }
  const at = formatTimestamp(stateSinceMs).replace('T', ' ').replace('Z', ' GMT')
  return {
    StateTransitionReason: `User initiated (${at})`,
    StateReason: { Code: stateReason, Message: `${stateReason}: User initiated shutdown` },
  }
}

function devicesOf(ec2: Ec2State, { volumeIds }: InstanceRecord): Instance['BlockDeviceMappings'] {
  return volumeIds.flatMap((id) => {
    const volume = ec2.volumes.get(id)
    if (!volume) return []
    return {
      DeviceName: volume.device,
      Ebs: {
        VolumeId: id,
        Status: 'attached' as const,
        DeleteOnTermination: volume.outlivesInstance !== true,
        AttachTime: new Date(volume.attachedAtMs ?? volume.createdAtMs),
      },
    }
  })
}

export const describeInstances = operation<Ec2State, DescribeInstancesRequest, DescribeInstancesResult>()({
  honours: ['InstanceIds', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('instance', ec2.instances.listByAge(), input.InstanceIds)
    const found = select({ records, filters: input.Filters, table: filtersOf(ec2) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    const reservations = Map.groupBy(items, ({ reservationId }) => reservationId)
    return {
      Reservations: [...reservations].map(([ReservationId, members]) => ({
        ReservationId,
        OwnerId: ec2.deps.accountId,
        Groups: [],
        Instances: members.map((record) => describeInstance(ec2, record)),
      })),
      NextToken: token,
    }
  },
})

function statusOf({ state }: InstanceRecord): 'ok' | 'not-applicable' {
  return state === 'running' ? 'ok' : 'not-applicable'
}

// DescribeInstanceStatus, request parameter Filter.N. No events are scheduled: what asks for one finds nothing.
function statusFilters(ec2: Ec2State): FilterTable<InstanceRecord> {
  const reachability = ({ state }: InstanceRecord) => (state === 'running' ? 'passed' : undefined)
  const events = [
    'code',
    'description',
    'instance-event-id',
    'not-after',
    'not-before',
    'not-before-deadline',
  ]
  return {
    ...filtersOf(ec2),
    ...Object.fromEntries(events.map((name) => [`event.${name}`, () => undefined])),
    'attached-ebs-status.status': statusOf,
    'instance-status.reachability': reachability,
    'instance-status.status': statusOf,
    'system-status.reachability': reachability,
    'system-status.status': statusOf,
  }
}

export const describeInstanceStatus = operation<
  Ec2State,
  DescribeInstanceStatusRequest,
  DescribeInstanceStatusResult
>()({
  honours: ['InstanceIds', 'IncludeAllInstances', ...LISTED],
  handle: (input, ec2) => {
    const records = byIds('instance', ec2.instances.listByAge(), input.InstanceIds).filter(
      ({ state }) => input.IncludeAllInstances || state === 'running',
    )
    const found = select({ records, filters: input.Filters, table: statusFilters(ec2) })
    const { items, token } = paginate(found, { token: input.NextToken, limit: input.MaxResults })
    return {
      InstanceStatuses: items.map((record) => {
        const Status = statusOf(record)
        return {
          InstanceId: record.id,
          AvailabilityZone: record.zone,
          InstanceState: stateOf(record.state),
          InstanceStatus: { Status },
          SystemStatus: { Status },
        }
      }),
      NextToken: token,
    }
  },
})

export const terminateInstances = operation<Ec2State, TerminateInstancesRequest, TerminateInstancesResult>()({
  honours: ['InstanceIds'],
  handle: async (input, ec2) => {
    return await ec2.deps.store.transact((tx) => {
      const records = named('instance', ec2.instances.list(), input.InstanceIds ?? [])
      return { TerminatingInstances: records.map((record) => terminate(tx, ec2, record)) }
    })
  },
})

/** The refusal of what an attribute of the instance forbids. */
export function isProtected(id: string, what: string, attribute: string): AwsError {
  return new AwsError(
    'OperationNotPermitted',
    `The instance '${id}' may not be ${what}. Modify its '${attribute}' instance attribute and try again.`,
  )
}

/** Begins to end an instance; repeating it changes nothing. */
export function terminate(tx: Writer, ec2: Ec2State, record: InstanceRecord): InstanceStateChange {
  const isGoing = record.state === 'terminated' || record.state === 'shutting-down'
  const state = isGoing ? record.state : 'shutting-down'
  if (!isGoing) {
    if (record.settings?.noTermination) throw isProtected(record.id, 'terminated', 'disableApiTermination')
    ec2.instances.putIn(tx, record.id, {
      ...record,
      state,
      stateSinceMs: ec2.deps.clock.now(),
      stateReason: 'Client.UserInitiatedShutdown',
    })
  }
  return { InstanceId: record.id, PreviousState: stateOf(record.state), CurrentState: stateOf(state) }
}
