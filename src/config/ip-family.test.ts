import { describe, expect, it } from 'vitest'

import type { ClusterConfig } from './cluster-config.ts'
import { ipFamilyRulesBroken, isIpv6 } from './ip-family.ts'

const AT = { file: 'cluster.yaml', line: 1, column: 1 }
const SIX: ClusterConfig = {
  apiVersion: 'eksctl.io/v1alpha5',
  kind: 'ClusterConfig',
  metadata: { name: 'six', region: 'us-west-2' },
  kubernetesNetworkConfig: { ipFamily: 'IPv6' },
  iam: { withOIDC: true },
  addons: [{ name: 'vpc-cni' }, { name: 'coredns' }, { name: 'kube-proxy' }],
}

function broken(config: Partial<ClusterConfig>): readonly string[] {
  return ipFamilyRulesBroken({ ...SIX, ...config }, () => AT).map(({ message }) => message)
}

describe('the family of a cluster', () => {
  it('is read as eksctl does, whatever the case', () => {
    expect(isIpv6(SIX)).toBe(true)
    expect(isIpv6({ kubernetesNetworkConfig: { ipFamily: 'ipv6' } })).toBe(true)
    expect(isIpv6({ kubernetesNetworkConfig: { ipFamily: 'IPv4' } })).toBe(false)
    expect(isIpv6({})).toBe(false)
  })

  it.each<[string, Partial<ClusterConfig>, readonly string[]]>([
    ['what eksctl wants', {}, []],
    ['Auto Mode has its own add-ons', { addons: [], autoModeConfig: { enabled: true } }, []],
    [
      'no CoreDNS',
      { addons: [{ name: 'vpc-cni' }] },
      [
        'the default core addons must be defined for IPv6; missing addon(s): coredns; either define them or use EKS Auto Mode',
      ],
    ],
    [
      'no way for the CNI to its rights',
      { iam: {} },
      ['either pod identity or oidc needs to be enabled if IPv6 is set; set either one or use EKS Auto Mode'],
    ],
    [
      'an agent, and no identity',
      { addons: [...(SIX.addons ?? []), { name: 'eks-pod-identity-agent' }] },
      [
        'the vpc-cni addon has no pod identity: set addonsConfig.autoApplyPodIdentityAssociations, or useDefaultPodIdentityAssociations or podIdentityAssociations of the addon',
      ],
    ],
    [
      'nodes of nobody',
      { nodeGroups: [{ name: 'ng', instanceType: 'm5.large' }] },
      ['unmanaged nodegroups are not supported with IPv6 clusters'],
    ],
    ['NAT', { vpc: { nat: { gateway: 'Single' } } }, ['setting NAT is not supported with IPv6']],
    [
      'blocks for IPv4 clusters',
      { vpc: { autoAllocateIPv6: true } },
      ['auto allocate ipv6 is not supported with IPv6'],
    ],
    [
      'an IPv4 block for Services',
      { kubernetesNetworkConfig: { ipFamily: 'IPv6', serviceIPv4CIDR: '10.100.0.0/16' } },
      ['service IPv4 CIDR is not supported with IPv6'],
    ],
    [
      'China',
      { metadata: { name: 'six', region: 'cn-north-1' } },
      ['ipFamily IPv6 is not supported by EKS in the China regions'],
    ],
    [
      'IPv6 sources of an IPv4 cluster',
      { kubernetesNetworkConfig: {}, vpc: { extraIPv6CIDRs: ['2600:1f14::/56'] } },
      ['cannot specify vpc.extraIPv6CIDRs with an IPv4 cluster'],
    ],
  ])('%s', (_, config, expected) => {
    expect(broken(config)).toEqual(expected)
  })
})
