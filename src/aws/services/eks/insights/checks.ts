// Owns what EKS looks at before an upgrade: one check an insight, each asked of what the cluster really is.
// Source of names and reasons: a recorded ListInsights of a 1.32 cluster; EKS user guide, "Prepare for Kubernetes version
// upgrades with cluster insights". Reasons of what does not pass are Neargate's: AWS's were not found.
import type { DaemonSet, Node } from '../../../../../generated/kubernetes.d.ts'
import { versionsOfAddon } from '../../../../rules/eks/addons.ts'
import { isWithinSkew, minorOf } from '../../../../rules/eks/version-skew.ts'
import type { KubernetesClient } from '../../../../kubernetes/client/client.ts'
import { daemonSets, nodes } from '../../../../kubernetes/client/resources.ts'
import { findAddon } from '../addons/catalog.ts'
import type { CheckResult, CheckStatus, ClusterRecord, Eks } from '../state.ts'

/** What checks look at. */
export interface Examined {
  readonly eks: Eks
  readonly cluster: ClusterRecord['cluster']
  readonly client: KubernetesClient
  /** The version that an upgrade would lead to. */
  readonly next: string
}

export interface Check {
  readonly name: string
  readonly description: string
  readonly recommendation: string
  readonly run: (examined: Examined) => Promise<CheckResult> | CheckResult
}

/** Minor versions that stop serving APIs; those of 1.29 and 1.32 are versions of flowcontrol.apiserver.k8s.io. */
const REMOVING = ['1.29', '1.32']

const passing = (reason: string): CheckResult => ({ status: 'PASSING', reason, resources: [] })

/** The checks for an upgrade to a version, in the order in which they are listed. */
export function checksFor(next: string): Check[] {
  return [
    ...(REMOVING.includes(next) ? [removedApis(next)] : []),
    {
      name: 'Cluster health issues',
      description: 'Checks for cluster health issues that prevent successful upgrades.',
      recommendation: 'Resolve the health issues that DescribeCluster shows.',
      run: clusterHealth,
    },
    {
      name: 'Amazon Linux 2 compatibility',
      description: 'Checks for nodes with Amazon Linux 2, for which newer versions have no images.',
      recommendation: 'Move to nodes with Amazon Linux 2023 or Bottlerocket.',
      run: amazonLinux2,
    },
    {
      name: 'Kubelet version skew',
      description: 'Checks the versions of the kubelets against the version policy of Kubernetes.',
      recommendation: 'Update the nodes that are too far behind.',
      run: kubeletSkew,
    },
    {
      name: 'kube-proxy version skew',
      description: 'Checks the version of kube-proxy against the version policy of Kubernetes.',
      recommendation: 'Update kube-proxy.',
      run: kubeProxySkew,
    },
    {
      name: 'EKS add-on version compatibility',
      description:
        'Checks whether the installed versions of EKS add-ons work with the next Kubernetes version.',
      recommendation: 'Update the add-ons that do not.',
      run: addonCompatibility,
    },
  ]
}

// A near region serves none of the APIs that go, so nobody can have used one.
function removedApis(next: string): Check {
  return {
    name: `Deprecated APIs removed in Kubernetes v${next}`,
    description: `Checks for usage of deprecated APIs that are removed in Kubernetes v${next}.`,
    recommendation: 'Use the APIs that replace them.',
    run: () => passing('No deprecated API usage detected within the last 30 days.'),
  }
}

function clusterHealth({ cluster }: Examined): CheckResult {
  const issues = cluster.health?.issues ?? []
  if (issues.length === 0) return passing('No cluster health issues detected.')
  return {
    status: 'ERROR',
    reason: `Cluster health issues detected: ${issues.map(({ code }) => code).join(', ')}.`,
    resources: [{ arn: cluster.arn }],
  }
}

async function nodesOf({ client }: Examined): Promise<readonly Node[]> {
  return (await client.list<Node>(nodes)).items
}

