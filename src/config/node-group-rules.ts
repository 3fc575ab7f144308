// Owns what eksctl refuses of a node group beyond the types of the fields.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5/validation.go (ValidateNodeGroup, ValidateManagedNodeGroup).
import type { ManagedNodeGroup, NodeGroupBase, SelfManagedNodeGroup } from './cluster-config.ts'
import {
  isBottlerocket,
  isUbuntu,
  isWindows,
  lacksDrivers,
  lacksImage,
  ownImage,
} from '../rules/eksctl/ami-families.ts'
import {
  amiFamilyOf,
  instanceTypesOf,
  isCapacityBlock,
  scalingOf,
} from '../rules/eksctl/node-group-defaults.ts'
import { sshFault, sshKeySource } from '../rules/eksctl/ssh.ts'
import { typeDetails } from '../rules/nodes/instance-types.ts'
import { parseSshKey } from '../rules/nodes/ssh-key.ts'

interface Fault {
  readonly field: string
  readonly message: string
}

/** What is wrong with a group of either kind: its sizes, its SSH key, its system, its hardware. */
export function commonFaults(group: NodeGroupBase): readonly Fault[] {
  const scaling = scalingFault(group)
  const source = sshKeySource(group.ssh)
  const ssh =
    sshFault(group.ssh) ??
    (source?.kind === 'content' && !parseSshKey(source.text)
      ? 'publicKey is not in OpenSSH public key format, e.g. "ssh-ed25519 AAAA…"'
      : undefined)
  return [
    ...(scaling ? [scaling] : []),
    ...(ssh === undefined ? [] : [{ field: 'ssh', message: ssh }]),
    ...familyFaults(group),
    ...hardwareFaults(group),
  ]
}

function familyFaults(group: NodeGroupBase): readonly Fault[] {
  const family = amiFamilyOf(group)
  const own = ownImage(group)
  const faults: Fault[] = []
  const refuse = (field: string, message: string): void => void faults.push({ field, message })
  if (own !== undefined && group.amiFamily === undefined)
    refuse('ami', 'when using a custom AMI, amiFamily needs to be explicitly set')
  if (group.bottlerocket && !isBottlerocket(family))
    refuse('bottlerocket', `bottlerocket can be set for amiFamily Bottlerocket only, not ${family}`)
  const needsCommand = family === 'AmazonLinux2' || isUbuntu(family)
  if (own !== undefined && needsCommand && group.overrideBootstrapCommand === undefined)
    refuse('ami', `overrideBootstrapCommand is required when using a custom AMI based on ${family}`)
  for (const field of ['preBootstrapCommands', 'overrideBootstrapCommand'] as const)
    if (isBottlerocket(family) && group[field] !== undefined)
      refuse(field, `${field} is not supported for ${family} nodegroups`)
  const driverless = instanceTypesOf(group).find(
    (name) => lacksDrivers(family, name) || (own === undefined && lacksImage(family, name)),
  )
  if (driverless !== undefined) refuse('amiFamily', `${family} images have no drivers for ${driverless}`)
  return faults
}

function hardwareFaults(group: NodeGroupBase): readonly Fault[] {
  const { efaEnabled, capacityReservation: reserved, instanceMarketOptions } = group
  const faults: Fault[] = []
  const refuse = (field: string, message: string): void => void faults.push({ field, message })
  if (efaEnabled === true) {
    if ((group.availabilityZones ?? []).length > 1 || (group.subnets ?? []).length > 1)
      refuse('efaEnabled', 'efaEnabled nodegroups must have only one subnet or one availability zone')
    const without = instanceTypesOf(group).find((type) => typeDetails(type).efa !== true)
    if (without !== undefined) refuse('efaEnabled', `instance type ${without} does not support EFA`)
  }
  const { capacityReservationPreference, capacityReservationTarget: target } = reserved ?? {}
  if (capacityReservationPreference !== undefined && target !== undefined)
    refuse(
      'capacityReservation',
      'only one of capacityReservationPreference and capacityReservationTarget can be set',
    )
  if (target?.capacityReservationID !== undefined && target.capacityReservationResourceGroupARN !== undefined)
    refuse(
      'capacityReservation',
      'only one of capacityReservationID and capacityReservationResourceGroupARN can be set',
    )
  if (instanceMarketOptions && !reserved)
    refuse('instanceMarketOptions', 'instanceMarketOptions cannot be set without capacityReservation')
  return faults
}

/** What is wrong with a self-managed group besides. */
export function selfManagedFaults(group: SelfManagedNodeGroup): readonly Fault[] {
  const family = amiFamilyOf(group)
  const { instanceProfileARN, instanceRoleARN } = group.iam ?? {}
  return [
    ...(group.kubeletExtraConfig !== undefined && (isWindows(family) || isBottlerocket(family))
      ? [
          {
            field: 'kubeletExtraConfig',
            message: `kubeletExtraConfig is not supported for ${family} nodegroups`,
          },
        ]
      : []),
    // eksctl looks the role up in the profile once the group is there; the cluster has to let it in before.
    ...(instanceProfileARN !== undefined && instanceRoleARN === undefined
      ? [
          {
            field: 'iam',
            message: 'iam.instanceProfileARN needs iam.instanceRoleARN, the role that is in it',
          },
        ]
      : []),
  ]
}

