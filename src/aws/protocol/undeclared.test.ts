import { describe, expect, test } from 'vitest'

import { createSchemaLoader } from './schema.ts'
import { findUndeclared } from './undeclared.ts'

const schemas = createSchemaLoader()

/** What is found in an input of an operation that declares `honours`. */
function found(
  [service, shape]: readonly [string, string],
  honours: readonly string[],
  input: object,
): string | undefined {
  const undeclared = findUndeclared(schemas(service), shape, { members: { honours, keeps: ['tags'] }, input })
  return undeclared && [undeclared.path, undeclared.value].filter(Boolean).join(' ')
}

const NODEGROUP = ['eks', 'CreateNodegroupRequest'] as const
const CLUSTER = ['eks', 'CreateClusterRequest'] as const
const RUN = ['ec2', 'RunInstancesRequest'] as const
const VPC = ['ec2', 'CreateVpcRequest'] as const
const GROUP = ['autoscaling', 'CreateAutoScalingGroupType'] as const

describe('an input is good', () => {
  test.each<[string, readonly [string, string], string[], object]>([
    ['with declared members', NODEGROUP, ['clusterName', 'labels'], { clusterName: 'c', labels: { a: 'b' } }],
    ['with kept members', NODEGROUP, [], { tags: { a: 'b' } }],
    ['with declared parts of a structure', NODEGROUP, ['taints[].key'], { taints: [{ key: 'k' }] }],
    ['with null and undefined', NODEGROUP, [], { diskSize: null, labels: undefined }],
    ['with an empty list, map and structure', NODEGROUP, [], { subnets: [], labels: {}, remoteAccess: {} }],
    ['with false', CLUSTER, [], { computeConfig: { enabled: false }, deletionProtection: false }],
    ['with a documented default', VPC, [], { InstanceTenancy: 'default' }],
    ['with a documented default that is true', CLUSTER, [], { bootstrapSelfManagedAddons: true }],
    ['with a documented default that is a list', GROUP, [], { TerminationPolicies: ['Default'] }],
    ['with a default in a structure', CLUSTER, [], { kubernetesNetworkConfig: { ipFamily: 'ipv4' } }],
  ])('%s', (...[, shape, honours, input]) => {
    expect(found(shape, honours, input)).toBeUndefined()
  })
})

describe('what is not declared is named', () => {
  test.each<[string, readonly [string, string], string[], object, string]>([
    ['a simple member', NODEGROUP, [], { diskSize: 20 }, 'diskSize'],
    ['zero', NODEGROUP, [], { diskSize: 0 }, 'diskSize'],
    ['empty text', NODEGROUP, [], { version: '' }, 'version'],
    ['true', CLUSTER, [], { deletionProtection: true }, 'deletionProtection'],
    ['a list', NODEGROUP, [], { subnets: ['s'] }, 'subnets'],
    ['a map', NODEGROUP, [], { labels: { a: 'b' } }, 'labels'],
    ['a structure, as a whole', NODEGROUP, [], { remoteAccess: { ec2SshKey: 'k' } }, 'remoteAccess'],
    [
      'a list of structures, as a whole',
      RUN,
      [],
      { LicenseSpecifications: [{ LicenseConfigurationArn: 'a' }] },
      'LicenseSpecifications',
    ],
    [
      'a member of a declared structure',
      NODEGROUP,
      ['scalingConfig.minSize'],
      { scalingConfig: { maxSize: 3 } },
      'scalingConfig.maxSize',
    ],
    [
      'a member of a declared list',
      NODEGROUP,
      ['taints[].key'],
      { taints: [{ key: 'k' }, { key: 'l', value: 'v' }] },
      'taints[].value',
    ],
    [
      'a structure in a declared list',
      RUN,
      ['BlockDeviceMappings[].Ebs.VolumeSize'],
      { BlockDeviceMappings: [{ Ebs: { VolumeSize: 1, Iops: 3 } }] },
      'BlockDeviceMappings[].Ebs.Iops',
    ],
    [
      'another value than the default',
      VPC,
      [],
      { InstanceTenancy: 'dedicated' },
      'InstanceTenancy dedicated',
    ],
    [
      'false where the default is true',
      CLUSTER,
      [],
      { bootstrapSelfManagedAddons: false },
      'bootstrapSelfManagedAddons',
    ],
    [
      'another list than the default',
      GROUP,
      [],
      { TerminationPolicies: ['OldestInstance'] },
      'TerminationPolicies',
    ],
    [
      'another value of a member of a declared structure',
      CLUSTER,
      ['kubernetesNetworkConfig.serviceIpv4Cidr'],
      { kubernetesNetworkConfig: { ipFamily: 'ipv6' } },
      'kubernetesNetworkConfig.ipFamily ipv6',
    ],
  ])('%s', (...[, shape, honours, input, expected]) => {
    expect(found(shape, honours, input)).toBe(expected)
  })
})
