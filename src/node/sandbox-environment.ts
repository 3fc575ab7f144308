// Owns what the processes of a pod find around them: host name, name servers, hosts file; pure.
// Sources: kubernetes pkg/kubelet/network/dns/dns.go, pkg/kubelet/kubelet_pods.go (ensureHostsFile, GeneratePodHostNameAndDomain).
import type { Pod } from '../../generated/kubernetes.d.ts'
import { privateDomain } from '../base/private-dns.ts'
import { RuntimeError, type SandboxEnvironment } from '../runtime/runtime.ts'
import type { Machine } from './ports.ts'

/** How names are found in a cluster. */
export interface NameServers {
  /** Address of the Service of the cluster's DNS. */
  readonly cluster: string
  /** The resolver of the VPC: what a node asks. */
  readonly node: string
}

const CLUSTER_DOMAIN = 'cluster.local'
const LONGEST_HOSTNAME = 63
/** What Linux has room for (uname(2)). */
const LONGEST_NODENAME = 64
const NDOTS = { name: 'ndots', value: '5' }

/** @param ip the pod's address @throws RuntimeError when the name that the pod is to have is too long */
export function sandboxEnvironment(
  pod: Pod,
  ip: string,
  { machine, names }: { readonly machine: Machine; readonly names: NameServers },
): SandboxEnvironment {
  const { spec } = pod
  const isHostNetwork = spec.hostNetwork ?? false
  const hostname = isHostNetwork ? machine.hostname : hostnameOf(pod)
  return {
    hostname: isHostNetwork ? hostname : kernelName(pod, hostname),
    isHostNetwork,
    isHostIpc: spec.hostIPC ?? false,
    isHostPid: spec.hostPID ?? false,
    sharesProcesses: spec.shareProcessNamespace ?? false,
    resolvConf: resolvConf(pod, names, machine.region),
    hosts: hostsFile(pod, ip, hostname),
    sysctls: Object.fromEntries(
      (spec.securityContext?.sysctls ?? []).map(({ name, value }) => [name, value]),
    ),
  }
}

function hostnameOf({ metadata, spec }: Pod): string {
  const name = spec.hostnameOverride ?? spec.hostname ?? metadata.name
  return name.slice(0, LONGEST_HOSTNAME).replace(/[-.]+$/, '')
}

function domainOf({ metadata, spec }: Pod): string | undefined {
  const { subdomain, hostnameOverride } = spec
  if (!subdomain || hostnameOverride !== undefined) return undefined
  return `${subdomain}.${metadata.namespace}.svc.${CLUSTER_DOMAIN}`
}

// pkg/kubelet/util GetNodenameForKernel
function kernelName(pod: Pod, hostname: string): string {
  const domain = domainOf(pod)
  if (!domain || !pod.spec.setHostnameAsFQDN) return hostname
  const name = `${hostname}.${domain}`
  if (name.length <= LONGEST_NODENAME) return name
  throw new RuntimeError(
    'StartFailed',
    `failed to construct FQDN from pod hostname and cluster domain, FQDN ${name} is too long (${LONGEST_NODENAME} characters is the max, ${name.length} characters requested)`,
  )
}

/** Text of `/etc/resolv.conf` by dnsPolicy and dnsConfig. */
function resolvConf({ metadata, spec }: Pod, names: NameServers, region: string): string {
  const { dnsPolicy = 'ClusterFirst', dnsConfig = {}, hostNetwork } = spec
  const ofNode = privateDomain(region)
  const isCluster = dnsPolicy === 'ClusterFirstWithHostNet' || (dnsPolicy === 'ClusterFirst' && !hostNetwork)
  const own = dnsPolicy === 'None'
  const base = isCluster
    ? {
        servers: [names.cluster],
        searches: [
          `${metadata.namespace}.svc.${CLUSTER_DOMAIN}`,
          `svc.${CLUSTER_DOMAIN}`,
          CLUSTER_DOMAIN,
          ofNode,
        ],
        options: [NDOTS],
      }
    : { servers: own ? [] : [names.node], searches: own ? [] : [ofNode], options: [] }
  const servers = distinct([...base.servers, ...(dnsConfig.nameservers ?? [])])
  const searches = distinct([...base.searches, ...(dnsConfig.searches ?? [])])
  const options = new Map(
    [...base.options, ...(dnsConfig.options ?? [])].map(({ name, value }) => [name, value]),
  )
  const optionTexts = [...options].map(([name, value]) => (value ? `${name}:${value}` : name))
  const lines = [
    ...(searches.length > 0 ? [`search ${searches.join(' ')}`] : []),
    ...servers.map((server) => `nameserver ${server}`),
    ...(optionTexts.length > 0 ? [`options ${optionTexts.join(' ')}`] : []),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

/** `/etc/hosts` of a node: its names are found by the resolver of its VPC. */
export const NODE_HOSTS = [
  '127.0.0.1   localhost localhost.localdomain localhost4 localhost4.localdomain4',
  '::1         localhost6 localhost6.localdomain6',
  '',
].join('\n')

function hostsFile(pod: Pod, ip: string, hostname: string): string {
  const { spec } = pod
  const { hostAliases = [] } = spec
  const domain = domainOf(pod)
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    domain ? `${ip}\t${hostname}.${domain}\t${hostname}` : `${ip}\t${hostname}`,
  ]
  // A pod on the network of its node has the file of the node.
  const own = spec.hostNetwork
    ? ['# Kubernetes-managed hosts file (host network).', NODE_HOSTS.trimEnd()]
    : lines
  const aliases = hostAliases.map((alias) => `${alias.ip}\t${(alias.hostnames ?? []).join('\t')}`)
  const added = aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : []
  return [...own, ...added].map((line) => `${line}\n`).join('')
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)]
}