// Settings of instances that a template of the user's own has instead.
const OF_TEMPLATES = [
  'ami',
  'disableIMDSv1',
  'disablePodIMDS',
  'instanceName',
  'instancePrefix',
  'instanceType',
  'maxPodsPerNode',
  'overrideBootstrapCommand',
  'placement',
  'preBootstrapCommands',
  'securityGroups',
  'volumeSize',
] as const

/** What is wrong with a managed group besides. */
export function managedFaults(group: ManagedNodeGroup): readonly Fault[] {
  const { instanceType, instanceTypes, launchTemplate, updateConfig } = group
  const faults: Fault[] = [...ownImageFaults(group)]
  if (instanceType !== undefined && instanceTypes !== undefined)
    faults.push({
      field: 'instanceTypes',
      message: 'only one of instanceType and instanceTypes can be set',
    })
  if (isCapacityBlock(group) && (instanceTypes ?? []).length > 1)
    faults.push({
      field: 'instanceTypes',
      message: 'cannot specify multiple instance types when using capacity block',
    })
  const { maxUnavailable, maxUnavailablePercentage } = updateConfig ?? {}
  const most = scalingOf(group).maxSize
  if (updateConfig && (maxUnavailable === undefined) === (maxUnavailablePercentage === undefined))
    faults.push({
      field: 'updateConfig',
      message: 'updateConfig needs one of maxUnavailable and maxUnavailablePercentage',
    })
  else if (maxUnavailable !== undefined && maxUnavailable > most)
    faults.push({
      field: 'updateConfig',
      message: `maxUnavailable=${maxUnavailable} cannot be greater than maxSize=${most}`,
    })
  if (!launchTemplate) return faults
  if (launchTemplate.version !== undefined && !/^[1-9]\d*$/.test(launchTemplate.version))
    faults.push({ field: 'launchTemplate', message: 'launchTemplate.version must be a number from 1 on' })
  const given = [
    ...OF_TEMPLATES.filter((field) => group[field] !== undefined),
    ...(sshKeySource(group.ssh) || group.ssh?.enableSsm === true ? ['ssh'] : []),
  ]
  return [
    ...faults,
    ...given.map((field) => ({
      field,
      message: `cannot set ${field} when a launch template is supplied`,
    })),
  ]
}

function ownImageFaults(group: ManagedNodeGroup): readonly Fault[] {
  const { ami } = group
  const family = amiFamilyOf(group)
  if (isWindows(family) && group.overrideBootstrapCommand !== undefined)
    return [
      {
        field: 'overrideBootstrapCommand',
        message: `overrideBootstrapCommand is not supported for ${family} nodegroups`,
      },
    ]
  if (group.launchTemplate) return []
  if (ami === undefined)
    return group.overrideBootstrapCommand === undefined || family === 'AmazonLinux2023'
      ? []
      : [
          {
            field: 'overrideBootstrapCommand',
            message: 'overrideBootstrapCommand can only be set when a custom AMI (ami) is specified',
          },
        ]
  if (!ami.startsWith('ami-'))
    return [{ field: 'ami', message: `"${ami}" is not an image id such as ami-0a1b2c3d` }]
  if (isWindows(family))
    return [
      {
        field: 'ami',
        message: `cannot set amiFamily to ${family} when using a custom AMI for managed nodes`,
      },
    ]
  const given = (['maxPodsPerNode', 'releaseVersion'] as const).filter((field) => group[field] !== undefined)
  const refused = [
    ...given.map((field) => ({ field, name: field })),
    ...(group.ssh?.enableSsm === true ? [{ field: 'ssh', name: 'enableSSM' }] : []),
  ]
  return refused.map(({ field, name }) => ({
    field,
    message: `${name} is not supported when using a custom AMI`,
  }))
}

function scalingFault(group: NodeGroupBase): Fault | undefined {
  const { minSize, desiredCapacity, maxSize } = group
  if (minSize !== undefined && desiredCapacity !== undefined && desiredCapacity < minSize) {
    return {
      field: 'desiredCapacity',
      message: `desiredCapacity ${desiredCapacity} is below minSize ${minSize}`,
    }
  }
  if (maxSize !== undefined && desiredCapacity !== undefined && desiredCapacity > maxSize) {
    return {
      field: 'desiredCapacity',
      message: `desiredCapacity ${desiredCapacity} is above maxSize ${maxSize}`,
    }
  }
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize) {
    return { field: 'minSize', message: `minSize ${minSize} is above maxSize ${maxSize}` }
  }
  return undefined
}
