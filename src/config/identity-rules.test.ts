import { describe, expect, it } from 'vitest'

import type { AddonConfig, ClusterConfig, PodIdentityConfig } from './cluster-config.ts'
import { identityRulesBroken, POD_IDENTITY_AGENT } from './identity-rules.ts'

const AGENT: AddonConfig = { name: POD_IDENTITY_AGENT }
const ROLE = 'arn:aws:iam::111122223333:role/reader'
const POLICY = { Version: '2012-10-17', Statement: [] }

function broken(parts: Partial<ClusterConfig>): readonly string[] {
  const config: ClusterConfig = {
    apiVersion: 'eksctl.io/v1alpha5',
    kind: 'ClusterConfig',
    metadata: { name: 'workshop', region: 'eu-west-1' },
    ...parts,
  }
  const position = { file: 'cluster.yaml', line: 1, column: 1 }
  return identityRulesBroken(config, () => position).map(({ message }) => message)
}

function association(over: Partial<PodIdentityConfig>): PodIdentityConfig {
  return { namespace: 'web', serviceAccountName: 'reader', ...over }
}

describe('identityRulesBroken', () => {
  it.each<[string, Partial<PodIdentityConfig>, readonly string[]]>([
    ['a role', { roleARN: ROLE }, []],
    ['policies', { permissionPolicyARNs: ['arn:aws:iam::aws:policy/ReadOnlyAccess'] }, []],
    ['a named policy', { permissionPolicy: POLICY, permissionPolicyName: 'Read' }, []],
    ['well-known policies', { wellKnownPolicies: { autoScaler: true } }, []],
    [
      'nothing',
      {},
      ['one of roleARN, permissionPolicy, permissionPolicyARNs, wellKnownPolicies must be given'],
    ],
    [
      'both',
      { roleARN: ROLE, permissionPolicy: POLICY, wellKnownPolicies: { efsCSIController: true } },
      ['permissionPolicy cannot be given beside roleARN', 'wellKnownPolicies cannot be given beside roleARN'],
    ],
    [
      'a name of no policy',
      { roleARN: ROLE, permissionPolicyName: 'Read' },
      ['permissionPolicyName needs permissionPolicy'],
    ],
    [
      'a name of nothing',
      { permissionPolicy: POLICY, permissionPolicyName: '--' },
      ['permissionPolicyName needs a letter or digit'],
    ],
    ['session tags and policy', { roleARN: ROLE, policy: '{}' }, ['policy needs disableSessionTags: true']],
    ['a session policy', { roleARN: ROLE, policy: '{}', disableSessionTags: true }, []],
  ])('of an association with %s', (_, over, messages) => {
    const iam = { podIdentityAssociations: [association(over)] }
    expect(broken({ addons: [AGENT], iam })).toEqual(
      messages.map((message) => `iam.podIdentityAssociations[0]: ${message}`),
    )
  })

  it.each<[string, AddonConfig, readonly string[]]>([
    ['an association', { name: 'vpc-cni', podIdentityAssociations: [association({ roleARN: ROLE })] }, []],
    [
      'the agent itself',
      { ...AGENT, podIdentityAssociations: [association({ roleARN: ROLE })] },
      ['it cannot have pod identity associations itself'],
    ],
    [
      'an association beside a role',
      {
        name: 'vpc-cni',
        serviceAccountRoleARN: ROLE,
        podIdentityAssociations: [association({ roleARN: ROLE })],
      },
      ['its policies or role and podIdentityAssociations cannot be given at once'],
    ],
    [
      'defaults beside all else',
      {
        name: 'vpc-cni',
        serviceAccountRoleARN: ROLE,
        useDefaultPodIdentityAssociations: true,
      },
      ['no policies or role can be given beside useDefaultPodIdentityAssociations'],
    ],
    [
      'defaults beside associations',
      {
        name: 'vpc-cni',
        useDefaultPodIdentityAssociations: true,
        podIdentityAssociations: [association({ roleARN: ROLE })],
      },
      ['useDefaultPodIdentityAssociations and podIdentityAssociations cannot be given at once'],
    ],
    [
      'tags and well-known policies',
      {
        name: 'vpc-cni',
        podIdentityAssociations: [association({ tags: { a: 'b' }, wellKnownPolicies: { autoScaler: true } })],
      },
      [
        'wellKnownPolicies serves no association of an add-on; use useDefaultPodIdentityAssociations',
        'associations of an add-on have no tags of their own',
      ],
    ],
  ])('of an add-on with %s', (_, addon, messages) => {
    expect(broken({ addons: [AGENT, addon] })).toEqual(
      messages.map((message) => `add-on ${addon.name}: ${message}`),
    )
  })

  it.each<[string, Partial<ClusterConfig>, boolean]>([
    ['an association', { iam: { podIdentityAssociations: [association({ roleARN: ROLE })] } }, true],
    ['an add-on', { addons: [{ name: 'vpc-cni', useDefaultPodIdentityAssociations: true }] }, true],
    [
      'all add-ons',
      { addons: [{ name: 'vpc-cni' }], addonsConfig: { autoApplyPodIdentityAssociations: true } },
      true,
    ],
    ['no add-on', { addonsConfig: { autoApplyPodIdentityAssociations: true } }, false],
  ])('without the agent, for %s', (_, parts, isBroken) => {
    const message = 'the "eks-pod-identity-agent" addon must be installed to create pod identity associations'
    expect(broken(parts)).toEqual(isBroken ? [message] : [])
    expect(broken({ ...parts, addons: [...(parts.addons ?? []), AGENT] })).toEqual([])
  })
})
