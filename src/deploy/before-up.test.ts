import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import { FakeClient } from '../kubernetes/client/testing/fake-client.ts'
import { serviceAccounts, services } from '../kubernetes/client/resources.ts'
import { clusterTags } from '../rules/eksctl/tags.ts'
import type { SourcedObject } from './apply.ts'
import { assertOurs, reviewChanges } from './before-up.ts'
import { createFindResource } from './find-resource.ts'
import type { Consent } from './stack-plan.ts'
import { existingNetwork } from './templates/network.ts'
import {
  awsFailure,
  FakeStacks,
  HastyClock,
  ownTags,
  testDeployment,
  type Handlers,
} from './testing/fake-cloud.ts'

const ISSUER = 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC'
const cluster = {
  name: 'workshop',
  endpoint: 'https://127.0.0.1:1',
  certificateAuthority: { data: 'Q0E=' },
  identity: { oidc: { issuer: ISSUER } },
  resourcesVpcConfig: { vpcId: 'vpc-1' },
}
const config: Partial<ClusterConfig> = {
  iam: { withOIDC: true, serviceAccounts: [{ metadata: { name: 'reader', namespace: 'web' } }] },
  managedNodeGroups: [{ name: 'ng' }],
}
const service: SourcedObject = {
  object: { apiVersion: 'v1', kind: 'Service', metadata: { name: 'nginx', namespace: 'web' } },
  source: 'x.yaml:9',
}
const ofEksctl = Object.entries({
  ...clusterTags('workshop'),
  'alpha.eksctl.io/eksctl-version': '0.230.0',
}).map(([Key, Value]) => ({ Key, Value }))

interface SceneOptions {
  readonly hasCluster?: boolean
  readonly consent?: Partial<Consent>
  readonly handlers?: Handlers
}

async function scene({ hasCluster = true, consent = {}, handlers = {} }: SceneOptions = {}) {
  const stacks = new FakeStacks()
  const kubernetes = new FakeClient({ clock: new HastyClock() })
  const world = await testDeployment(
    {
      ...stacks.handlers,
      DescribeCluster: () => {
        if (!hasCluster) throw awsFailure('ResourceNotFoundException', 'No cluster found')
        return { cluster }
      },
      ListNodegroups: () => ({ nodegroups: [] }),
      ...handlers,
    },
    { config, kubernetes, consent },
  )
  const findResource = () => createFindResource(async () => undefined)
  return {
    ...world,
    stacks,
    kubernetes,
    check: () => assertOurs(world.context, { manifests: [service], findResource }),
    review: () =>
      reviewChanges(world.context, {
        network: existingNetwork('vpc-1', { private: ['subnet-a'], public: [] }),
        version: '1.35',
      }),
  }
}

