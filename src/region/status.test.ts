import { describe, expect, it } from 'vitest'

import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Resource } from '../kubernetes/client/client.ts'
import type { ListenerAddress } from '../network/load-balancer.ts'
import { StoreError } from '../store/store.ts'
import { regionStatus, type StatusSources } from './status.ts'

interface World {
  readonly clusters?: readonly object[]
  /** Names of nodes of the cluster that runs; none runs when absent. */
  readonly nodes?: readonly string[]
  readonly balancers?: readonly object[]
  readonly listeners?: readonly object[]
  readonly addresses?: readonly ListenerAddress[]
  /** Why the store cannot write. */
  readonly problem?: StoreError
}

/** The parts of a region that the account looks at, and nothing else of them. */
function sources({
  clusters = [],
  nodes,
  balancers = [],
  listeners = [],
  addresses = [],
  problem,
}: World): StatusSources {
  const call = async (_service: string, operation: string): Promise<unknown> =>
    operation === 'DescribeLoadBalancers' ? { LoadBalancers: balancers } : { Listeners: listeners }
  const informer = (resource: Resource): object => {
    const names = resource.plural === 'nodes' ? (nodes ?? []) : ['pod-1', 'pod-2', 'pod-3']
    return { list: () => names.map((name) => ({ metadata: { name } })) }
  }
  const running = nodes === undefined ? undefined : { context: { informer }, fargateUse: () => USE }
  return {
    region: 'eu-west-1',
    accountId: '111122223333',
    dns: '127.0.0.1:4569',
    store: { writeFailure: problem },
    eks: { tables: { clusters: { list: () => clusters.map((cluster) => ({ cluster })) } } },
    clusters: { find: () => running },
    caller: { call } as AwsCaller,
    plane: { addresses: () => addresses },
  } as unknown as StatusSources
}

const USE = { pods: 2, vcpuHours: 1, gbHours: 2, storageGbHours: 0 }
const workshop = {
  name: 'workshop',
  version: '1.35',
  status: 'ACTIVE',
  endpoint: 'https://127.0.0.1:6443',
  certificateAuthority: { data: 'Q0E=' },
}

describe('regionStatus', () => {
  it('says why nothing can be written', async () => {
    const problem = new StoreError('Unwritable', 'cannot write store.db: database or disk is full')
    expect(await regionStatus(sources({ problem }))).toMatchObject({ storeProblem: problem.message })
  })

  it('says what the region is', async () => {
    const status = await regionStatus(sources({}))
    expect(status).toMatchObject({
      region: 'eu-west-1',
      accountId: '111122223333',
      dns: '127.0.0.1:4569',
      pid: process.pid,
      clusters: [],
      loadBalancers: [],
    })
    expect(status.memoryMiB).toBeGreaterThan(10)
    expect(status).not.toHaveProperty('storeProblem')
  })

  it('counts nodes by what they are, and pods', async () => {
    const nodes = [
      'ip-10-0-1-9.ec2.internal',
      'fargate-ip-10-0-1-10.ec2.internal',
      'fargate-ip-10-0-1-11.ec2.internal',
    ]
    const { clusters } = await regionStatus(sources({ clusters: [workshop], nodes }))
    expect(clusters).toEqual([
      {
        name: 'workshop',
        version: '1.35',
        status: 'ACTIVE',
        endpoint: 'https://127.0.0.1:6443',
        certificateAuthorityData: 'Q0E=',
        nodes: { ec2: 1, fargate: 2 },
        pods: 3,
        // 0.04048 a vCPU-hour, 0.004445 a GB-hour.
        fargateUse: { ...USE, usd: expect.closeTo(0.04937, 8) },
      },
    ])
  })

  it('shows a cluster that is being created without what it has not yet', async () => {
    const { clusters } = await regionStatus(
      sources({ clusters: [{ name: 'new', version: '1.35', status: 'CREATING' }] }),
    )
    expect(clusters).toEqual([
      { name: 'new', version: '1.35', status: 'CREATING', nodes: { ec2: 0, fargate: 0 }, pods: 0 },
    ])
  })

  it('gives the URLs of the listeners that are open', async () => {
    const { loadBalancers } = await regionStatus(
      sources({
        balancers: [
          {
            LoadBalancerArn: 'arn:lb',
            LoadBalancerName: 'k8s-Web',
            DNSName: 'k8s-Web-0123.elb.eu-west-1.localhost',
            State: { Code: 'active' },
          },
        ],
        listeners: [
          { ListenerArn: 'arn:one', Port: 80 },
          { ListenerArn: 'arn:two', Port: 81 },
        ],
        addresses: [
          {
            listenerArn: 'arn:one',
            url: 'http://k8s-web-0123.elb.eu-west-1.localhost:4580',
            own: [
              { zone: 'a', address: '127.66.3.9', isOpen: true, isNamed: true },
              { zone: 'c', address: '127.68.3.9', isOpen: true, isNamed: false },
              { zone: 'b', address: '127.67.3.9', isOpen: false, isNamed: true, fault: 'EADDRINUSE' },
            ],
          },
        ],
      }),
    )
    expect(loadBalancers).toEqual([
      {
        name: 'k8s-Web',
        // Service status has it in lower case, and that is what it is looked up by.
        hostname: 'k8s-web-0123.elb.eu-west-1.localhost',
        state: 'active',
        listeners: [
          {
            port: 80,
            url: 'http://k8s-web-0123.elb.eu-west-1.localhost:4580',
            addresses: ['127.66.3.9:80'],
            fault: { code: 'EADDRINUSE', address: '127.67.3.9:80' },
          },
        ],
      },
    ])
  })
})
