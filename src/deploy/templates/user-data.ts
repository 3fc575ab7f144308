// Owns the user data that tells instances which cluster to join and as what, for each operating system.
// Source: eksctl pkg/nodebootstrap, awslabs/amazon-eks-ami (nodeadm, bootstrap.sh), Bottlerocket's settings.
import { Buffer } from 'node:buffer'

import { parse, stringify } from 'yaml'

import type { ManagedNodeGroup, NodeGroupBase, SelfManagedNodeGroup } from '../../config/cluster-config.ts'
import { isObject } from '../../base/json.ts'
import { clusterDnsIp } from '../../rules/eks/cluster-network.ts'
import { isBottlerocket, isWindows } from '../../rules/eksctl/ami-families.ts'
import { amiFamilyOf, taintsOf } from '../../rules/eksctl/node-group-defaults.ts'

/** What a node has to know of its cluster. */
export interface BootstrapCluster {
  readonly name: string
  readonly endpoint: string
  readonly certificateAuthorityData: string
  readonly serviceCidr: string
}

/** A group whose instances find their cluster by themselves. */
type JoiningGroup = NodeGroupBase & Pick<SelfManagedNodeGroup, 'taints' | 'clusterDNS' | 'kubeletExtraConfig'>

// No line of a script or of YAML begins so.
const BOUNDARY = '//neargate//'

/**
 * The user data of instances that join by themselves, base64.
 * @param labels all of the node, those of eksctl included
 */
export function joiningUserData(
  group: JoiningGroup,
  cluster: BootstrapCluster,
  labels: Readonly<Record<string, string>>,
): string {
  const facts = {
    group,
    cluster,
    labels: pairs(labels),
    taints: taintsText(group),
    dns: clusterDns(group, cluster),
  }
  const family = amiFamilyOf(group)
  if (isBottlerocket(family)) return encode(bottlerocketSettings(group, cluster, labels))
  if (isWindows(family)) return encode(powerShell(facts))
  return encode(family === 'AmazonLinux2023' ? nodeConfigs(facts) : bootstrapScript(facts))
}

/** The user data that a managed group adds to what EKS gives its instances; undefined for none. */
export function managedUserData(group: ManagedNodeGroup): string | undefined {
  const { maxPodsPerNode: maxPods, preBootstrapCommands: scripts = [] } = group
  const family = amiFamilyOf(group)
  if (isBottlerocket(family)) {
    const settings = ownSettings(group)
    return Object.keys(settings).length === 0 ? undefined : encode(tomlTable('settings', settings))
  }
  if (isWindows(family)) {
    const lines = ['<powershell>', ...scripts, '</powershell>']
    return scripts.length === 0 ? undefined : encode(lines.join('\n'))
  }
  if (family === 'AmazonLinux2') {
    const last =
      group.overrideBootstrapCommand ?? (maxPods === undefined ? undefined : maxPodsScript(maxPods))
    const all = last === undefined ? scripts : [...scripts, last]
    return all.length === 0 ? undefined : encode(mimeMessage(all, []))
  }
  const configs = [...maxPodsConfig(maxPods), ...overrides(group.overrideBootstrapCommand)]
  return configs.length + scripts.length === 0 ? undefined : encode(mimeMessage(scripts, configs))
}

// EKS calls bootstrap.sh by itself, after this: the kubelet's arguments are added to those that it will pass on.
function maxPodsScript(maxPods: number): string {
  return `sed -i 's/\\(KUBELET_EXTRA_ARGS=\\)$2/\\1"$2 --max-pods=${maxPods}"/' /etc/eks/bootstrap.sh`
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64')
}

