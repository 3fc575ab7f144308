// Owns the public addresses of interfaces: those of Elastic IPs, and those that instances in public subnets are given.
import type { NetworkInterfaceAssociation } from '@aws-sdk/client-ec2'

import type { Writer } from '../../../store/store.ts'
import type { Ec2State, InstanceRecord, InterfaceRecord } from './state.ts'

// Addresses for measurements (RFC 2544): nobody's host, and enough of them for every instance.
const BLOCK = '198.18'
const TRIES = 64

/** A public address that no interface has. */
export function freePublicIp(ec2: Ec2State): string {
  const { ids } = ec2.deps
  const random = (): string => `${BLOCK}.${ids.below(256)}.${1 + ids.below(254)}`
  let address = random()
  for (let tries = 0; tries < TRIES && ec2.interfaces.find('publicIp', address); tries++) address = random()
  return address
}

/** What an interface is known by outside: its Elastic IP, or the address that it was given; undefined without one. */
export function associationOf(
  ec2: Ec2State,
  record: InterfaceRecord,
): NetworkInterfaceAssociation | undefined {
  const elastic = ec2.addresses.list().find(({ interfaceId }) => interfaceId === record.id)
  const publicIp = elastic?.publicIp ?? record.publicIp
  if (publicIp === undefined) return undefined
  const hasNames = ec2.vpcs.get(record.vpcId)?.dnsHostnames === true
  return {
    PublicIp: publicIp,
    PublicDnsName: hasNames ? publicDnsName(publicIp, ec2.deps.region) : '',
    IpOwnerId: elastic ? ec2.deps.accountId : 'amazon',
    ...(elastic ? { AllocationId: elastic.id, AssociationId: elastic.associationId } : {}),
  }
}

/** `ec2-203-0-113-25.eu-west-1.compute.amazonaws.com`; us-east-1 has a name of its own ("Amazon EC2 instance hostnames"). */
function publicDnsName(ip: string, region: string): string {
  const zone = region === 'us-east-1' ? 'compute-1' : `${region}.compute`
  return `ec2-${ip.replaceAll('.', '-')}.${zone}.amazonaws.com`
}

/** Gives an instance that starts its public address, where it has one; it is another one after each stop. */
export function assignPublicIp(tx: Writer, ec2: Ec2State, { interfaceId, settings }: InstanceRecord): void {
  if (!settings?.isPublic) return
  ec2.interfaces.updateIn(tx, interfaceId, (eni) =>
    eni.publicIp === undefined ? { ...eni, publicIp: freePublicIp(ec2) } : undefined,
  )
}

/** Takes the public address of an instance that has stopped. */
export function releasePublicIp(tx: Writer, ec2: Ec2State, { interfaceId }: InstanceRecord): void {
  ec2.interfaces.updateIn(tx, interfaceId, ({ publicIp, ...eni }) =>
    publicIp === undefined ? undefined : eni,
  )
}
