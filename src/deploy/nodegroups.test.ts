import { describe, expect, it } from 'vitest'

import type { ClusterConfig, ManagedNodeGroup } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { nodes } from '../kubernetes/client/resources.ts'
import { nodeGroupStack, nodesReady } from './nodegroups.ts'
import { HastyClock, testDeployment } from './testing/fake-cloud.ts'

const vpc: NonNullable<ClusterConfig['vpc']> = {
  subnets: {
    private: { 'eu-west-1a': { id: 'subnet-1a' }, own: { id: 'subnet-1b', az: 'eu-west-1b' } },
    public: { 'eu-west-1a': { id: 'subnet-pub' } },
  },
}

const workshop: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'workshop', region: 'eu-west-1' },
}

async function subnetsGiven(
  group: Partial<ManagedNodeGroup>,
  config: Partial<ClusterConfig>,
): Promise<unknown> {
  const { template } = nodeGroupStack({ ...workshop, ...config }, { name: 'ng', ...group })
  return template.Resources['ManagedNodeGroup']?.Properties?.['Subnets']
}

function imported(output: string): unknown {
  return { 'Fn::Split': [',', { 'Fn::ImportValue': `eksctl-workshop-cluster::${output}` }] }
}

describe('the subnets of a node group', () => {
  it.each<[string, Partial<ManagedNodeGroup>, Partial<ClusterConfig>, unknown]>([
    ['public ones of the file by default', {}, { vpc }, ['subnet-pub']],
    ['private ones when asked for', { privateNetworking: true }, { vpc }, ['subnet-1a', 'subnet-1b']],
    [
      'private ones where there are no public ones',
      {},
      { vpc: { subnets: { private: vpc.subnets?.private ?? {} } } },
      ['subnet-1a', 'subnet-1b'],
    ],
    [
      'those in the zones it names',
      { privateNetworking: true, availabilityZones: ['eu-west-1b'] },
      { vpc },
      ['subnet-1b'],
    ],
    ['those it names by id', { subnets: ['subnet-elsewhere'] }, { vpc }, ['subnet-elsewhere']],
    ['those it names by name', { subnets: ['own'] }, { vpc }, ['subnet-1b']],
    [
      'those it names by zone',
      { subnets: ['eu-west-1b', 'eu-west-1a'] },
      { vpc },
      ['subnet-1b', 'subnet-1a'],
    ],
    ["the cluster's own public ones", {}, {}, imported('SubnetsPublic')],
    ["the cluster's own private ones", { privateNetworking: true }, {}, imported('SubnetsPrivate')],
    [
      "the cluster's own ones of a zone",
      { availabilityZones: ['x-1b'] },
      { availabilityZones: ['x-1a', 'x-1b'] },
      [{ 'Fn::Select': ['1', imported('SubnetsPublic')] }],
    ],
  ])('are %s', async (_, group, config, expected) => {
    expect(await subnetsGiven(group, config)).toEqual(expected)
  })

  it('must be known', async () => {
    const failed = await subnetsGiven({ subnets: ['eu-west-1c'] }, { vpc }).catch((error: unknown) => error)
    expect(failed).toMatchObject({
      message: 'node group subnet "eu-west-1c" is neither a subnet id nor one of vpc.subnets',
      help: 'Use one of: eu-west-1a, own, eu-west-1a.',
    })
  })
})

describe('nodeGroupStack', () => {
  it('is the stack that eksctl makes, with its tags', () => {
    expect(nodeGroupStack(workshop, { name: 'ng', tags: { team: 'web' } })).toMatchObject({
      name: 'eksctl-workshop-nodegroup-ng',
      cluster: 'workshop',
      capabilities: ['CAPABILITY_IAM'],
      tags: {
        'alpha.eksctl.io/cluster-name': 'workshop',
        'alpha.eksctl.io/nodegroup-name': 'ng',
        'alpha.eksctl.io/nodegroup-type': 'managed',
        team: 'web',
      },
    })
  })

  it('asks for the capability that a role with a name needs', () => {
    const group = { name: 'ng', iam: { instanceRoleName: 'nodes' } }
    expect(nodeGroupStack(workshop, group).capabilities).toEqual(['CAPABILITY_NAMED_IAM'])
  })
})

describe('nodesReady', () => {
  async function scene(states: readonly ('True' | 'False')[]) {
    const kubernetes = new FakeClient({ clock: new HastyClock() })
    states.forEach((status, index) =>
      kubernetes.seed(nodes, {
        metadata: { name: `ip-${index}`, labels: { 'alpha.eksctl.io/nodegroup-name': 'ng' } },
        spec: {},
        status: { conditions: [{ type: 'Ready', status }] },
      }),
    )
    kubernetes.seed(nodes, {
      metadata: { name: 'other', labels: { 'alpha.eksctl.io/nodegroup-name': 'other' } },
      spec: {},
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    })
    const { context } = await testDeployment({})
    return nodesReady(context, kubernetes, { name: 'ng', minSize: 2, desiredCapacity: 3 })
  }

  it('waits for as many as the minimum says, of this group', async () => {
    expect(await scene(['True', 'False', 'True'])).toBe(2)
  })

  it('says how many there are when time runs out', async () => {
    await expect(scene(['True', 'False'])).rejects.toMatchObject({
      message: 'node group ng has 1 of 2 nodes ready (gave up after 1500 s)',
      help: 'Look at it with: kubectl get nodes -l alpha.eksctl.io/nodegroup-name=ng',
    })
  })
})

describe('a node group in a zone that the cluster does not name', () => {
  it('is refused', async () => {
    await expect(
      subnetsGiven({ availabilityZones: ['x-1c'] }, { availabilityZones: ['x-1a'] }),
    ).rejects.toThrow("node group zone x-1c is none of the cluster's")
  })
})
