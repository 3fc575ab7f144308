// Owns UpdateNodegroupVersion: a newer Kubernetes version or launch template version for a group's nodes, which are
// replaced as its update config has it.
import type {
  Cluster,
  LaunchTemplateSpecification,
  UpdateNodegroupVersionRequest,
  UpdateNodegroupVersionResponse,
  UpdateParam,
} from '@aws-sdk/client-eks'

import { minorOf } from '../../../../rules/eks/version-skew.ts'
import { operation } from '../../../protocol/operation.ts'
import { showUpdate } from '../clusters/show.ts'
import { inUse, invalidParameter, notEmulated } from '../errors.ts'
import { findServingCluster } from '../lookup.ts'
import {
  type Eks,
  type NodegroupRecord,
  restartClock,
  type Roll,
  startClock,
  type UpdateRecord,
} from '../state.ts'
import { findNodegroup } from './find-nodegroup.ts'
import { findOwnTemplate, type OwnTemplate } from './own-template.ts'
import { chooseRelease } from './release.ts'

const UPDATE_VERSION_MS = 5 * 60_000

/** @throws AwsError InvalidParameterException, ResourceInUseException, ResourceNotFoundException */
export const updateNodegroupVersion = operation<
  Eks,
  UpdateNodegroupVersionRequest,
  UpdateNodegroupVersionResponse
>()({
  honours: [
    'clusterName',
    'nodegroupName',
    'version',
    'releaseVersion',
    'launchTemplate.id',
    'launchTemplate.name',
    'launchTemplate.version',
    'force',
  ],
  keeps: ['clientRequestToken'],
  handle: async (input, eks) => {
    const { cluster } = findServingCluster(eks, input.clusterName)
    const { key, record } = findNodegroup(eks, input.clusterName, input.nodegroupName)
    const { clusterName, nodegroupName } = record.nodegroup
    const template = input.launchTemplate && (await nextTemplate(eks, record, input.launchTemplate))
    const { version, release } = versionsOf({ input, record, cluster, template, atMs: eks.deps.clock.now() })
    const id = eks.deps.ids.uuid()
    const update: UpdateRecord = {
      ...startClock(eks, UPDATE_VERSION_MS),
      about: nodegroupName,
      update: {
        id,
        status: 'InProgress',
        type: 'VersionUpdate',
        params: paramsOf({ version, release, template }),
        errors: [],
      },
      change: {},
    }
    await eks.tables.updates.put(`${clusterName}/${id}`, update)
    const after = await eks.tables.nodegroups.update(key, (current) =>
      current.nodegroup.status === 'ACTIVE'
        ? {
            ...current,
            ...restartClock(eks, UPDATE_VERSION_MS),
            updateId: id,
            roll: {
              all: template !== undefined,
              force: input.force ?? false,
              drains: {},
              before: versionOf(current),
            },
            nodegroup: {
              ...current.nodegroup,
              status: 'UPDATING',
              version,
              releaseVersion: release,
              ...(template ? { launchTemplate: template.specification } : {}),
            },
          }
        : undefined,
    )
    if (after?.updateId !== id) {
      await eks.tables.updates.delete(`${clusterName}/${id}`)
      throw inUse(`Nodegroup cannot be updated as it is currently not in Active State`, {
        clusterName,
        nodegroupName,
      })
    }
    return { update: showUpdate(update) }
  },
})

function versionOf({ nodegroup }: NodegroupRecord): Roll['before'] {
  const { version, releaseVersion, launchTemplate } = nodegroup
  return { version, releaseVersion, ...(launchTemplate ? { launchTemplate } : {}) }
}

/** @throws AwsError for a template that is another than the group's, or that the group never had */
async function nextTemplate(
  eks: Eks,
  { nodegroup }: NodegroupRecord,
  given: LaunchTemplateSpecification,
): Promise<OwnTemplate> {
  const template = await findOwnTemplate(eks, given)
  // EKS user guide, "Customize managed nodes with launch templates": only groups made with one, and only its versions.
  // The words are Neargate's: those of AWS were not found.
  if (nodegroup.launchTemplate?.id === template.specification.id) return template
  throw invalidParameter(
    nodegroup.launchTemplate
      ? `The launch template of node group ${nodegroup.nodegroupName} can't be changed, only its version.`
      : `Node group ${nodegroup.nodegroupName} was made without a launch template and can't get one.`,
  )
}

function versionsOf(from: {
  input: { version?: string | undefined; releaseVersion?: string | undefined }
  record: NodegroupRecord
  cluster: Cluster
  template: OwnTemplate | undefined
  atMs: number
}): { version: string; release: string } {
  const { input, record, cluster, template } = from
  const { nodegroup } = record
  if (nodegroup.amiType === 'CUSTOM') {
    if (!template) throw notEmulated('A new version of a node group with an image of its own')
    return {
      version: nodegroup.version ?? '',
      release: template.data.ImageId ?? nodegroup.releaseVersion ?? '',
    }
  }
  // A release alone says for which version it is: `1.34.0-20251002`.
  const ofRelease = /^1\.\d+(?=\.\d+-\d{8}$)/.exec(input.releaseVersion ?? '')?.[0]
  const version = input.version ?? ofRelease ?? cluster.version ?? ''
  if (minorOf(version) > minorOf(cluster.version ?? '')) {
    throw invalidParameter(
      `Requested Nodegroup version ${version} is greater than the cluster version ${cluster.version}`,
    )
  }
  const release = chooseRelease(
    { amiType: nodegroup.amiType ?? '', kubernetesVersion: version, atMs: from.atMs },
    input.releaseVersion,
  )
  return { version, release }
}

function paramsOf(from: {
  version: string
  release: string
  template: OwnTemplate | undefined
}): UpdateParam[] {
  const params: UpdateParam[] = [
    { type: 'Version', value: from.version },
    { type: 'ReleaseVersion', value: from.release },
  ]
  if (!from.template) return params
  const { name, version } = from.template.specification
  return [
    ...params,
    { type: 'LaunchTemplateName', value: name },
    { type: 'LaunchTemplateVersion', value: version },
  ]
}
