// Owns what the tests of this folder work on: data directories of one test, recording agents, a small EC2.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { createTestRegion } from '../../aws/testing/test-region.ts'
import type { Ec2 } from '../../aws/services/ec2/index.ts'
import { InternalError } from '../../base/errors.ts'
import { FakeClock } from '../../base/testing/fake-clock.ts'
import type { KubeletGateway } from '../../kubernetes/server/ports.ts'
import type { NodeAgents } from '../../node/agents.ts'
import type { Machine } from '../../node/ports.ts'
import type { Store } from '../../store/store.ts'
import { homeAt, writeState, type Home } from '../home.ts'
import type { RegionIdentity } from '../identity.ts'
import { birthOf } from '../processes.ts'
import { prove } from '../proof.ts'
import { realPath, type RegionFile } from '../running.ts'

/** An empty directory until the end of the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'neargate-unit-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The paths of a data directory that exists, and is empty. */
export function temporaryHome(): Home {
  return homeAt(temporaryDirectory(), {})
}

export const testIdentity: RegionIdentity = {
  region: 'eu-west-1',
  accountId: '111122223333',
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'secret/key',
  adminToken: 'token',
}

/**
 * Makes a data directory look as if a region ran on it, in this process: it answers the handshake until the end of the
 * test, and takes regions beside it. @returns its endpoint.
 */
export async function pretendRegion(home: Home, more: Partial<RegionFile> = {}): Promise<string> {
  const birth = birthOf(process.pid)
  const file = {
    pid: process.pid,
    ...(birth === undefined ? {} : { birth }),
    directory: realPath(home.directory),
    region: testIdentity.region,
    startedAt: '2026-01-01T00:00:00Z',
    startedBy: 'start' as const,
    ephemeral: false,
    pace: 0,
    enforcesIam: true,
    ...more,
  }
  const endpoint = await serveProofs(file)
  writeState(home.identity, testIdentity)
  writeState(home.running, { endpoint, ...file })
  return endpoint
}