async function amazonLinux2(examined: Examined): Promise<CheckResult> {
  const old = (await nodesOf(examined)).filter(({ status }) => status?.nodeInfo?.osImage === 'Amazon Linux 2')
  if (old.length === 0) return passing('No Amazon Linux 2 nodes detected.')
  return {
    // There are no images from 1.33 on.
    status: minorOf(examined.next) >= 33 ? 'ERROR' : 'WARNING',
    reason: 'Amazon Linux 2 nodes detected.',
    resources: old.map(resourceOf),
  }
}

function resourceOf({ metadata }: Node): { kubernetesResourceUri: string } {
  return { kubernetesResourceUri: `/api/v1/nodes/${metadata.name}` }
}

// "ERROR" concerns the next minor version, "WARNING" the one after it.
function skewOf(version: string, next: string): CheckStatus {
  const [major = '1'] = next.split('.')
  if (!isWithinSkew(version, next)) return 'ERROR'
  return isWithinSkew(version, `${major}.${minorOf(next) + 1}`) ? 'PASSING' : 'WARNING'
}

async function kubeletSkew(examined: Examined): Promise<CheckResult> {
  const { cluster, next } = examined
  const kubelets = (await nodesOf(examined)).map((node) => ({
    node,
    version: (node.status?.nodeInfo?.kubeletVersion ?? `v${cluster.version}`).replace(/^v/, ''),
  }))
  const behind = kubelets.filter(({ version }) => skewOf(version, next) !== 'PASSING')
  if (behind.length === 0) {
    const areSame = kubelets.every(({ version }) => minorOf(version) === minorOf(cluster.version ?? ''))
    return passing(
      areSame
        ? 'Node kubelet versions match the cluster control plane version.'
        : `Node kubelet versions are within the version policy for Kubernetes ${next}.`,
    )
  }
  const isError = behind.some(({ version }) => skewOf(version, next) === 'ERROR')
  return {
    status: isError ? 'ERROR' : 'WARNING',
    reason: `Node kubelet versions are too far behind for Kubernetes ${next}${isError ? '' : ' and later'}.`,
    resources: behind.map(({ node, version }) => ({ ...resourceOf(node), status: skewOf(version, next) })),
  }
}

async function kubeProxySkew({ client, cluster, next }: Examined): Promise<CheckResult> {
  const { items } = await client.list<DaemonSet>(daemonSets, { namespace: 'kube-system' })
  const proxy = items.find(({ metadata }) => metadata.name === 'kube-proxy')
  const image = proxy?.spec?.template.spec?.containers[0]?.image ?? ''
  const version = /:v(\d+\.\d+)/.exec(image)?.[1] ?? cluster.version ?? ''
  const status = skewOf(version, next)
  if (status === 'PASSING') {
    return passing(
      version === cluster.version
        ? 'kube-proxy versions match the cluster control plane version.'
        : `kube-proxy versions are within the version policy for Kubernetes ${next}.`,
    )
  }
  return {
    status,
    reason: `kube-proxy ${version} is too far behind for Kubernetes ${next}${status === 'ERROR' ? '' : ' and later'}.`,
    resources: [{ kubernetesResourceUri: '/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy' }],
  }
}

function addonCompatibility({ eks, cluster, next }: Examined): CheckResult {
  const incompatible = eks.tables.addons.list(`${cluster.name}/`).flatMap(({ addon }) => {
    const definition = findAddon(addon.addonName)
    const compatibleVersions = definition ? versionsOfAddon(definition, next) : []
    if (compatibleVersions.includes(addon.addonVersion)) return []
    return [{ name: addon.addonName, arn: addon.addonArn ?? '', compatibleVersions }]
  })
  if (incompatible.length === 0) {
    return passing('All installed EKS add-on versions are compatible with next Kubernetes version.')
  }
  return {
    status: 'ERROR',
    reason: `Installed EKS add-on versions are not compatible with next Kubernetes version: ${incompatible.map(({ name }) => name).join(', ')}.`,
    resources: incompatible.map(({ arn }) => ({ arn })),
    addons: incompatible.map(({ name, compatibleVersions }) => ({ name, compatibleVersions })),
  }
}
