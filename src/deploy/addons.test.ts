import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from '../config/cluster-config.ts'
import type { StepResult } from './progress.ts'
import { addonRounds, ensureAddon } from './addons.ts'
import {
  awsFailure,
  FakeStacks,
  testDeployment,
  type Handlers,
  type TestDeployment,
} from './testing/fake-cloud.ts'

const notFound = (): never => {
  throw awsFailure('ResourceNotFoundException', 'No addon: x found in cluster: workshop')
}
const version = (addonVersion: string, defaultVersion: boolean) => ({
  addonVersion,
  compatibilities: [{ clusterVersion: '1.35', defaultVersion }],
})
const versions: Handlers = {
  DescribeAddon: notFound,
  DescribeAddonVersions: () => ({
    addons: [{ addonVersions: [version('v1.20.4-eksbuild.1', false), version('v1.20.2-eksbuild.1', true)] }],
  }),
  CreateAddon: () => ({}),
}

const ISSUER = 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC'
const ours = { 'neargate.dev/project': 'workshop' }

function ensure({ context }: TestDeployment, name: string): Promise<StepResult> {
  return ensureAddon(context, name, { kubernetesVersion: '1.35', issuer: ISSUER }, () => undefined)
}

describe('addonRounds', () => {
  it.each<[string, Partial<ClusterConfig>, readonly string[], readonly string[]]>([
    ['nothing said', {}, ['vpc-cni', 'kube-proxy', 'coredns'], ['metrics-server']],
    [
      'more asked for',
      { addons: [{ name: 'aws-ebs-csi-driver' }, { name: 'coredns' }] },
      ['vpc-cni', 'kube-proxy', 'coredns'],
      ['metrics-server', 'aws-ebs-csi-driver'],
    ],
    ['defaults disabled', { addonsConfig: { disableDefaultAddons: true } }, [], []],
    [
      'defaults disabled and some asked for',
      {
        addonsConfig: { disableDefaultAddons: true },
        addons: [{ name: 'metrics-server' }, { name: 'vpc-cni' }],
      },
      ['vpc-cni'],
      ['metrics-server'],
    ],
  ])('with %s', async (_, config, beforeNodes, afterNodes) => {
    const { context } = await testDeployment({}, { config })
    expect(addonRounds(context)).toEqual({ beforeNodes, afterNodes })
  })
})

