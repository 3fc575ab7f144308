// Owns the records of EC2 and the tables they live in.
import type { CreateFleetError, CreateFleetInstance, HostnameType } from '@aws-sdk/client-ec2'

import { Table, type TableOptions } from '../../../store/table.ts'
import type { ClientToken } from '../../protocol/client-token.ts'
import type { PrefixListRecord } from './prefix-list-record.ts'
import type { ServiceDeps } from '../../protocol/service.ts'
import { KINDS, notFound, type ResourceType } from './errors.ts'
import type { LaunchSettings } from './launch-settings.ts'
import type { Capacity } from './fleet-plan.ts'

/** Tags by key. */
export type Tags = Readonly<Record<string, string>>

interface Tagged {
  readonly id: string
  readonly tags: Tags
}

/** One address range of a VPC. */
export interface VpcCidr {
  readonly cidr: string
  readonly associationId: string
}

export interface VpcRecord extends Tagged {
  readonly cidr: string
  readonly associationId: string
  readonly moreCidrs?: readonly VpcCidr[]
  /** Its IPv6 blocks. */
  readonly cidrs6?: readonly VpcCidr[]
  readonly dnsSupport: boolean
  readonly dnsHostnames: boolean
  readonly isDefault: boolean
  /** Absent where instances share machines, as is usual. */
  readonly tenancy?: 'dedicated'
  readonly addressMetrics?: boolean
  /** Absent: the default ones. */
  readonly dhcpOptionsId?: string
}

export interface DhcpOptionsRecord extends Tagged {
  readonly configurations: readonly { readonly key: string; readonly values: readonly string[] }[]
}

/** Attributes of a subnet that nothing here depends on. */
export interface SubnetOptions {
  readonly assignIpv6?: boolean
  readonly dns64?: boolean
  readonly hostnameType?: HostnameType
  readonly dnsA?: boolean
  readonly dnsAaaa?: boolean
}

export interface SubnetRecord extends Tagged {
  readonly vpcId: string
  readonly cidr: string
  /** `ap-southeast-1a` */
  readonly zone: string
  readonly mapPublicIp: boolean
  /** Its IPv6 block. */
  readonly cidr6?: VpcCidr
  /** What was set of it; AWS's default for all else. */
  readonly options?: SubnetOptions
  /** Of the default VPC, one in each zone. */
  readonly isDefault?: boolean
  /** The network ACL it is with. */
  readonly acl?: { readonly aclId: string; readonly associationId: string }
}

export interface RouteRecord {
  /** An IPv4 or an IPv6 block. */
  readonly destination: string
  readonly gatewayId?: string
  readonly natGatewayId?: string
  readonly egressOnlyGatewayId?: string
}

export interface RouteTableRecord extends Tagged {
  readonly vpcId: string
  /** The local route is not among them; it is always there. */
  readonly routes: readonly RouteRecord[]
  readonly associations: readonly { readonly id: string; readonly subnetId?: string }[]
  readonly token?: ClientToken
}

export interface InternetGatewayRecord extends Tagged {
  readonly vpcId?: string
}

/** The way out for IPv6. */
export interface EgressOnlyGatewayRecord extends Tagged {
  readonly vpcId: string
  readonly token?: ClientToken
}

export interface NatGatewayRecord extends Tagged {
  readonly vpcId: string
  readonly subnetId: string
  readonly allocationId?: string
  readonly publicIp?: string
  readonly interfaceId: string
  readonly privateIp: string
  readonly connectivity: 'public' | 'private'
  readonly state: 'available' | 'deleted'
  readonly createdAtMs: number
  readonly token?: ClientToken
}

export interface AddressRecord extends Tagged {
  readonly publicIp: string
  readonly associationId?: string
  readonly interfaceId?: string
  readonly instanceId?: string
  readonly privateIp?: string
}

/** One rule: protocol, ports, one source. */
export interface RuleRecord extends Tagged {
  readonly groupId: string
  readonly egress: boolean
  /** `tcp`, `udp`, `icmp`, `-1`. */
  readonly protocol: string
  readonly fromPort?: number
  readonly toPort?: number
  readonly cidr?: string
  readonly cidr6?: string
  readonly prefixListId?: string
  readonly sourceGroupId?: string
  readonly description?: string
}

export interface SecurityGroupRecord extends Tagged {
  readonly name: string
  readonly description: string
  readonly vpcId: string
}

