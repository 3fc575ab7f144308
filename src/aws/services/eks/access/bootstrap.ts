// Owns the access that EKS itself grants: the creator's, managed nodes' and Fargate pods'.
import { authenticationMode } from '../lookup.ts'
import { type AccessEntryRecord, type ClusterRecord, type Eks, startClock } from '../state.ts'
import { canonicalArn } from './principals.ts'
import { addRoleToAwsAuth, type MappedRole } from './aws-auth.ts'

export const CLUSTER_ADMIN_POLICY = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'

/** Makes the creator of the cluster its administrator, unless the cluster was made without that. */
export async function bootstrapCreator(eks: Eks, record: ClusterRecord): Promise<void> {
  if (!record.cluster.accessConfig?.bootstrapClusterCreatorAdminPermissions) return
  const principalArn = canonicalArn(record.creatorArn)
  if (principalArn.endsWith(':root')) return
  const entry = newEntry(eks, {
    clusterName: record.cluster.name,
    principalArn,
    type: 'STANDARD',
    kubernetesGroups: [],
  })
  await eks.tables.entries.create(`${record.cluster.name}/${principalArn}`, {
    ...entry,
    policies: [
      {
        policyArn: CLUSTER_ADMIN_POLICY,
        accessScope: { type: 'cluster', namespaces: [] },
        associatedAtMs: eks.deps.clock.now(),
      },
    ],
  })
}

const nodeRoles = {
  EC2_LINUX: {
    username: 'system:node:{{EC2PrivateDNSName}}',
    groups: ['system:nodes'],
    mapped: ['system:bootstrappers', 'system:nodes'],
  },
  FARGATE_LINUX: {
    username: 'system:node:{{SessionName}}',
    groups: ['system:nodes', 'system:node-proxier'],
    mapped: ['system:bootstrappers', 'system:nodes', 'system:node-proxier'],
  },
} as const

export type NodeRoleType = keyof typeof nodeRoles

/**
 * Lets the role of a node group or Fargate profile join the cluster, by access entry where the cluster's mode
 * has them and by `aws-auth` where it has that.
 */
export async function admitNodeRole(
  eks: Eks,
  cluster: ClusterRecord,
  roleArn: string,
  type: NodeRoleType,
): Promise<void> {
  const clusterName = cluster.cluster.name
  const mode = authenticationMode(cluster)
  const { username, groups, mapped } = nodeRoles[type]
  if (mode !== 'CONFIG_MAP') {
    const entry = newEntry(eks, {
      clusterName,
      principalArn: roleArn,
      type,
      username,
      kubernetesGroups: [...groups],
    })
    await eks.tables.entries.create(`${clusterName}/${roleArn}`, entry)
  }
  if (mode === 'API') return
  const role: MappedRole = { rolearn: roleArn, username, groups: [...mapped] }
  await addRoleToAwsAuth(eks.ports.host.client(clusterName), role)
}

/** An access entry with its ARN and default user name, no policies. */
export function newEntry(
  eks: Eks,
  from: {
    clusterName: string
    principalArn: string
    type: string
    kubernetesGroups: string[]
    username?: string | undefined
    tags?: Record<string, string> | undefined
    token?: string | undefined
  },
): AccessEntryRecord {
  const { region, accountId, ids } = eks.deps
  const { clusterName, principalArn, type, kubernetesGroups } = from
  const [kind = '', ...rest] = (principalArn.split(':')[5] ?? '').split('/')
  const principalAccount = principalArn.split(':')[4] || accountId
  const name = rest.at(-1) ?? ''
  return {
    ...startClock(eks, 0, from.token),
    policies: [],
    entry: {
      clusterName,
      principalArn,
      type,
      kubernetesGroups: kubernetesGroups.length > 0 ? kubernetesGroups : defaultGroups(type),
      accessEntryArn: `arn:aws:eks:${region}:${accountId}:access-entry/${clusterName}/${kind}/${principalAccount}/${name}/${ids.uuid()}`,
      username: from.username ?? defaultUsername(principalArn, type),
      tags: from.tags ?? {},
    },
  }
}

// EKS user guide, "Create access entries": the user name EKS makes when none is given.
function defaultUsername(principalArn: string, type: string): string {
  if (type === 'EC2_LINUX' || type === 'FARGATE_LINUX') return nodeRoles[type].username
  if (type === 'EC2_WINDOWS' || type === 'EC2') return nodeRoles.EC2_LINUX.username
  if (type === 'HYBRID_LINUX') return nodeRoles.FARGATE_LINUX.username
  const [, , , , accountId = '', resource = ''] = principalArn.split(':')
  if (!resource.startsWith('role/')) return principalArn
  return `arn:aws:sts::${accountId}:assumed-role/${resource.slice(resource.lastIndexOf('/') + 1)}/{{SessionName}}`
}

// Of node entries that a caller makes, who may give them none: eksctl's pages on self-managed and hybrid nodes show them.
function defaultGroups(type: string): string[] {
  if (type === 'EC2_LINUX' || type === 'FARGATE_LINUX') return [...nodeRoles[type].groups]
  return type === 'HYBRID_LINUX' ? [...nodeRoles.EC2_LINUX.groups] : []
}