async function serveProofs(file: Pick<RegionFile, 'pid' | 'directory'>): Promise<string> {
  const regions: string[] = [testIdentity.region]
  const server = createServer((request, response) => {
    const added = /\/regions\/([a-z0-9-]+)$/.exec(request.url ?? '')?.[1]
    if (request.method === 'PUT' && added !== undefined) regions.push(added)
    if (request.url?.includes('/regions')) return void response.end(JSON.stringify({ regions }))
    const nonce = new URL(request.url ?? '', 'http://region').searchParams.get('nonce') ?? ''
    response.end(JSON.stringify({ proof: prove(testIdentity.adminToken, nonce, file) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Agents that keep what they are told. */
export class RecordingAgents implements NodeAgents {
  readonly machines = new Map<string, Machine>()
  /** `add NODE`, `suspend NODE`, `remove NODE`, in order. */
  readonly course: string[] = []
  readonly kubelet: KubeletGateway = { logs: refuse, exec: refuse, attach: refuse, portForward: refuse }

  async add(machine: Machine): Promise<void> {
    this.course.push(`add ${machine.nodeName}`)
    this.machines.set(machine.nodeName, machine)
  }

  async remove(nodeName: string): Promise<void> {
    this.course.push(`remove ${nodeName}`)
    this.machines.delete(nodeName)
  }

  async suspend(nodeName: string): Promise<void> {
    this.course.push(`suspend ${nodeName}`)
    this.machines.delete(nodeName)
  }

  async usage() {
    return []
  }

  nodeNames(): readonly string[] {
    return [...this.machines.keys()]
  }

  async stop(): Promise<void> {
    this.machines.clear()
  }
}

function refuse(): never {
  throw new InternalError('these agents have no containers')
}

export interface TestEc2 {
  readonly ec2: Ec2
  readonly region: string
  readonly store: Store
  /** Launches an instance with these tags. @returns its id; it is pending until its controller looks. */
  launch(
    tags: Readonly<Record<string, string>>,
    subnetId?: string,
    userData?: string,
    machine?: { readonly imageId?: string; readonly instanceType?: string },
  ): Promise<string>
  /** Makes another VPC with the addresses of the first. @returns its twin of `subnet-a`. */
  twinSubnet(): Promise<string>
  /** Makes a subnet whose interfaces get an IPv6 address. @returns its id */
  subnet6(): Promise<string>
  terminate(id: string): Promise<void>
  /** An operation of EC2. */
  call(operation: string, input: object): Promise<unknown>
  /** One pass of EC2's own controller. */
  reconcile(id: string): Promise<void>
}

/** EC2 over a store in memory, with the subnets `subnet-a` and `subnet-b` in two zones. */
export async function testEc2(): Promise<TestEc2> {
  const { ec2, deps, endpoint } = await createTestRegion({ clock: new FakeClock() })
  const zones = { 'subnet-a': 'ap-southeast-1a', 'subnet-b': 'ap-southeast-1b' }
  const subnets = Object.entries(zones).map(([id, zone]) => ({ id, zone, public: false }))
  await ec2.prepareNetwork({ subnets })
  const call = (operation: string, input: object): Promise<Answer> =>
    endpoint.caller.call<Answer>('ec2', operation, input)
  return {
    ec2,
    region: deps.region,
    store: deps.store,
    call,
    async twinSubnet() {
      const { Subnets: [model] = [] } = await call('DescribeSubnets', { SubnetIds: ['subnet-a'] })
      const { Vpcs: [first] = [] } = await call('DescribeVpcs', { VpcIds: [model?.VpcId] })
      const { Vpc } = await call('CreateVpc', { CidrBlock: first?.CidrBlock })
      const { Subnet } = await call('CreateSubnet', {
        VpcId: Vpc?.VpcId,
        CidrBlock: model?.CidrBlock,
        AvailabilityZone: model?.AvailabilityZone,
      })
      return Subnet?.SubnetId ?? ''
    },
    async subnet6() {
      const { Vpc } = await call('CreateVpc', { CidrBlock: '10.6.0.0/16', AmazonProvidedIpv6CidrBlock: true })
      const [block] = Vpc?.Ipv6CidrBlockAssociationSet ?? []
      const { Subnet } = await call('CreateSubnet', {
        VpcId: Vpc?.VpcId,
        CidrBlock: '10.6.1.0/24',
        Ipv6CidrBlock: block?.Ipv6CidrBlock?.replace('/56', '/64'),
      })
      const SubnetId = Subnet?.SubnetId ?? ''
      await call('ModifySubnetAttribute', { SubnetId, AssignIpv6AddressOnCreation: { Value: true } })
      return SubnetId
    },
    async launch(tags, subnetId = 'subnet-a', userData = '', machine = {}) {
      const { imageId = 'ami-1', instanceType = 't3.xlarge' } = machine
      const { Instances = [] } = await call('RunInstances', {
        MinCount: 1,
        MaxCount: 1,
        ImageId: imageId,
        InstanceType: instanceType,
        SubnetId: subnetId,
        ...(userData === '' ? {} : { UserData: Buffer.from(userData).toString('base64') }),
        ...(Object.keys(tags).length === 0
          ? {}
          : {
              TagSpecifications: [
                {
                  ResourceType: 'instance',
                  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
                },
              ],
            }),
      })
      return Instances[0]?.InstanceId ?? ''
    },
    async terminate(id) {
      await call('TerminateInstances', { InstanceIds: [id] })
    },
    async reconcile(id) {
      for (const controller of ec2.controllers) await controller.reconcile(id)
    },
  }
}

/** Members of all answers together; each call reads those of its operation. */
interface Answer {
  readonly Instances?: readonly { readonly InstanceId?: string }[]
  readonly Vpc?: Network
  readonly Vpcs?: readonly Network[]
  readonly Subnet?: Network
  readonly Subnets?: readonly Network[]
}

interface Network {
  readonly VpcId?: string
  readonly SubnetId?: string
  readonly CidrBlock?: string
  readonly AvailabilityZone?: string
  readonly Ipv6CidrBlockAssociationSet?: readonly { readonly Ipv6CidrBlock?: string }[]
}
