// Owns the surface of EC2: the operations, and what the region asks of it in-process.
import type { IpFamily } from '../../../base/address-range.ts'
import type { Controller } from '../../../reconcile/controller.ts'
import type { Table } from '../../../store/table.ts'
import type { AwsService, ServiceDeps } from '../../protocol/service.ts'
import { defineService } from '../../protocol/services.ts'
import { ensureDefaultVpc } from './default-vpc.ts'
import { noteFree } from './addresses.ts'
import { createGroupMembers, type GroupMembers } from './group-members.ts'
import { createIngress, type Ingress } from './ingress.ts'
import { instanceController } from './lifecycle.ts'
import { addSecondary, insertInterface, removeSecondary, type NewInterface } from './network-interfaces.ts'
import { prepareNetwork, type NetworkRequest, type PreparedNetwork } from './network.ts'
import { ensurePrefix6 } from './interface-addresses6.ts'
import { isPrivateSubnet } from './route-tables.ts'
import { createWaysOut, type WaysOut } from './ways-out.ts'
import { Ec2State, type InstanceRecord, type InterfaceRecord } from './state.ts'

export type { Ingress } from './ingress.ts'
export type { InstanceRecord, InterfaceRecord } from './state.ts'
export type { NewInterface } from './network-interfaces.ts'
export type { NetworkRequest, PreparedNetwork } from './network.ts'

export interface Ec2 {
  readonly service: AwsService
  readonly controllers: readonly Controller[]
  /** Instances, to read and to watch. */
  readonly instances: Pick<Table<InstanceRecord>, 'get' | 'list' | 'watch'>
  readonly interfaces: {
    get(id: string): InterfaceRecord | undefined
    list(): InterfaceRecord[]
    /** Makes an interface that an AWS service owns (`requesterId`, `description`); for Fargate and load balancers. */
    create(wanted: NewInterface): Promise<InterfaceRecord>
    /** Removes one, attached or not; no error when it is not there. */
    remove(id: string): Promise<void>
  }
  readonly addresses: {
    /** One more private address on an instance's interface. @throws AwsError InsufficientFreeAddressesInSubnet. */
    assignSecondary(instanceId: string): Promise<string>
    /** The IPv6 prefix, /80, of an instance's interface, which gets one where it has none. @throws AwsError InvalidParameterValue */
    prefix6(instanceId: string): Promise<string>
    /** Gives it back; no error when the instance or the address is gone. */
    release(instanceId: string, ip: string): Promise<void>
  }
  /** What security groups let in. */
  readonly ingress: Ingress
  /** Which addresses of a VPC reach the internet. */
  readonly waysOut: WaysOut
  /** What security groups let through between its addresses. */
  readonly groupMembers: GroupMembers
  /** The blocks of a subnet; undefined when it is not there, or has none of IPv6. */
  cidrOfSubnet(subnetId: string, family?: IpFamily): string | undefined
  /** No direct route to an internet gateway. @throws AwsError InvalidSubnetID.NotFound. */
  isPrivateSubnet(subnetId: string): boolean
  /** Gives a new region its default VPC; does nothing at later starts. */
  ensureDefaultVpc(): Promise<void>
  /** Near only: makes what the given subnet ids refer to. */
  prepareNetwork(request: NetworkRequest): Promise<PreparedNetwork>
}

/** Builds EC2. */
export function createEc2(deps: ServiceDeps): Ec2 {
  const ec2 = new Ec2State(deps)
  ec2.interfaces.watch(({ type, value }) => {
    if (type === 'delete') noteFree(ec2, value.subnetId, [value.primaryIp, ...value.secondaryIps])
  })
  return {
    service: defineService('ec2', async () => (await import('./operations.ts')).operationTable(ec2)),
    controllers: [instanceController(ec2)],
    instances: ec2.instances,
    interfaces: {
      get: (id) => ec2.interfaces.get(id),
      list: () => ec2.interfaces.list(),
      create: (wanted) => deps.store.transact((tx) => insertInterface(tx, ec2, wanted)),
      remove: (id) => ec2.interfaces.delete(id),
    },
    addresses: {
      assignSecondary: async (instanceId) => {
        const interfaceId = ec2.instances.get(instanceId)?.interfaceId ?? ''
        const [ip = ''] = await addSecondary(ec2, interfaceId, { count: 1 })
        return ip
      },
      prefix6: async (instanceId) =>
        await ensurePrefix6(ec2, ec2.instances.get(instanceId)?.interfaceId ?? ''),
      release: async (instanceId, ip) => {
        const record = ec2.instances.get(instanceId)
        if (record) await removeSecondary(ec2, record.interfaceId, [ip])
      },
    },
    ingress: createIngress(ec2),
    waysOut: createWaysOut(ec2),
    groupMembers: createGroupMembers(ec2),
    cidrOfSubnet: (subnetId, family = 'IPv4') => {
      const subnet = ec2.subnets.get(subnetId)
      return family === 'IPv4' ? subnet?.cidr : subnet?.cidr6?.cidr
    },
    isPrivateSubnet: (subnetId) => isPrivateSubnet(ec2, subnetId),
    ensureDefaultVpc: () => ensureDefaultVpc(ec2),
    prepareNetwork: (request) => prepareNetwork(ec2, request),
  }
}