export interface InterfaceRecord extends Tagged {
  readonly subnetId: string
  readonly vpcId: string
  readonly zone: string
  readonly description: string
  readonly groupIds: readonly string[]
  readonly macAddress: string
  readonly primaryIp: string
  readonly secondaryIps: readonly string[]
  /** IPv6 addresses. */
  readonly ips6?: readonly string[]
  /** IPv6 prefixes, /80, for whatever runs behind the interface. */
  readonly prefixes6?: readonly string[]
  /** Given while its instance runs; an Elastic IP stands over it. */
  readonly publicIp?: string
  readonly type: string
  /** Set for interfaces that an AWS service owns, e.g. `amazon-elb`. */
  readonly requesterId?: string
  readonly attachment?: {
    readonly id: string
    readonly instanceId?: string
    readonly deviceIndex: number
    /** 0 where absent. */
    readonly networkCardIndex?: number
    readonly attachedAtMs: number
    readonly deleteOnTermination: boolean
    /** The owner when no instance of ours is behind it. */
    readonly instanceOwnerId?: string
  }
  /** Of a branch interface: the trunk that it is associated with, and the pod that it is for. */
  readonly branch?: {
    readonly associationId: string
    readonly trunkId: string
    readonly instanceId: string
    readonly vlanId: number
    readonly podUid: string
  }
  readonly token?: ClientToken
  readonly createdAtMs: number
}

export type InstanceState = 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated'

export interface InstanceRecord extends Tagged {
  readonly reservationId: string
  readonly imageId: string
  readonly instanceType: string
  readonly subnetId: string
  readonly vpcId: string
  readonly zone: string
  readonly interfaceId: string
  /** Those that it was launched with besides, on other network cards. */
  readonly moreInterfaceIds?: readonly string[]
  readonly privateIp: string
  readonly privateDnsName: string
  readonly groupIds: readonly string[]
  readonly state: InstanceState
  /** When the state was entered, epoch milliseconds. */
  readonly stateSinceMs: number
  readonly launchedAtMs: number
  readonly keyName?: string
  readonly profileArn?: string
  /** Known where IAM was asked for it. */
  readonly profileId?: string
  /** Base64, as it was given. */
  readonly userData?: string
  readonly isSpot?: boolean
  readonly volumeIds: readonly string[]
  readonly rootDeviceName: string
  readonly hopLimit: number
  readonly httpTokens: string
  /** That of the launch, one for all its instances; made up when the request had none. */
  readonly token: ClientToken
  /** Why it left the state that it was launched into; absent while nobody asked for that. */
  readonly stateReason?: string
  readonly settings?: LaunchSettings
  /** Its place in its launch; absent for the first. */
  readonly launchIndex?: number
  /** How often it was started again or rebooted; absent for one that runs since it was launched. */
  readonly boots?: number
}

/** What a volume was before it was modified. */
export interface ModificationRecord {
  readonly atMs: number
  readonly sizeGiB: number
  readonly type: string
  readonly iops?: number
  readonly throughput?: number
}

export interface VolumeRecord extends Tagged {
  /** The latest; absent for a volume that is as it was made. */
  readonly modification?: ModificationRecord
  readonly zone: string
  readonly sizeGiB: number
  readonly type: string
  readonly iops?: number
  readonly throughput?: number
  readonly encrypted: boolean
  /** What it is encrypted with, as given, or the ARN of the default key. */
  readonly kmsKeyId?: string
  /** What it was made of. */
  readonly snapshotId?: string
  /** The instance that it is attached to, and as what. */
  readonly instanceId?: string
  readonly device?: string
  readonly attachedAtMs?: number
  /** Set on an attached volume that stays when its instance goes. */
  readonly outlivesInstance?: true
  readonly createdAtMs: number
  readonly token?: ClientToken
}

/** What may be used by others than the account. */
export interface Shared {
  readonly isPublic?: boolean
  /** Accounts. */
  readonly users?: readonly string[]
}

export interface SnapshotRecord extends Tagged, Shared {
  /** Absent for a copy. */
  readonly volumeId?: string
  readonly sizeGiB: number
  readonly encrypted: boolean
  /** That of its volume, or what a copy was given. */
  readonly kmsKeyId?: string
  readonly description: string
  readonly createdAtMs: number
}

/** One volume of what is launched from an image. */
export interface ImageDevice {
  /** `/dev/xvda` */
  readonly name: string
  readonly snapshotId?: string
  readonly sizeGiB: number
  readonly type: string
  readonly iops?: number
  readonly throughput?: number
  readonly encrypted: boolean
  readonly goesWithInstance: boolean
}

