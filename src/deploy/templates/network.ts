// Owns the network of a cluster stack: the VPC the file names, or a dedicated one as eksctl lays it out.
import type { ClusterConfig } from '../../config/cluster-config.ts'
import {
  DEFAULT_NAT_MODE,
  DEFAULT_VPC_CIDR,
  subnetBlocks,
  type SubnetBlocks,
} from '../../rules/eksctl/network-layout.ts'
import { isIpv6 } from '../../config/ip-family.ts'
import type { ClusterNetwork } from './cluster.ts'
import { remoteRoutes } from './remote-nodes.ts'
import { getAtt, nameTag, ref, type Resources, type Value } from './template.ts'

// As eksctl calls it.
const VPC_BLOCK6 = 'IPv6CidrBlock'

/** The network of a VPC that exists already. */
export function existingNetwork(
  vpcId: string,
  subnets: { private: readonly string[]; public: readonly string[] },
  privateRouteTables: readonly string[] = [],
): ClusterNetwork {
  return {
    vpc: vpcId,
    privateSubnets: subnets.private,
    publicSubnets: subnets.public,
    privateRouteTables,
    resources: {},
    natMode: undefined,
  }
}

/**
 * A dedicated VPC over the given zones: public and private subnets, one NAT gateway (or one a zone); private subnets alone
 * for a private cluster.
 */
export function dedicatedNetwork(config: ClusterConfig, zones: readonly string[]): ClusterNetwork {
  const cidr = config.vpc?.cidr ?? DEFAULT_VPC_CIDR
  const blocks = subnetBlocks(cidr, zones.length)
  const isPrivate = config.privateCluster?.enabled === true
  const natMode = isPrivate ? 'Disable' : (config.vpc?.nat?.gateway ?? DEFAULT_NAT_MODE)
  const ofIpv6 = isIpv6(config)
  const resources: Resources = {
    VPC: {
      Type: 'AWS::EC2::VPC',
      Properties: {
        CidrBlock: cidr,
        EnableDnsSupport: true,
        EnableDnsHostnames: true,
        Tags: [nameTag('VPC')],
      },
    },
    ...(isPrivate ? {} : internet()),
    ...(config.vpc?.autoAllocateIPv6 === true ? blocks6(zones, { isPrivate }) : {}),
    ...(ofIpv6 ? network6({ isPrivate }) : {}),
    ...(isPrivate ? {} : remoteRoutes(config, zones.map(zoneId))),
  }
  for (const [index, zone] of zones.entries()) {
    const layout = {
      index,
      zones: zones.length,
      blocks,
      natMode,
      ofIpv6,
      hostnameType: config.vpc?.hostnameType,
    }
    Object.assign(
      resources,
      privateResources(zone, layout),
      isPrivate ? {} : publicResources(zone, layout),
      isPrivate || !ofIpv6 ? {} : egressRoute6(zone),
    )
  }
  return {
    vpc: ref('VPC'),
    publicSubnets: isPrivate ? [] : zones.map((zone) => ref(`SubnetPublic${zoneId(zone)}`)),
    privateSubnets: zones.map((zone) => ref(`SubnetPrivate${zoneId(zone)}`)),
    privateRouteTables: zones.map((zone) => ref(`PrivateRouteTable${zoneId(zone)}`)),
    resources,
    natMode: isPrivate ? undefined : natMode,
  }
}

function internet(): Resources {
  return {
    InternetGateway: {
      Type: 'AWS::EC2::InternetGateway',
      Properties: { Tags: [nameTag('InternetGateway')] },
    },
    VPCGatewayAttachment: {
      Type: 'AWS::EC2::VPCGatewayAttachment',
      Properties: { InternetGatewayId: ref('InternetGateway'), VpcId: ref('VPC') },
    },
    PublicRouteTable: routeTable('PublicRouteTable'),
    PublicSubnetRoute: {
      Type: 'AWS::EC2::Route',
      DependsOn: ['VPCGatewayAttachment'],
      Properties: {
        RouteTableId: ref('PublicRouteTable'),
        DestinationCidrBlock: '0.0.0.0/0',
        GatewayId: ref('InternetGateway'),
      },
    },
  }
}

