// Owns the role of a node group's instances, and the launch template members that all kinds of groups share.
import type { ClusterConfig, NodeGroupBase } from '../../config/cluster-config.ts'
import { BOTTLEROCKET_DATA_DEVICE, volumeOf } from '../../rules/eksctl/node-group-defaults.ts'
import { enabledPolicies, inlinePolicyResources, nodePolicies } from './policies.ts'
import { managedPolicy, nameTag, ref, serviceTrust, type Resources, type Value } from './template.ts'

/** `NodeInstanceRole` and its policies, as eksctl attaches them (pkg/cfn/builder/iam_helper.go). */
export function nodeRole(
  config: ClusterConfig,
  group: NodeGroupBase,
  { isManaged }: { readonly isManaged: boolean },
): Resources {
  const iam = group.iam ?? {}
  const policies = enabledPolicies(nodePolicies, iam.withAddonPolicies)
  const given = iam.attachPolicyARNs ?? []
  const defaults =
    given.length > 0
      ? []
      : [
          'AmazonEKSWorkerNodePolicy',
          'AmazonEC2ContainerRegistryPullOnly',
          'AmazonSSMManagedInstanceCore',
          // With an OIDC provider the CNI has a role of its own (src/deploy/addon-role.ts).
          ...(config.iam?.withOIDC === true ? [] : ['AmazonEKS_CNI_Policy']),
        ]
  // Self-managed groups may pull images whatever is attached, unless they may push them too.
  const pull =
    isManaged || iam.withAddonPolicies?.['imageBuilder'] === true
      ? []
      : ['AmazonEC2ContainerRegistryPullOnly']
  const managed = new Set([...defaults, ...pull, ...policies.flatMap((set) => set.managed)])
  for (const arn of given) managed.delete(arn.slice(arn.indexOf('/') + 1))
  const document = iam.attachPolicy === undefined ? {} : { Policy1: statementsOf(iam.attachPolicy) }
  return {
    NodeInstanceRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Path: '/',
        AssumeRolePolicyDocument: serviceTrust({ service: 'EC2' }),
        ManagedPolicyArns: [...given, ...[...managed].toSorted().map(managedPolicy)],
        ...(iam.instanceRoleName === undefined ? {} : { RoleName: iam.instanceRoleName }),
        ...(iam.instanceRolePermissionsBoundary === undefined
          ? {}
          : { PermissionsBoundary: iam.instanceRolePermissionsBoundary }),
        Tags: [nameTag('NodeInstanceRole')],
      },
    },
    ...inlinePolicyResources(ref('NodeInstanceRole'), [...policies, { managed: [], inline: document }]),
  }
}

/** The statements of a policy document that is written in the file. */
export function statementsOf(document: Readonly<Record<string, unknown>>): readonly Value[] {
  // IAM checks the document; its statements are passed on as they are.
  const statements = document['Statement']
  return (Array.isArray(statements) ? statements : [statements]) as Value[]
}

/** How the instances of a group are named, in their tag Name. */
export function instanceName(config: ClusterConfig, group: NodeGroupBase): string {
  const prefix = group.instancePrefix === undefined ? '' : `${group.instancePrefix}-`
  return `${prefix}${group.instanceName ?? `${config.metadata.name}-${group.name}-Node`}`
}

/** Tags of a group's instances, volumes and network interfaces. */
export function launchTags(
  config: ClusterConfig,
  group: NodeGroupBase,
  tags: Readonly<Record<string, string>>,
): Value {
  const all = { Name: instanceName(config, group), ...tags, ...config.metadata.tags, ...group.tags }
  const list = Object.entries(all).map(([Key, value]) => ({ Key, Value: value }))
  return ['instance', 'volume', 'network-interface'].map((ResourceType) => ({ ResourceType, Tags: list }))
}

/** How the metadata service of a group's instances answers. */
export function metadataOptions({ disableIMDSv1, disablePodIMDS }: NodeGroupBase): Value {
  const isSecondVersionOnly = disableIMDSv1 !== false || disablePodIMDS === true
  return {
    HttpPutResponseHopLimit: disablePodIMDS === true ? 1 : 2,
    HttpTokens: isSecondVersionOnly ? 'required' : 'optional',
  }
}

/** The disks of a group's instances. */
export function blockDevices(group: NodeGroupBase): readonly Value[] {
  const { device, sizeGiB, type, iops, throughputMiB } = volumeOf(group)
  const encrypted = group.volumeEncrypted
  const key = group.volumeKmsKeyID === undefined ? {} : { KmsKeyId: group.volumeKmsKeyID }
  const volume = {
    VolumeSize: sizeGiB,
    VolumeType: type,
    Iops: iops,
    Throughput: throughputMiB,
    Encrypted: encrypted,
    ...key,
  }
  const isUsual = group.volumeName === undefined
  // The disk that holds Bottlerocket itself is named only where it has to be encrypted too.
  const system =
    device !== BOTTLEROCKET_DATA_DEVICE || encrypted !== true || !isUsual
      ? []
      : [{ Encrypted: true, VolumeType: type, ...key }]
  const additional = (group.additionalVolumes ?? []).flatMap((each) => {
    if (each.volumeName === undefined) return []
    const shape = volumeOf({ ...each, volumeSize: each.volumeSize ?? sizeGiB })
    return [
      {
        DeviceName: each.volumeName,
        Ebs: {
          VolumeSize: shape.sizeGiB,
          VolumeType: shape.type,
          Iops: shape.iops,
          Throughput: shape.throughputMiB,
          Encrypted: each.volumeEncrypted,
          ...(each.snapshotID === undefined ? {} : { SnapshotId: each.snapshotID }),
          ...(each.volumeKmsKeyID === undefined ? {} : { KmsKeyId: each.volumeKmsKeyID }),
        },
      },
    ]
  })
  return [
    { DeviceName: group.volumeName ?? device, Ebs: volume },
    ...additional,
    ...system.map((Ebs) => ({ DeviceName: '/dev/xvda', Ebs })),
  ]
}