/** An image of the account. */
export interface ImageRecord extends Tagged, Shared {
  readonly name: string
  readonly description: string
  readonly architecture: 'x86_64' | 'arm64'
  readonly platform: 'Linux/UNIX' | 'Windows'
  readonly rootDevice: string
  readonly devices: readonly ImageDevice[]
  /** What it was made of. */
  readonly instanceId?: string
  readonly sourceId?: string
  readonly createdAtMs: number
  readonly token?: ClientToken
  /** Deregistered. */
  readonly isGone?: true
}

export interface LaunchTemplateRecord extends Tagged {
  readonly name: string
  readonly createdAtMs: number
  readonly createdBy: string
  readonly defaultVersion: number
  /** LaunchTemplateData as sent, oldest version first; the version number is the position plus one. */
  readonly versions: readonly {
    readonly data: object
    readonly createdAtMs: number
    readonly description?: string
    readonly token?: ClientToken
  }[]
  readonly token?: ClientToken
}

export interface KeyPairRecord extends Tagged {
  readonly name: string
  readonly type: 'rsa' | 'ed25519'
  readonly fingerprint: string
  /** `ssh-rsa AAAA…` */
  readonly publicKey: string
  readonly createdAtMs: number
}

/** One entry of a network ACL. */
export interface AclEntry {
  readonly ruleNumber: number
  /** A number as text; `-1` for all. */
  readonly protocol: string
  readonly action: 'allow' | 'deny'
  readonly egress: boolean
  readonly cidr?: string
  readonly cidr6?: string
  readonly icmp?: { readonly type: number; readonly code: number }
  readonly ports?: { readonly from: number; readonly to: number }
}

export interface NetworkAclRecord extends Tagged {
  readonly vpcId: string
  readonly isDefault: boolean
  readonly entries: readonly AclEntry[]
  readonly token?: ClientToken
}

export interface PlacementGroupRecord extends Tagged {
  readonly name: string
  readonly strategy: 'cluster' | 'spread' | 'partition' | 'precision-time'
  readonly partitions?: number
  readonly spreadLevel?: 'host' | 'rack'
}

export interface FleetRecord extends Tagged {
  readonly createdAtMs: number
  /** LaunchTemplateConfigs as sent. */
  readonly configs: readonly object[]
  /** Of what neither kind of capacity names. */
  readonly fallback: string
  readonly wanted: Capacity
  readonly fulfilled: Capacity
  readonly launched: readonly CreateFleetInstance[]
  readonly errors: readonly CreateFleetError[]
  readonly state: 'active' | 'deleted_terminating'
  readonly token?: ClientToken
}

export interface VpcEndpointRecord extends Tagged {
  readonly vpcId: string
  readonly type: 'Interface' | 'Gateway'
  /** `com.amazonaws.REGION.SERVICE` */
  readonly serviceName: string
  /** As sent; full access when there is none. */
  readonly policy?: string
  readonly routeTableIds: readonly string[]
  readonly interfaces: readonly { readonly id: string; readonly subnetId: string }[]
  readonly groupIds: readonly string[]
  readonly privateDns: boolean
  /** What its DNS names have after its id. */
  readonly dnsLabel: string
  readonly createdAtMs: number
  readonly token?: ClientToken
}

export interface AccountSettings {
  readonly encryptsVolumes: boolean
}

/** Everything EC2 knows. */
export class Ec2State {
  readonly deps: ServiceDeps
  readonly vpcs: Table<VpcRecord>
  readonly subnets: Table<SubnetRecord>
  readonly routeTables: Table<RouteTableRecord, 'token'>
  /** A VPC has one at most. */
  readonly internetGateways: Table<InternetGatewayRecord, 'vpc'>
  readonly egressOnlyGateways: Table<EgressOnlyGatewayRecord, 'token'>
  readonly natGateways: Table<NatGatewayRecord, 'token'>
  readonly addresses: Table<AddressRecord, 'publicIp'>
  /** Unique by `vpcId/name`. */
  readonly groups: Table<SecurityGroupRecord, 'name'>
  /** Keyed `groupId/ruleId`. */
  readonly rules: Table<RuleRecord>
  /** An address of a subnet belongs to one interface: `subnetId/ip`. */
  readonly interfaces: Table<InterfaceRecord, 'token' | 'address' | 'publicIp'>
  /** By subnet, the place among its addresses below which none was free at the last look. Forgotten at an end. */
  readonly lowestFree = new Map<string, number>()
  readonly instances: Table<InstanceRecord>
  readonly volumes: Table<VolumeRecord, 'token'>
  readonly snapshots: Table<SnapshotRecord>
  readonly images: Table<ImageRecord, 'token'>
  readonly launchTemplates: Table<LaunchTemplateRecord, 'name' | 'token'>
  readonly keyPairs: Table<KeyPairRecord, 'name'>
  readonly networkAcls: Table<NetworkAclRecord, 'token'>
  readonly placementGroups: Table<PlacementGroupRecord, 'name'>
  readonly dhcpOptions: Table<DhcpOptionsRecord>
  readonly prefixLists: Table<PrefixListRecord, 'token'>
  readonly vpcEndpoints: Table<VpcEndpointRecord, 'token'>
  readonly fleets: Table<FleetRecord, 'token'>
  /** What is set for the account in the region, under the key `account`. */
  readonly settings: Table<AccountSettings>