// eksctl cuts two more than there are subnets.
function block6(zones: number, part: number): Value {
  const parts = {
    'Fn::Cidr': [{ 'Fn::Select': [0, getAtt('VPC', 'Ipv6CidrBlocks')] }, zones * 2 + 2, 64],
  }
  return { 'Fn::Select': [part, parts] }
}

/** What the VPC of an IPv6 cluster has: a block of Amazon's, and the ways that its subnets have to the internet. */
function network6({ isPrivate }: { readonly isPrivate: boolean }): Resources {
  return {
    [VPC_BLOCK6]: {
      Type: 'AWS::EC2::VPCCidrBlock',
      Properties: { VpcId: ref('VPC'), AmazonProvidedIpv6CidrBlock: true },
    },
    ...(isPrivate
      ? {}
      : {
          ...route6(),
          EgressOnlyInternetGateway: {
            Type: 'AWS::EC2::EgressOnlyInternetGateway',
            Properties: { VpcId: ref('VPC') },
          },
        }),
  }
}

function egressRoute6(zone: string): Resources {
  const id = zoneId(zone)
  return {
    [`PrivateSubnetDefaultIpv6Route${id}`]: {
      Type: 'AWS::EC2::Route',
      Properties: {
        RouteTableId: ref(`PrivateRouteTable${id}`),
        DestinationIpv6CidrBlock: '::/0',
        EgressOnlyInternetGatewayId: ref('EgressOnlyInternetGateway'),
      },
    },
  }
}

/** A block of Amazon's for the VPC, and a part of it for each subnet, as eksctl numbers them. */
function blocks6(zones: readonly string[], { isPrivate }: { readonly isPrivate: boolean }): Resources {
  const block = (topology: 'Public' | 'Private', zone: string, part: number): Resources => ({
    [`${topology}${zoneId(zone)}CIDRv6`]: {
      Type: 'AWS::EC2::SubnetCidrBlock',
      Properties: {
        SubnetId: ref(`Subnet${topology}${zoneId(zone)}`),
        Ipv6CidrBlock: block6(zones.length, part),
      },
    },
  })
  const ofSubnets = zones.flatMap((zone, index) => [
    ...(isPrivate ? [] : [block('Public', zone, index)]),
    block('Private', zone, zones.length + index),
  ])
  return Object.assign(
    {
      AutoAllocatedCIDRv6: {
        Type: 'AWS::EC2::VPCCidrBlock',
        Properties: { VpcId: ref('VPC'), AmazonProvidedIpv6CidrBlock: true },
      },
    },
    isPrivate ? {} : route6(),
    ...ofSubnets,
  )
}

function route6(): Resources {
  return {
    PublicSubnetIPv6DefaultRoute: {
      Type: 'AWS::EC2::Route',
      DependsOn: ['VPCGatewayAttachment'],
      Properties: {
        RouteTableId: ref('PublicRouteTable'),
        DestinationIpv6CidrBlock: '::/0',
        GatewayId: ref('InternetGateway'),
      },
    },
  }
}

interface ZoneLayout {
  readonly index: number
  /** How many there are. */
  readonly zones: number
  readonly ofIpv6: boolean
  readonly blocks: SubnetBlocks
  readonly natMode: string
  readonly hostnameType: string | undefined
}

