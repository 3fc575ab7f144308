import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { customResourceDefinitions, daemonSets, nodes } from '../../kubernetes/client/resources.ts'
import { cniNodes } from '../../kubernetes/client/vpc-resources.ts'
import { Rehearsal } from '../testing/rehearsal.ts'
import { createDefinitionsController } from './definitions.ts'
import { createTrunkController } from './nodes.ts'

const ENI = 'vpc.amazonaws.com/pod-eni'

let rehearsal: Rehearsal
const trunked: string[] = []

beforeEach(() => {
  rehearsal = new Rehearsal()
  trunked.length = 0
})

afterEach(async () => {
  await rehearsal[Symbol.asyncDispose]()
})

async function addNode(name: string, labels: Record<string, string>): Promise<void> {
  await rehearsal.client.create(nodes, {
    metadata: { name, labels },
    spec: { providerID: `aws:///us-east-1a/i-${name}` },
    status: { capacity: { cpu: '2' }, allocatable: { cpu: '2' } },
  })
}

async function tell(value: 'true' | 'false', namespace = 'kube-system'): Promise<void> {
  const labels = { 'k8s-app': 'aws-node' }
  const containers = [{ name: 'aws-node', image: 'i', env: [{ name: 'ENABLE_POD_ENI', value }] }]
  await rehearsal.client.create(daemonSets, {
    metadata: { name: 'aws-node', namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  })
}

async function run(): Promise<void> {
  const trunks = { ensure: async (name: string): Promise<void> => void trunked.push(name) }
  rehearsal.start(createTrunkController({ context: rehearsal.context, clusterName: 'shop', trunks }))
  await rehearsal.settle()
}

async function offered(name: string): Promise<unknown> {
  return (await rehearsal.client.get(nodes, { name })).status?.allocatable?.[ENI]
}

describe('nodes of a cluster whose VPC CNI is told to', () => {
  it('offer as many branch interfaces as their type has, and say so', async () => {
    await addNode('big', { 'node.kubernetes.io/instance-type': 'm5.large' })
    await tell('true')
    await run()
    expect(await offered('big')).toBe('9')
    expect(trunked).toEqual(['big'])
    expect(await rehearsal.client.get(cniNodes, { name: 'big' })).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'Node', name: 'big' }] },
      spec: {
        features: [{ name: 'SecurityGroupsForPods' }],
        tags: { 'node.k8s.amazonaws.com/instance_id': 'i-big' },
      },
    })
    expect(await rehearsal.told()).toEqual([
      'NodeTrunkInitiated: The node has trunk interface initialized successfully',
    ])
  })

  it('of a type that has none offer nothing, and say so', async () => {
    await addNode('small', { 'node.kubernetes.io/instance-type': 't3.large' })
    await tell('true')
    await run()
    expect(await offered('small')).toBeUndefined()
    expect(await rehearsal.told()).toEqual([
      'Unsupported: The instance type t3.large is not supported for trunk interface (Security Group for Pods)',
    ])
  })

  it('of Fargate are none of its business', async () => {
    await addNode('fargate-1', { 'eks.amazonaws.com/compute-type': 'fargate' })
    await tell('true')
    await run()
    expect((await rehearsal.client.list(cniNodes)).items).toEqual([])
  })
})

it('nodes offer nothing while it is not told to, and do once it is', async () => {
  await addNode('big', { 'node.kubernetes.io/instance-type': 'm5.large' })
  await tell('false')
  await run()
  expect(await offered('big')).toBeUndefined()
  expect((await rehearsal.client.get(cniNodes, { name: 'big' })).spec?.features).toEqual([])

  const { client } = rehearsal
  const set = await client.get(daemonSets, { namespace: 'kube-system', name: 'aws-node' })
  const changed = structuredClone(set) as unknown as {
    spec: { template: { spec: { containers: { env: { value: string }[] }[] } } }
  }
  for (const { env } of changed.spec.template.spec.containers)
    for (const variable of env) variable.value = 'true'
  await client.update(daemonSets, changed as unknown as typeof set)
  await rehearsal.settle()
  expect(await offered('big')).toBe('9')
  expect((await client.get(cniNodes, { name: 'big' })).spec?.features).toEqual([
    { name: 'SecurityGroupsForPods' },
  ])
})

it('nodes are not looked at again for a DaemonSet of another namespace', async () => {
  await addNode('big', { 'node.kubernetes.io/instance-type': 'm5.large' })
  await run()
  // Whoever looks at the node again makes it a new CNINode.
  await rehearsal.client.delete(cniNodes, { name: 'big' })
  await tell('true', 'default')
  await rehearsal.settle()
  expect((await rehearsal.client.list(cniNodes)).items).toEqual([])
})

it('a cluster has the definitions of EKS, whether it had them before or not', async () => {
  rehearsal.start(createDefinitionsController(rehearsal.context))
  await rehearsal.settle()
  const { items } = await rehearsal.client.list(customResourceDefinitions)
  expect(
    items.toReversed().map(({ metadata, spec }) => [metadata.name, spec.scope, spec.names.shortNames]),
  ).toEqual([
    ['cninodes.vpcresources.k8s.aws', 'Cluster', ['cnd']],
    ['securitygrouppolicies.vpcresources.k8s.aws', 'Namespaced', ['sgp']],
  ])
})