  /** By region, when it got its default VPC. */
  readonly firstStarts: Table<{ readonly atMs: number }>

  constructor(deps: ServiceDeps) {
    const table = <T, Index extends string = never>(
      name: string,
      options: TableOptions<T, Index> = {},
    ): Table<T, Index> => new Table(deps.store, `aws/ec2/${name}`, options)
    this.deps = deps
    this.vpcs = table('vpcs')
    this.subnets = table('subnets')
    this.routeTables = table('route-tables', { unique: { token: ({ token }) => token?.value } })
    this.internetGateways = table('internet-gateways', { unique: { vpc: ({ vpcId }) => vpcId } })
    this.egressOnlyGateways = table('egress-only-gateways', {
      unique: { token: ({ token }) => token?.value },
    })
    this.natGateways = table('nat-gateways', { unique: { token: ({ token }) => token?.value } })
    this.addresses = table('addresses', { unique: { publicIp: ({ publicIp }) => publicIp } })
    this.groups = table('security-groups', {
      unique: { name: ({ vpcId, name }) => `${vpcId}/${name}` },
    })
    this.rules = table('security-group-rules')
    this.interfaces = table('network-interfaces', {
      unique: {
        token: ({ token }) => token?.value,
        address: interfaceAddressKeys,
        publicIp: ({ publicIp }) => publicIp,
      },
    })
    this.instances = table('instances')
    this.volumes = table('volumes', { unique: { token: ({ token }) => token?.value } })
    this.snapshots = table('snapshots')
    this.images = table('images', { unique: { token: ({ token }) => token?.value } })
    this.launchTemplates = table('launch-templates', {
      unique: { name: ({ name }) => name, token: ({ token }) => token?.value },
    })
    this.keyPairs = table('key-pairs', { unique: { name: ({ name }) => name } })
    this.networkAcls = table('network-acls', { unique: { token: ({ token }) => token?.value } })
    this.placementGroups = table('placement-groups', { unique: { name: ({ name }) => name } })
    this.firstStarts = table('first-starts')
    this.settings = table('settings')
    this.dhcpOptions = table('dhcp-options')
    this.prefixLists = table('prefix-lists', { unique: { token: ({ token }) => token?.value } })
    this.fleets = table('fleets', { unique: { token: ({ token }) => token?.value } })
    this.vpcEndpoints = table('vpc-endpoints', { unique: { token: ({ token }) => token?.value } })
  }

  /** A fresh id, e.g. `vpc-0` and 16 hexadecimal digits: 17 in all, as all resources made since 2016 have. */
  newId(type: ResourceType): string {
    return `${KINDS[type].prefix}-0${this.deps.ids.hex(16)}`
  }

  /** `arn:aws:ec2:REGION:ACCOUNT:TYPE/ID` */
  arn(type: string, id: string): string {
    return `arn:aws:ec2:${this.deps.region}:${this.deps.accountId}:${type}/${id}`
  }
}

/** The record of an id. @throws AwsError with the type's own NotFound code. */
export function need<T>(table: Table<T>, type: ResourceType, id: string | undefined): T {
  const record = table.get(id ?? '')
  if (!record) throw notFound(type, id ?? '')
  return record
}

/** The unique key of a private address. */
export function addressKey(subnetId: string, ip: string): string {
  return `${subnetId}/${ip}`
}

function interfaceAddressKeys(record: InterfaceRecord): string[] {
  const { subnetId, primaryIp, secondaryIps, ips6 = [], prefixes6 = [] } = record
  return [primaryIp, ...secondaryIps, ...ips6, ...prefixes6].map((ip) => addressKey(subnetId, ip))
}