function publicResources(zone: string, layout: ZoneLayout): Resources {
  const { index, zones, blocks, natMode, ofIpv6, hostnameType } = layout
  const id = zoneId(zone)
  const natSuffix = natMode === 'HighlyAvailable' ? id : ''
  const makesNat = natMode === 'HighlyAvailable' || (natMode === 'Single' && index === 0)
  return {
    [`SubnetPublic${id}`]: subnet(`SubnetPublic${id}`, zone, {
      cidr: blocks.public[index] ?? '',
      role: 'kubernetes.io/role/elb',
      isPublic: true,
      hostnameType,
      ...(ofIpv6 && { cidr6: block6(zones, index) }),
    }),
    [`RouteTableAssociationPublic${id}`]: association(`SubnetPublic${id}`, 'PublicRouteTable'),
    ...(makesNat ? natGateway(natSuffix, `SubnetPublic${id}`) : {}),
    ...(natMode === 'Disable' ? {} : natRoute(id, natSuffix)),
  }
}

function privateResources(zone: string, layout: ZoneLayout): Resources {
  const { index, zones, blocks, ofIpv6, hostnameType } = layout
  const id = zoneId(zone)
  return {
    [`SubnetPrivate${id}`]: subnet(`SubnetPrivate${id}`, zone, {
      cidr: blocks.private[index] ?? '',
      role: 'kubernetes.io/role/internal-elb',
      isPublic: false,
      hostnameType,
      ...(ofIpv6 && { cidr6: block6(zones, zones + index) }),
    }),
    [`PrivateRouteTable${id}`]: routeTable(`PrivateRouteTable${id}`),
    [`RouteTableAssociationPrivate${id}`]: association(`SubnetPrivate${id}`, `PrivateRouteTable${id}`),
  }
}

function natGateway(suffix: string, subnetId: string): Resources {
  return {
    [`NATIP${suffix}`]: {
      Type: 'AWS::EC2::EIP',
      Properties: { Domain: 'vpc', Tags: [nameTag(`NATIP${suffix}`)] },
    },
    [`NATGateway${suffix}`]: {
      Type: 'AWS::EC2::NatGateway',
      Properties: {
        AllocationId: getAtt(`NATIP${suffix}`, 'AllocationId'),
        SubnetId: ref(subnetId),
        Tags: [nameTag(`NATGateway${suffix}`)],
      },
    },
  }
}

function natRoute(id: string, natSuffix: string): Resources {
  return {
    [`NATPrivateSubnetRoute${id}`]: {
      Type: 'AWS::EC2::Route',
      Properties: {
        RouteTableId: ref(`PrivateRouteTable${id}`),
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: ref(`NATGateway${natSuffix}`),
      },
    },
  }
}

function routeTable(logicalId: string): Resources[string] {
  return { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('VPC'), Tags: [nameTag(logicalId)] } }
}

function association(subnetId: string, tableId: string): Resources[string] {
  return {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { SubnetId: ref(subnetId), RouteTableId: ref(tableId) },
  }
}

interface SubnetShape {
  readonly cidr: string
  readonly role: string
  readonly isPublic: boolean
  readonly cidr6?: Value
  readonly hostnameType: string | undefined
}

function subnet(logicalId: string, zone: string, shape: SubnetShape): Resources[string] {
  const { cidr, cidr6, role, isPublic, hostnameType } = shape
  const tags: Value[] = [{ Key: role, Value: '1' }, nameTag(logicalId)]
  return {
    Type: 'AWS::EC2::Subnet',
    ...(cidr6 === undefined ? {} : { DependsOn: [VPC_BLOCK6] }),
    Properties: {
      AvailabilityZone: zone,
      CidrBlock: cidr,
      ...(cidr6 === undefined ? {} : { Ipv6CidrBlock: cidr6, AssignIpv6AddressOnCreation: true }),
      VpcId: ref('VPC'),
      ...(isPublic ? { MapPublicIpOnLaunch: true } : {}),
      ...(hostnameType === undefined
        ? {}
        : { PrivateDnsNameOptionsOnLaunch: { HostnameType: hostnameType } }),
      Tags: tags,
    },
  }
}

// ap-southeast-1a -> APSOUTHEAST1A, the alias that eksctl uses in logical ids.
function zoneId(zone: string): string {
  return zone.replaceAll('-', '').toUpperCase()
}
