// Owns the address family of a config's cluster, and what eksctl refuses of a config with IPv6.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5/validation.go (validateKubernetesNetworkConfig, ValidateVPCConfig),
// pkg/cfn/builder/nodegroup.go.
import type { ClusterConfig } from './cluster-config.ts'
import { invalidValues, type Fault } from './fault.ts'
import type { Position, Problem } from './problem.ts'
import type { Path } from './yaml.ts'

/** True when pods and Services of the cluster have IPv6 addresses. */
export function isIpv6({ kubernetesNetworkConfig }: Pick<ClusterConfig, 'kubernetesNetworkConfig'>): boolean {
  return kubernetesNetworkConfig?.ipFamily?.toLowerCase() === 'ipv6'
}

/** What of a config does not go with its address family. */
export function ipFamilyRulesBroken(config: ClusterConfig, locate: (path: Path) => Position): Problem[] {
  const faults = isIpv6(config)
    ? [...networkFaults(config), ...addonFaults(config), ...nodeGroupFaults(config)]
    : ipv4Faults(config)
  return invalidValues(faults, locate)
}

function ipv4Faults({ vpc }: ClusterConfig): readonly Fault[] {
  if ((vpc?.extraIPv6CIDRs ?? []).length === 0) return []
  return [
    { message: 'cannot specify vpc.extraIPv6CIDRs with an IPv4 cluster', path: ['vpc', 'extraIPv6CIDRs'] },
  ]
}

function networkFaults({
  metadata,
  vpc = {},
  kubernetesNetworkConfig = {},
}: ClusterConfig): readonly Fault[] {
  const faults: Fault[] = []
  if (metadata.region.startsWith('cn-'))
    faults.push({
      message: 'ipFamily IPv6 is not supported by EKS in the China regions',
      path: ['kubernetesNetworkConfig', 'ipFamily'],
    })
  if (kubernetesNetworkConfig.serviceIPv4CIDR !== undefined)
    faults.push({
      message: 'service IPv4 CIDR is not supported with IPv6',
      path: ['kubernetesNetworkConfig', 'serviceIPv4CIDR'],
    })
  if (vpc.autoAllocateIPv6 === true)
    faults.push({
      message: 'auto allocate ipv6 is not supported with IPv6',
      path: ['vpc', 'autoAllocateIPv6'],
    })
  if (vpc.nat !== undefined)
    faults.push({
      message: 'setting NAT is not supported with IPv6',
      path: ['vpc', 'nat'],
      help: 'Leave it out: the network that is made has one NAT gateway.',
    })
  return faults
}

function addonFaults(config: ClusterConfig): readonly Fault[] {
  const { addons = [], addonsConfig, autoModeConfig, iam } = config
  if (autoModeConfig?.enabled === true) return []
  const find = (name: string) => addons.findIndex((addon) => addon.name === name)
  const faults: Fault[] = []
  if (find('coredns') < 0)
    faults.push({
      message:
        'the default core addons must be defined for IPv6; missing addon(s): coredns; either define them or use EKS Auto Mode',
      path: ['kubernetesNetworkConfig', 'ipFamily'],
    })
  const at = find('vpc-cni')
  const cni = addons[at]
  if (!cni) return faults
  const hasAgent = find('eks-pod-identity-agent') >= 0
  if (!hasAgent && iam?.withOIDC !== true)
    faults.push({
      message:
        'either pod identity or oidc needs to be enabled if IPv6 is set; set either one or use EKS Auto Mode',
      path: ['addons', at],
    })
  const hasIdentity =
    addonsConfig?.autoApplyPodIdentityAssociations === true ||
    cni.useDefaultPodIdentityAssociations === true ||
    (cni.podIdentityAssociations ?? []).length > 0
  if (hasAgent && !hasIdentity)
    faults.push({
      message:
        'the vpc-cni addon has no pod identity: set addonsConfig.autoApplyPodIdentityAssociations, or useDefaultPodIdentityAssociations or podIdentityAssociations of the addon',
      path: ['addons', at],
    })
  return faults
}

function nodeGroupFaults({ nodeGroups = [] }: ClusterConfig): readonly Fault[] {
  if (nodeGroups.length === 0) return []
  return [
    {
      message: 'unmanaged nodegroups are not supported with IPv6 clusters',
      path: ['nodeGroups'],
      help: 'Use managedNodeGroups.',
    },
  ]
}