describe('assertOurs', () => {
  it('has nothing against a region without anything of these names', async () => {
    const world = await scene({ hasCluster: false })
    await world.check()
    expect(world.listener.warnings).toEqual([])
  })

  it('has nothing against what up has made', async () => {
    const world = await scene()
    world.stacks.seed('eksctl-workshop-cluster', { tags: ownTags() })
    world.kubernetes.seed(services, {
      metadata: { name: 'nginx', namespace: 'web', annotations: { 'neargate.dev/project': 'workshop' } },
      spec: {},
    })
    await world.check()
  })

  it('names everything that somebody else made, and how to go on', async () => {
    const world = await scene()
    world.stacks.seed('eksctl-workshop-cluster', { tags: ofEksctl })
    world.stacks.seed('eksctl-workshop-nodegroup-ng', { tags: ofEksctl })
    world.stacks.seed('eksctl-workshop-addon-iamserviceaccount-web-reader', { tags: [] })
    world.stacks.seed('eksctl-workshop-addon-vpc-cni', { tags: [] })
    world.stacks.seed('eksctl-workshop-nodegroup-other', { tags: ofEksctl })
    const managedFields = [{ manager: 'kubectl-create', operation: 'Update' as const }]
    world.kubernetes.seed(services, {
      metadata: { name: 'nginx', namespace: 'web', managedFields },
      spec: {},
    })
    world.kubernetes.seed(serviceAccounts, { metadata: { name: 'reader', namespace: 'web' } })
    await expect(world.check()).rejects.toMatchObject({
      message: [
        'the cluster workshop was made by eksctl 0.230.0, not by up: nothing was changed',
        '  stack eksctl-workshop-cluster, made by eksctl 0.230.0',
        '  stack eksctl-workshop-nodegroup-ng, made by eksctl 0.230.0',
        '  stack eksctl-workshop-addon-iamserviceaccount-web-reader, made by somebody else',
        '  stack eksctl-workshop-addon-vpc-cni, made by somebody else',
        '  ServiceAccount web/reader (iam.serviceAccounts), made by somebody else',
        '  Service web/nginx (x.yaml:9), made by kubectl',
      ].join('\n'),
      help: expect.stringContaining('--adopt'),
    })
  })

  it('goes on when it may take these over, after naming them', async () => {
    const world = await scene({ consent: { adopt: true } })
    world.stacks.seed('eksctl-workshop-cluster', { tags: ofEksctl })
    await world.check()
    expect(world.listener.warnings).toEqual([
      'taking over what up did not make:\n  stack eksctl-workshop-cluster, made by eksctl 0.230.0',
    ])
  })

  it('cannot take over a cluster that no stack of its own holds', async () => {
    const world = await scene({
      consent: { adopt: true },
      handlers: { DescribeCluster: () => ({ cluster: { ...cluster, tags: { terraform: 'true' } } }) },
    })
    await expect(world.check()).rejects.toMatchObject({
      message: expect.stringContaining('cluster workshop, made by somebody else (terraform=true)'),
      help: expect.stringContaining('No stack eksctl-workshop-cluster holds the cluster'),
    })
  })

  it('cannot take over a node group that no stack of its own holds', async () => {
    const pages = [{ nodegroups: ['other'], nextToken: 'more' }, { nodegroups: ['ng'] }]
    const world = await scene({ consent: { adopt: true }, handlers: { ListNodegroups: () => pages.shift() } })
    world.stacks.seed('eksctl-workshop-cluster', { tags: ownTags() })
    await expect(world.check()).rejects.toThrow('node group ng, made by somebody else')
  })

  it('does not mind stacks of the same prefix', async () => {
    const world = await scene({ hasCluster: false })
    world.stacks.seed('eksctl-workshop-prod-cluster', { tags: ownTags('workshop-prod') })
    world.stacks.seed('eksctl-work-cluster', { tags: ofEksctl })
    await world.check()
  })
})

describe('reviewChanges', () => {
  const template = JSON.stringify({ Resources: { Precious: { Type: 'AWS::Logs::LogGroup' } } })

  it('names all that would be lost in one go, and leaves no change set behind', async () => {
    const world = await scene()
    world.stacks.seed('eksctl-workshop-cluster', { tags: ownTags(), template })
    world.stacks.seed('eksctl-workshop-addon-vpc-cni', { tags: ownTags(), template })
    await expect(world.review()).rejects.toThrow(
      [
        'the change would lose something, so nothing was changed',
        '  stack eksctl-workshop-cluster:',
        '    Precious (AWS::Logs::LogGroup) would be removed, with the logs in it',
        '  stack eksctl-workshop-addon-vpc-cni:',
        '    Precious (AWS::Logs::LogGroup) would be removed, with the logs in it',
      ].join('\n'),
    )
    expect(world.stacks.changeSets.size).toBe(0)
    expect(world.inputsOf('ExecuteChangeSet')).toEqual([])
  })

  it('goes on when that was agreed to', async () => {
    const world = await scene({ consent: { allowReplacement: true } })
    world.stacks.seed('eksctl-workshop-cluster', { tags: ownTags(), template })
    await world.review()
    expect(world.inputsOf('ExecuteChangeSet')).toEqual([])
  })

  it('shows what taking a stack over would change, cluster or not', async () => {
    const world = await scene({ hasCluster: false, consent: { adopt: true, allowReplacement: true } })
    world.stacks.seed('eksctl-workshop-cluster', { tags: [], template })
    await world.review()
    expect(world.listener.warnings[0]?.split('\n').slice(0, 2)).toEqual([
      'taking over the stack eksctl-workshop-cluster:',
      '  Precious (AWS::Logs::LogGroup) would be removed, with the logs in it',
    ])
    expect(world.listener.warnings[0]).toContain('  ControlPlane (AWS::EKS::Cluster) would be added')
  })

  it('leaves stacks to their own turn that another run changes, or that have failed', async () => {
    const world = await scene({
      handlers: {
        CreateChangeSet: () => {
          throw awsFailure(
            'ValidationError',
            'Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.',
          )
        },
      },
    })
    world.stacks.seed('eksctl-workshop-cluster', { tags: ownTags(), template })
    world.stacks.seed('eksctl-workshop-nodegroup-ng', { tags: ownTags(), status: 'ROLLBACK_COMPLETE' })
    await world.review()
    expect(world.inputsOf('CreateChangeSet')).toHaveLength(1)
  })
})
