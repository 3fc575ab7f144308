// Owns the marks of the fields that give rights, and of those of add-ons.
import type { Marks } from './mark.ts'

// eksctl says so beside its example.
const OF_SERVICES =
  'The namespace has to be there, and a new cluster has none; run eksctl create iamidentitymapping --service-name after up.'

export const identityMarks: Marks = {
  ClusterIAM: {
    honoured: [
      'fargatePodExecutionRoleARN',
      'fargatePodExecutionRolePermissionsBoundary',
      'podIdentityAssociations',
      'serviceAccounts',
      'serviceRoleARN',
      'serviceRolePermissionsBoundary',
      'vpcResourceControllerPolicy',
      'withOIDC',
    ],
  },
  ClusterIAMServiceAccount: {
    honoured: [
      'attachPolicy',
      'attachPolicyARNs',
      'attachRoleARN',
      'metadata',
      'permissionsBoundary',
      'roleName',
      'roleOnly',
      'subjectPattern',
      'tags',
      'wellKnownPolicies',
    ],
    noEffect: { status: 'It is what eksctl get iamserviceaccount says of an account.' },
  },
  ClusterIAMMeta: { honoured: ['annotations', 'labels', 'name', 'namespace'] },
  WellKnownPolicies: {
    honoured: [
      'autoScaler',
      'awsLoadBalancerController',
      'certManager',
      'ebsCSIController',
      'efsCSIController',
      'externalDNS',
      'imageBuilder',
    ],
  },
  AccessConfig: {
    honoured: ['accessEntries', 'authenticationMode', 'bootstrapClusterCreatorAdminPermissions'],
  },
  AccessEntry: {
    honoured: ['accessPolicies', 'kubernetesGroups', 'kubernetesUsername', 'principalARN', 'type'],
  },
  AccessPolicy: { honoured: ['accessScope', 'policyARN'] },
  AccessScope: { honoured: ['namespaces', 'type'] },
  IdentityProvider: {
    honoured: [
      'clientID',
      'groupsClaim',
      'groupsPrefix',
      'issuerURL',
      'name',
      'requiredClaims',
      'tags',
      'type',
      'usernameClaim',
      'usernamePrefix',
    ],
  },
  IAMIdentityMapping: {
    honoured: ['account', 'arn', 'groups', 'username'],
    refused: {
      namespace: OF_SERVICES,
      serviceName: OF_SERVICES,
    },
    noEffect: { noDuplicateARNs: 'A mapping is added once.' },
  },
  Addon: {
    honoured: [
      'attachPolicy',
      'attachPolicyARNs',
      'configurationValues',
      'name',
      'permissionsBoundary',
      'podIdentityAssociations',
      'resolveConflicts',
      'serviceAccountRoleARN',
      'tags',
      'useDefaultPodIdentityAssociations',
      'version',
      'wellKnownPolicies',
    ],
    refused: {
      namespaceConfig: 'Add-ons are installed into their own namespace; leave it out.',
    },
    noEffect: {
      owners: 'It filters what eksctl utils describe-addon-versions lists.',
      publishers: 'It filters what eksctl utils describe-addon-versions lists.',
      types: 'It filters what eksctl utils describe-addon-versions lists.',
    },
  },
  AddonsConfig: { honoured: ['autoApplyPodIdentityAssociations', 'disableDefaultAddons'] },
  PodIdentityAssociation: {
    honoured: [
      'createServiceAccount',
      'disableSessionTags',
      'namespace',
      'permissionPolicy',
      'permissionPolicyARNs',
      'permissionPolicyName',
      'permissionsBoundaryARN',
      'policy',
      'roleARN',
      'roleName',
      'serviceAccountName',
      'tags',
      'targetRoleARN',
      'wellKnownPolicies',
    ],
  },
}
