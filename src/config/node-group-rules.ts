// Owns what eksctl refuses of a node group beyond the types of the fields.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5/validation.go (ValidateNodeGroup, ValidateManagedNodeGroup).
import type { ManagedNodeGroup, NodeGroupBase } from './cluster-config.ts'
import { scalingOf } from '../rules/eksctl/node-group-defaults.ts'
import { sshFault, sshKeySource } from '../rules/eksctl/ssh.ts'
import { parseSshKey } from '../rules/nodes/ssh-key.ts'

interface Fault {
  readonly field: string
  readonly message: string
}

/** What is wrong with a group of either kind: its sizes, its SSH key. */
export function commonFaults(group: NodeGroupBase): readonly Fault[] {
  const scaling = scalingFault(group)
  const source = sshKeySource(group.ssh)
  const ssh =
    sshFault(group.ssh) ??
    (source?.kind === 'content' && !parseSshKey(source.text)
      ? 'publicKey is not in OpenSSH public key format, e.g. "ssh-ed25519 AAAA…"'
      : undefined)
  return [...(scaling ? [scaling] : []), ...(ssh === undefined ? [] : [{ field: 'ssh', message: ssh }])]
}

// Settings of instances that a template of the user's own has instead.
const OF_TEMPLATES = [
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
  const faults: Fault[] = []
  if (instanceType !== undefined && instanceTypes !== undefined)
    faults.push({
      field: 'instanceTypes',
      message: 'only one of instanceType and instanceTypes can be set',
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
    ...(sshKeySource(group.ssh) ? ['ssh'] : []),
  ]
  return [
    ...faults,
    ...given.map((field) => ({
      field,
      message: `cannot set ${field} when a launch template is supplied`,
    })),
  ]
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