describe('ensureAddon', () => {
  it('leaves one alone that is there', async () => {
    const world = await testDeployment({
      DescribeAddon: () => ({ addon: { addonName: 'coredns', tags: ours } }),
    })
    expect(await ensure(world, 'coredns')).toEqual({ outcome: 'unchanged' })
    expect(world.calls.map(({ operation }) => operation)).toEqual(['DescribeAddon'])
  })

  it('leaves one alone that somebody else has installed, and says whose it is', async () => {
    const tags = { 'alpha.eksctl.io/eksctl-version': '0.230.0' }
    const world = await testDeployment(
      { DescribeAddon: () => ({ addon: { addonName: 'vpc-cni', tags } }) },
      { config: { iam: { withOIDC: true } } },
    )
    expect(await ensure(world, 'vpc-cni')).toEqual({
      outcome: 'unchanged',
      detail: 'made by eksctl 0.230.0, left as it is',
    })
    expect(world.calls.map(({ operation }) => operation)).toEqual(['DescribeAddon'])
  })

  it('takes one over when asked to, by a tag', async () => {
    const world = await testDeployment(
      {
        DescribeAddon: () => ({ addon: { addonName: 'coredns', addonArn: 'arn:addon' } }),
        TagResource: () => ({}),
      },
      { consent: { adopt: true } },
    )
    expect(await ensure(world, 'coredns')).toEqual({ outcome: 'unchanged' })
    expect(world.inputsOf('TagResource')).toEqual([{ resourceArn: 'arn:addon', tags: ours }])
  })

  it('does not mind that another run was quicker', async () => {
    const world = await testDeployment({
      ...versions,
      CreateAddon: () => {
        throw awsFailure('ResourceInUseException', 'Addon already exists.')
      },
    })
    expect(await ensure(world, 'coredns')).toEqual({ outcome: 'unchanged' })
  })

  it('gives the VPC CNI a role of its own where nodes have handed theirs over', async () => {
    const stacks = new FakeStacks({ Role1: 'arn:cni' })
    const handlers = { ...versions, ...stacks.handlers }
    const world = await testDeployment(handlers, { config: { iam: { withOIDC: true } } })
    await ensure(world, 'vpc-cni')
    expect(world.inputsOf('CreateAddon')[0]).toMatchObject({ serviceAccountRoleArn: 'arn:cni' })
    const [created] = world.inputsOf('CreateStack')
    expect(created).toMatchObject({ StackName: 'eksctl-workshop-addon-vpc-cni' })
    expect(created?.['Tags']).toContainEqual({ Key: 'alpha.eksctl.io/addon-name', Value: 'vpc-cni' })
    expect(created?.['TemplateBody']).toContain('system:serviceaccount:kube-system:aws-node')
    expect(created?.['TemplateBody']).toContain('AmazonEKS_CNI_Policy')
  })

  it('makes no role without an OIDC provider, where nodes have the rights, and for other add-ons', async () => {
    const without = await testDeployment(versions)
    await ensure(without, 'vpc-cni')
    const other = await testDeployment(versions, { config: { iam: { withOIDC: true } } })
    await ensure(other, 'coredns')
    expect([...without.inputsOf('CreateAddon'), ...other.inputsOf('CreateAddon')]).not.toContainEqual(
      expect.objectContaining({ serviceAccountRoleArn: expect.anything() }),
    )
  })

  it('gives its role to an add-on that was installed without', async () => {
    const stacks = new FakeStacks({ Role1: 'arn:cni' })
    const addon = { addonName: 'vpc-cni', clusterName: 'workshop', tags: ours }
    const handlers = { ...stacks.handlers, DescribeAddon: () => ({ addon }), UpdateAddon: () => ({}) }
    const world = await testDeployment(handlers, { config: { iam: { withOIDC: true } } })
    expect(await ensure(world, 'vpc-cni')).toEqual({ outcome: 'updated', detail: 'new role' })
    expect(world.inputsOf('UpdateAddon')).toEqual([
      {
        clusterName: 'workshop',
        addonName: 'vpc-cni',
        serviceAccountRoleArn: 'arn:cni',
        resolveConflicts: 'PRESERVE',
      },
    ])
  })

  const cni = { serviceAccount: 'aws-node', roleArn: 'arn:cni' }

  it.each<[string, Partial<ClusterConfig>]>([
    ['of its own', { addons: [{ name: 'vpc-cni', useDefaultPodIdentityAssociations: true }] }],
    ['of all', { addonsConfig: { autoApplyPodIdentityAssociations: true }, iam: { withOIDC: true } }],
  ])('gives an add-on the association that EKS recommends, by a wish %s', async (_, config) => {
    const recommendedManagedPolicies = ['arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy']
    const world = await testDeployment(
      {
        ...versions,
        ...new FakeStacks({ Role1: 'arn:cni' }).handlers,
        DescribeAddonConfiguration: () => ({
          podIdentityConfiguration: [{ serviceAccount: 'aws-node', recommendedManagedPolicies }],
        }),
      },
      { config },
    )
    await ensure(world, 'vpc-cni')
    expect(world.inputsOf('DescribeAddonConfiguration')).toEqual([
      { addonName: 'vpc-cni', addonVersion: 'v1.20.2-eksbuild.1' },
    ])
    const stacks = world.inputsOf('CreateStack')
    expect(stacks.map(({ StackName }) => StackName)).toEqual([
      'eksctl-workshop-addon-vpc-cni-podidentityrole-aws-node',
    ])
    const [created] = world.inputsOf('CreateAddon')
    expect(created).toMatchObject({ podIdentityAssociations: [cni] })
    expect(created).not.toHaveProperty('serviceAccountRoleArn')
  })

  it.each([
    ['is what it has', 'arn:cni', 0],
    ['is another one than it has', 'arn:old', 1],
  ])('updates an add-on where the association of the file %s', async (_, roleArn, updates) => {
    const podIdentityAssociations = ['arn:aws:eks:eu-west-1:111122223333:podidentityassociation/workshop/a-1']
    const world = await testDeployment(
      {
        DescribeAddon: () => ({
          addon: { addonName: 'vpc-cni', clusterName: 'workshop', tags: ours, podIdentityAssociations },
        }),
        DescribePodIdentityAssociation: () => ({ association: { ...cni, roleArn } }),
        UpdateAddon: () => ({}),
      },
      {
        config: {
          addons: [
            {
              name: 'vpc-cni',
              podIdentityAssociations: [
                { namespace: 'kube-system', serviceAccountName: 'aws-node', roleARN: 'arn:cni' },
              ],
            },
          ],
        },
      },
    )
    await ensure(world, 'vpc-cni')
    expect(world.inputsOf('DescribePodIdentityAssociation')).toEqual([
      { clusterName: 'workshop', associationId: 'a-1' },
    ])
    expect(world.inputsOf('UpdateAddon')).toHaveLength(updates)
  })

  it('installs the version that EKS calls the default one, not the newest', async () => {
    const world = await testDeployment(versions)
    expect(await ensure(world, 'vpc-cni')).toEqual({
      outcome: 'created',
      detail: 'v1.20.2-eksbuild.1',
    })
    expect(world.inputsOf('DescribeAddonVersions')).toEqual([
      { addonName: 'vpc-cni', kubernetesVersion: '1.35' },
    ])
    expect(world.inputsOf('CreateAddon')).toEqual([
      {
        clusterName: 'workshop',
        addonName: 'vpc-cni',
        addonVersion: 'v1.20.2-eksbuild.1',
        resolveConflicts: 'OVERWRITE',
        tags: ours,
      },
    ])
  })

  it('takes the first version where none is called the default', async () => {
    const addonVersions = [version('v3', false), version('v2', false)]
    const world = await testDeployment({
      ...versions,
      DescribeAddonVersions: () => ({ addons: [{ addonVersions }] }),
    })
    expect(await ensure(world, 'vpc-cni')).toMatchObject({ detail: 'v3' })
  })

  it('installs what the file says', async () => {
    const asked = {
      name: 'vpc-cni',
      version: 'v1.19.0-eksbuild.1',
      configurationValues: '{"env":{}}',
      serviceAccountRoleARN: 'arn:role',
    }
    const world = await testDeployment(versions, { config: { addons: [asked] } })
    await ensure(world, 'vpc-cni')
    expect(world.inputsOf('CreateAddon')[0]).toMatchObject({
      addonVersion: 'v1.19.0-eksbuild.1',
      configurationValues: '{"env":{}}',
      serviceAccountRoleArn: 'arn:role',
    })
    expect(world.inputsOf('DescribeAddonVersions')).toEqual([])
  })

  it.each([
    ['', 'v1.20.2-eksbuild.1'],
    ['latest', 'v1.20.4-eksbuild.1'],
    ['1.20.2', 'v1.20.2-eksbuild.1'],
    ['1.20', 'v1.20.4-eksbuild.1'],
  ])('reads the version "%s" as eksctl does', async (asked, detail) => {
    const world = await testDeployment(versions, {
      config: { addons: [{ name: 'vpc-cni', version: asked }] },
    })
    expect(await ensure(world, 'vpc-cni')).toMatchObject({ detail })
  })

  it('says which versions there are when none has what the file says', async () => {
    const config = { addons: [{ name: 'vpc-cni', version: '1.7.5' }] }
    const world = await testDeployment(versions, { config })
    await expect(ensure(world, 'vpc-cni')).rejects.toMatchObject({
      message: 'add-on vpc-cni: no version for Kubernetes 1.35 has 1.7.5 in it',
      help: 'Use one of v1.20.4-eksbuild.1, v1.20.2-eksbuild.1, or leave version out.',
    })
  })

  it('says near that an add-on is not emulated, and which are', async () => {
    const emulated = { addons: [{ addonName: 'vpc-cni' }, { addonName: 'coredns' }] }
    const world = await testDeployment({
      ...versions,
      DescribeAddonVersions: ({ addonName }) => (addonName === undefined ? emulated : { addons: [] }),
    })
    Object.assign(world.context.cloud, { endpoint: 'http://127.0.0.1:4566' })
    await expect(ensure(world, 'snapshot-controller')).rejects.toMatchObject({
      message: 'the add-on snapshot-controller is not emulated by Neargate',
      help: 'Leave it out for the near cluster; emulated are vpc-cni, coredns.',
    })
  })

  it('says so when EKS has no version', async () => {
    const world = await testDeployment({ ...versions, DescribeAddonVersions: () => ({ addons: [] }) })
    await expect(ensure(world, 'nothing')).rejects.toThrow(
      'EKS has no version of the add-on nothing for Kubernetes 1.35',
    )
  })
})
