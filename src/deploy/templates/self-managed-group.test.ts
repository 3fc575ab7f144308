import { describe, expect, it } from 'vitest'

import type { ClusterConfig, SelfManagedNodeGroup } from '../../config/cluster-config.ts'
import { selfManagedTemplate } from './self-managed-group.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'shop', region: 'eu-west-1' },
}
const facts = {
  cluster: {
    name: 'shop',
    endpoint: 'https://127.0.0.1:6443',
    certificateAuthorityData: 'Q0E=',
    serviceCidr: '10.100.0.0/16',
  },
  imageId: 'ami-1',
  subnets: ['subnet-a'],
  hasAccessEntries: true,
}

function build(group: Omit<SelfManagedNodeGroup, 'name'> = {}, more: Partial<typeof facts> = {}) {
  return selfManagedTemplate(config, { name: 'ng', ...group }, { ...facts, ...more })
}

function propertiesOf(template: ReturnType<typeof build>, id: string) {
  return template.Resources[id]?.Properties
}

describe('selfManagedTemplate', () => {
  it('asks for enclaves where the group does', () => {
    const data = (enclaveEnabled: boolean) =>
      propertiesOf(build({ enclaveEnabled }), 'NodeGroupLaunchTemplate')?.['LaunchTemplateData']
    expect(data(true)).toMatchObject({ EnclaveOptions: { Enabled: true } })
    expect(data(false)).not.toHaveProperty('EnclaveOptions')
  })

  it('has the resources and outputs that eksctl gives such a stack', () => {
    const { Resources, Outputs } = build()
    expect(Object.keys(Resources).toSorted()).toEqual([
      'AccessEntry',
      'EgressInterCluster',
      'EgressInterClusterAPI',
      'IngressInterClusterCP',
      'NodeGroup',
      'NodeGroupLaunchTemplate',
      'NodeInstanceProfile',
      'NodeInstanceRole',
      'SG',
    ])
    expect(Object.keys(Outputs ?? {}).toSorted()).toEqual([
      'FeatureLocalSecurityGroup',
      'FeaturePrivateNetworking',
      'FeatureSharedSecurityGroup',
      'InstanceProfileARN',
      'InstanceRoleARN',
      'NodeGroupUsesAccessEntry',
    ])
  })

  it('has the sizes, the tags and one template', () => {
    const template = build({
      minSize: 1,
      maxSize: 3,
      iam: { withAddonPolicies: { autoScaler: true } },
      propagateASGTags: true,
      taints: [{ key: 'k', value: 'v', effect: 'NoSchedule' }],
    })
    const group = propertiesOf(template, 'NodeGroup')
    expect(group).toMatchObject({
      MinSize: '1',
      MaxSize: '3',
      DesiredCapacity: '1',
      VPCZoneIdentifier: ['subnet-a'],
    })
    expect(group).toHaveProperty('LaunchTemplate')
    const tags = JSON.stringify(group?.['Tags'])
    for (const key of [
      'kubernetes.io/cluster/shop',
      'k8s.io/cluster-autoscaler/shop',
      'node-template/taint/k',
    ])
      expect(tags).toContain(key)
  })

  it('mixes types, and prices as texts, when the file asks for it', () => {
    const template = build({
      instancesDistribution: {
        instanceTypes: ['t3.small', 't3.medium'],
        maxPrice: 0.017,
        spotInstancePools: 2,
      },
    })
    expect(propertiesOf(template, 'NodeGroup')?.['MixedInstancesPolicy']).toMatchObject({
      LaunchTemplate: { Overrides: [{ InstanceType: 't3.small' }, { InstanceType: 't3.medium' }] },
      InstancesDistribution: { SpotMaxPrice: '0.017000', SpotInstancePools: '2' },
    })
    expect(JSON.stringify(propertiesOf(template, 'NodeGroupLaunchTemplate'))).toContain(
      '"InstanceType":"t3.small"',
    )
  })

  it('takes a role of the file, which gets no entry here', () => {
    const template = build({ iam: { instanceRoleARN: 'arn:aws:iam::1:role/team/nodes' } })
    expect(template.Resources['NodeInstanceRole']).toBeUndefined()
    expect(template.Resources['AccessEntry']).toBeUndefined()
    expect(propertiesOf(template, 'NodeInstanceProfile')).toMatchObject({ Roles: ['nodes'] })
    expect(template.Outputs?.['InstanceRoleARN']?.Value).toBe('arn:aws:iam::1:role/team/nodes')
  })

  it('takes a profile of the file with the role that is in it', () => {
    const profile = 'arn:aws:iam::1:instance-profile/nodes'
    const template = build({
      iam: { instanceProfileARN: profile, instanceRoleARN: 'arn:aws:iam::1:role/nodes' },
    })
    expect(template.Resources['NodeInstanceProfile']).toBeUndefined()
    expect(propertiesOf(template, 'NodeGroupLaunchTemplate')).toMatchObject({
      LaunchTemplateData: { IamInstanceProfile: { Arn: profile } },
    })
    expect(template.Outputs?.['InstanceProfileARN']?.Value).toBe(profile)
  })

  it('registers its instances with the target groups of the file', () => {
    const targetGroupARNs = ['arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1']
    expect(propertiesOf(build({ targetGroupARNs }), 'NodeGroup')).toMatchObject({
      TargetGroupARNs: targetGroupARNs,
    })
  })

  it('has no entry where aws-auth decides', () => {
    const template = build({}, { hasAccessEntries: false })
    expect(template.Resources['AccessEntry']).toBeUndefined()
    expect(template.Outputs?.['NodeGroupUsesAccessEntry']).toBeUndefined()
  })

  it('leaves security groups out as asked', () => {
    const template = build({ securityGroups: { withLocal: false, withShared: false, attachIDs: ['sg-1'] } })
    expect(template.Resources['SG']).toBeUndefined()
    const data = propertiesOf(template, 'NodeGroupLaunchTemplate')?.['LaunchTemplateData']
    expect(data).toMatchObject({ NetworkInterfaces: [{ Groups: ['sg-1'] }] })
  })
})