function pairs(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

function taintsText(group: JoiningGroup): string {
  return taintsOf(group)
    .map(({ key, value = '', effect }) => `${key}=${value}:${effect}`)
    .join(',')
}

// EKS gives DNS the tenth address of the Services' block.
function clusterDns(group: JoiningGroup, { serviceCidr }: BootstrapCluster): string {
  return group.clusterDNS ?? clusterDnsIp(serviceCidr)
}

interface Facts {
  readonly group: JoiningGroup
  readonly cluster: BootstrapCluster
  readonly labels: string
  readonly taints: string
  readonly dns: string
}

function nodeConfig(spec: object): object {
  return { apiVersion: 'node.eks.aws/v1alpha1', kind: 'NodeConfig', spec }
}

function maxPodsConfig(maxPods: number | undefined): readonly object[] {
  return maxPods === undefined ? [] : [nodeConfig({ kubelet: { config: { maxPods } } })]
}

// On Amazon Linux 2023 the command is a NodeConfig.
function overrides(command: string | undefined): readonly object[] {
  const value: unknown = command === undefined ? undefined : parse(command)
  return isObject(value) ? [value] : []
}

function nodeConfigs({ group, cluster, labels, taints, dns }: Facts): string {
  const minimal = nodeConfig({
    cluster: {
      name: cluster.name,
      apiServerEndpoint: cluster.endpoint,
      certificateAuthority: cluster.certificateAuthorityData,
      cidr: cluster.serviceCidr,
    },
    kubelet: {
      config: { ...group.kubeletExtraConfig, clusterDNS: [dns] },
      flags: [`--node-labels=${labels}`, ...(taints === '' ? [] : [`--register-with-taints=${taints}`])],
    },
  })
  const configs = [
    minimal,
    ...maxPodsConfig(group.maxPodsPerNode),
    ...overrides(group.overrideBootstrapCommand),
  ]
  return mimeMessage(group.preBootstrapCommands ?? [], configs)
}

function mimeMessage(commands: readonly string[], configs: readonly object[]): string {
  const part = (type: string, body: string): string => `--${BOUNDARY}\nContent-Type: ${type}\n\n${body}\n`
  return [
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="${BOUNDARY}"\n\n`,
    ...commands.map((command) => part('text/x-shellscript; charset="us-ascii"', `#!/bin/bash\n${command}`)),
    ...configs.map((config) => part('application/node.eks.aws', stringify(config, { lineWidth: 0 }))),
    `--${BOUNDARY}--\n`,
  ].join('')
}

// Amazon Linux 2 and Ubuntu. A command that takes the place of the bootstrap script finds the same variables, also in the
// file where eksctl's helper puts them.
function bootstrapScript({ group, cluster, labels, taints, dns }: Facts): string {
  const variables = {
    CLUSTER_NAME: cluster.name,
    API_SERVER_URL: cluster.endpoint,
    B64_CLUSTER_CA: cluster.certificateAuthorityData,
    CLUSTER_DNS: dns,
    NODE_LABELS: labels,
    NODE_TAINTS: taints,
    ...(group.maxPodsPerNode === undefined ? {} : { MAX_PODS: String(group.maxPodsPerNode) }),
  }
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  const maxPods = group.maxPodsPerNode === undefined ? '' : ` --max-pods=${group.maxPodsPerNode}`
  const usual = [
    '/etc/eks/bootstrap.sh "${CLUSTER_NAME}" \\',
    '  --apiserver-endpoint "${API_SERVER_URL}" --b64-cluster-ca "${B64_CLUSTER_CA}" --dns-cluster-ip "${CLUSTER_DNS}" \\',
    `  --kubelet-extra-args "--node-labels=\${NODE_LABELS} --register-with-taints=\${NODE_TAINTS}${maxPods}"`,
  ].join('\n')
  return [
    '#!/bin/bash',
    'set -o errexit',
    ...(group.preBootstrapCommands ?? []),
    'mkdir -p /etc/eksctl /var/lib/cloud/scripts/eksctl',
    "cat > /etc/eksctl/kubelet.env <<'END'",
    ...assignments,
    'END',
    "echo 'set -a; source /etc/eksctl/kubelet.env; set +a' > /var/lib/cloud/scripts/eksctl/bootstrap.helper.sh",
    'source /var/lib/cloud/scripts/eksctl/bootstrap.helper.sh',
    group.overrideBootstrapCommand ?? usual,
    '',
  ].join('\n')
}

// Windows: the image has a script whose parameters are those of the kubelet.
function powerShell({ group, cluster, labels, taints, dns }: Facts): string {
  const { preBootstrapCommands: before = [], overrideBootstrapCommand: own, maxPodsPerNode: maxPods } = group
  const kubelet = [
    `--node-labels=${labels}`,
    `--register-with-taints=${taints}`,
    ...(maxPods === undefined ? [] : [`--max-pods=${maxPods}`]),
  ]
  const parameters = {
    EKSClusterName: cluster.name,
    APIServerEndpoint: cluster.endpoint,
    Base64ClusterCA: cluster.certificateAuthorityData,
    ServiceCIDR: cluster.serviceCidr,
    DNSClusterIP: dns,
    KubeletExtraArgs: kubelet.join(' '),
  }
  const entries = Object.entries(parameters)
  const call = entries.map(([name, value]) => `-${name} "${value}"`).join(' ')
  // A command that takes the place of the script finds the same as variables.
  const bootstrap =
    own === undefined
      ? [`& $EKSBootstrapScriptFile ${call} 3>&1 4>&1 5>&1 6>&1`]
      : [...entries.map(([name, value]) => `[string]$${name} = '${value}'`), own]
  return [
    '<powershell>',
    '[string]$EKSBootstrapScriptFile = "$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1"',
    ...before,
    ...bootstrap,
    '</powershell>',
  ].join('\n')
}

// What the file says itself: its settings, the admin container, the number of pods.
function ownSettings({
  bottlerocket: { settings, enableAdminContainer: enabled } = {},
  maxPodsPerNode: maxPods,
}: NodeGroupBase): Readonly<Record<string, unknown>> {
  const own = isObject(settings) ? settings : {}
  const inner = (name: string): object => (isObject(own[name]) ? own[name] : {})
  return {
    ...own,
    ...(enabled === undefined
      ? {}
      : { 'host-containers': { ...inner('host-containers'), admin: { enabled } } }),
    ...(maxPods === undefined ? {} : { kubernetes: { ...inner('kubernetes'), 'max-pods': maxPods } }),
  }
}

function bottlerocketSettings(
  group: JoiningGroup,
  cluster: BootstrapCluster,
  labels: Readonly<Record<string, string>>,
): string {
  const own = ownSettings(group)
  const taints = taintsOf(group).map(({ key, value = '', effect }) => [key, `${value}:${effect}`])
  const settings = {
    ...own,
    kubernetes: {
      ...(isObject(own['kubernetes']) ? own['kubernetes'] : {}),
      'cluster-name': cluster.name,
      'api-server': cluster.endpoint,
      'cluster-certificate': cluster.certificateAuthorityData,
      ...(group.clusterDNS === undefined ? {} : { 'cluster-dns-ip': group.clusterDNS }),
      'node-labels': labels,
      'node-taints': Object.fromEntries(taints) as Record<string, string>,
    },
  }
  return tomlTable('settings', settings)
}

// TOML of plain values, lists of them and tables: JSON's scalars are TOML's, and so are its lists.
function tomlTable(path: string, table: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(table)
  const own = entries
    .filter(([, value]) => !isObject(value))
    .map(([key, value]) => `${tomlKey(key)} = ${JSON.stringify(value)}\n`)
  const inner = entries.map(([key, value]) =>
    isObject(value) ? tomlTable(`${path}.${tomlKey(key)}`, value) : '',
  )
  return `${own.length === 0 ? '' : `[${path}]\n${own.join('')}\n`}${inner.join('')}`
}

function tomlKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key)
}
