import { describe, expect, it } from 'vitest'

import type { ClusterConfig, ManagedNodeGroup } from '../../config/cluster-config.ts'
import { readUserData } from '../../rules/nodes/user-data.ts'
import { nodeGroupTemplate } from './nodegroup.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'workshop', region: 'eu-west-1' },
}

function resourcesOf(group: Partial<ManagedNodeGroup>) {
  return nodeGroupTemplate(config, { name: 'ng', ...group }, { subnets: ['subnet-a'] }).Resources
}

function groupOf(group: Partial<ManagedNodeGroup>) {
  return resourcesOf(group)['ManagedNodeGroup']?.Properties
}

describe('nodeGroupTemplate', () => {
  it('passes on how nodes are replaced and repaired', () => {
    const nodeRepairConfig = {
      enabled: true,
      nodeRepairConfigOverrides: [{ nodeUnhealthyReason: 'x', minRepairWaitTimeMins: 5 }],
    }
    const properties = groupOf({ updateConfig: { maxUnavailablePercentage: 75 }, nodeRepairConfig })
    expect(properties).toMatchObject({
      UpdateConfig: { MaxUnavailablePercentage: 75 },
      NodeRepairConfig: {
        Enabled: true,
        NodeRepairConfigOverrides: [{ NodeUnhealthyReason: 'x', MinRepairWaitTimeMins: 5 }],
      },
    })
    expect(groupOf({})).not.toHaveProperty('UpdateConfig')
  })

  it('fills additional volumes from snapshots', () => {
    const additionalVolumes = [{ volumeName: '/dev/sdb', snapshotID: 'snap-1' }]
    const { LaunchTemplate } = resourcesOf({ additionalVolumes })
    expect(LaunchTemplate?.Properties?.['LaunchTemplateData']).toMatchObject({
      BlockDeviceMappings: [{}, { DeviceName: '/dev/sdb', Ebs: { SnapshotId: 'snap-1' } }],
    })
  })

  it('places instances in the group of the file', () => {
    const { LaunchTemplate } = resourcesOf({ placement: { groupName: 'close' } })
    expect(LaunchTemplate?.Properties?.['LaunchTemplateData']).toMatchObject({
      Placement: { GroupName: 'close' },
    })
  })

  it('has an adapter on each network card, close together', () => {
    const made = resourcesOf({ instanceType: 'p4d.24xlarge', efaEnabled: true })
    const data = made['LaunchTemplate']?.Properties?.['LaunchTemplateData']
    expect(data).toMatchObject({
      Placement: { GroupName: { Ref: 'NodeGroupPlacementGroup' } },
      NetworkInterfaces: [
        { DeviceIndex: 0, NetworkCardIndex: 0, InterfaceType: 'efa' },
        { DeviceIndex: 1, NetworkCardIndex: 1 },
        { DeviceIndex: 1, NetworkCardIndex: 2 },
        { DeviceIndex: 1, NetworkCardIndex: 3 },
      ],
    })
    expect(data).not.toHaveProperty('SecurityGroupIds')
    // From 1.33 on the cluster's own group lets adapters talk to each other.
    expect(made).not.toHaveProperty('EFASG')
    const older = { ...config, metadata: { ...config.metadata, version: '1.32' } }
    const group = { name: 'ng', instanceType: 'p4d.24xlarge', efaEnabled: true }
    expect(nodeGroupTemplate(older, group, { subnets: [] }).Resources).toHaveProperty('EFAIngressSelf')
  })

  it('buys a block of capacity, of one type and where its reservation stands', () => {
    const capacityReservation = { capacityReservationTarget: { capacityReservationID: 'cr-1' } }
    const group = { instanceType: 'p5.48xlarge', efaEnabled: true, capacityReservation }
    const made = resourcesOf({ ...group, instanceMarketOptions: { marketType: 'capacity-block' } })
    expect(made['ManagedNodeGroup']?.Properties).toMatchObject({
      CapacityType: 'CAPACITY_BLOCK',
      AmiType: 'AL2023_x86_64_NVIDIA',
    })
    expect(made['ManagedNodeGroup']?.Properties).not.toHaveProperty('InstanceTypes')
    expect(made).not.toHaveProperty('NodeGroupPlacementGroup')
    expect(made['LaunchTemplate']?.Properties?.['LaunchTemplateData']).toMatchObject({
      InstanceType: 'p5.48xlarge',
      InstanceMarketOptions: { MarketType: 'capacity-block' },
      CapacityReservationSpecification: { CapacityReservationTarget: { CapacityReservationId: 'cr-1' } },
    })
  })

  it('gives nodes of an image of the file the way into the cluster', () => {
    const cluster = {
      name: 'workshop',
      endpoint: 'https://x',
      certificateAuthorityData: 'Q0E=',
      serviceCidr: '10.100.0.0/16',
    }
    const group = { name: 'ng', ami: 'ami-1', amiFamily: 'AmazonLinux2023', labels: { tier: 'web' } }
    const { Resources } = nodeGroupTemplate(config, group, { subnets: [], imageId: 'ami-1', cluster })
    expect(Resources['ManagedNodeGroup']?.Properties).not.toHaveProperty('AmiType')
    const data = Resources['LaunchTemplate']?.Properties?.['LaunchTemplateData'] as { UserData: string }
    expect(data).toMatchObject({ ImageId: 'ami-1' })
    expect(readUserData(data.UserData)).toMatchObject({
      cluster: 'workshop',
      labels: { tier: 'web', 'alpha.eksctl.io/nodegroup-name': 'ng' },
    })
  })

  it('takes the template of the file, and says besides what that leaves open', () => {
    const launchTemplate = { id: 'lt-1', version: '3' }
    const open = resourcesOf({ launchTemplate, instanceTypes: ['m6g.large'] })
    expect(open['LaunchTemplate']).toBeUndefined()
    expect(open['ManagedNodeGroup']?.Properties).toMatchObject({
      AmiType: 'AL2023_ARM_64_STANDARD',
      InstanceTypes: ['m6g.large'],
      LaunchTemplate: { Id: 'lt-1', Version: '3' },
    })
    const found = { imageId: 'ami-1', instanceType: 'm5.large' }
    const closed = groupOf({ launchTemplate: { id: 'lt-1', found } })
    expect(closed).toMatchObject({ LaunchTemplate: { Id: 'lt-1' } })
    expect(closed).not.toHaveProperty('AmiType')
    expect(closed).not.toHaveProperty('InstanceTypes')
  })
})
