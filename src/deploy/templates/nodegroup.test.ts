import { describe, expect, it } from 'vitest'

import type { ClusterConfig, ManagedNodeGroup } from '../../config/cluster-config.ts'
import { nodeGroupTemplate } from './nodegroup.ts'

const config: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'workshop', region: 'eu-west-1' },
}

function resourcesOf(group: Partial<ManagedNodeGroup>) {
  return nodeGroupTemplate(config, { name: 'ng', ...group }, ['subnet-a']).Resources
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
