// Owns what the nodes of a managed group carry: labels, taints, the release of their image.
// Source: labels seen on nodes of managed groups (EKS user guide, "Managed node groups concepts").
import { nodegroupLabels } from '../../../../rules/nodes/ec2-labels.ts'
import { imageIdOf } from '../../../../rules/nodes/machine-images.ts'
import type { EksTables, NodegroupRecord } from '../state.ts'

export interface NodeTaint {
  readonly key: string
  readonly value?: string
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
}

/** What a node agent needs to know of the group its instance belongs to. */
export interface NodegroupShape {
  readonly clusterName: string
  readonly nodegroupName: string
  readonly kubernetesVersion: string
  /** `1.34.0-20251002`, or the id of an own image. */
  readonly releaseVersion: string
  readonly amiType: string
  readonly nodeRoleArn: string
  readonly labels: Readonly<Record<string, string>>
  readonly taints: readonly NodeTaint[]
}

const effects = {
  NO_SCHEDULE: 'NoSchedule',
  NO_EXECUTE: 'NoExecute',
  PREFER_NO_SCHEDULE: 'PreferNoSchedule',
} as const

/** The shape of a group's nodes; undefined when there is no such group. */
export function nodegroupShape(
  tables: EksTables,
  clusterName: string,
  nodegroupName: string,
): NodegroupShape | undefined {
  const record = tables.nodegroups.get(`${clusterName}/${nodegroupName}`)
  if (!record) return undefined
  const { nodegroup } = record
  return {
    clusterName,
    nodegroupName,
    kubernetesVersion: nodegroup.version ?? '',
    releaseVersion: nodegroup.releaseVersion ?? '',
    amiType: nodegroup.amiType ?? '',
    nodeRoleArn: nodegroup.nodeRole ?? '',
    labels: nodeLabels(record),
    taints: (nodegroup.taints ?? []).map((taint) => ({
      key: taint.key ?? '',
      ...(taint.value ? { value: taint.value } : {}),
      effect: effects[taint.effect ?? 'NO_SCHEDULE'],
    })),
  }
}

/** The labels that EKS puts on each node of the group, the user's first. */
export function nodeLabels(record: NodegroupRecord): Record<string, string> {
  const { nodegroup } = record
  return {
    ...nodegroup.labels,
    ...nodegroupLabels(nodegroup.nodegroupName, nodegroup.capacityType ?? 'ON_DEMAND'),
    'eks.amazonaws.com/nodegroup-image': imageId(record),
    ...(nodegroup.launchTemplate
      ? {
          'eks.amazonaws.com/sourceLaunchTemplateId': nodegroup.launchTemplate.id ?? '',
          'eks.amazonaws.com/sourceLaunchTemplateVersion': nodegroup.launchTemplate.version ?? '',
        }
      : {}),
  }
}

/** The image of the group's instances: its own, or one id for each image type and release. */
export function imageId({ nodegroup }: NodegroupRecord): string {
  if (nodegroup.amiType === 'CUSTOM') return nodegroup.releaseVersion ?? ''
  return imageIdOf(nodegroup.amiType ?? '', nodegroup.version ?? '', nodegroup.releaseVersion ?? '')
}
