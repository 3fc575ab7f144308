// Owns the marks of the fields that give rights, and of those of add-ons.
import type { Marks } from './mark.ts'

export const identityMarks: Marks = {
  ClusterIAM: {
    honoured: [
      'fargatePodExecutionRoleARN',
      'serviceAccounts',
      'serviceRoleARN',
      'serviceRolePermissionsBoundary',
      'withOIDC',
    ],
    refused: {
      fargatePodExecutionRolePermissionsBoundary: 'Give fargatePodExecutionRoleARN.',
      podIdentityAssociations: 'Use iam.serviceAccounts.',
    },
    noEffect: { vpcResourceControllerPolicy: 'The policy is always attached.' },
  },
  ClusterIAMServiceAccount: {
    honoured: [
      'attachPolicy',
      'attachPolicyARNs',
      'metadata',
      'permissionsBoundary',
      'roleName',
      'roleOnly',
      'tags',
      'wellKnownPolicies',
    ],
    refused: {
      attachRoleARN: 'Attach policies instead.',
      subjectPattern: 'Name one account a role.',
    },
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
    honoured: ['authenticationMode', 'bootstrapClusterCreatorAdminPermissions'],
    refused: { accessEntries: 'Create them with aws eks create-access-entry.' },
  },
  Addon: {
    honoured: ['configurationValues', 'name', 'resolveConflicts', 'serviceAccountRoleARN', 'version'],
    refused: {
      attachPolicy: 'Give serviceAccountRoleARN.',
      attachPolicyARNs: 'Give serviceAccountRoleARN.',
      namespaceConfig: 'Add-ons are installed into their own namespace; leave it out.',
      permissionsBoundary: 'Give serviceAccountRoleARN.',
      podIdentityAssociations: 'Give serviceAccountRoleARN.',
      useDefaultPodIdentityAssociations: 'Give serviceAccountRoleARN.',
      wellKnownPolicies: 'Give serviceAccountRoleARN.',
    },
    noEffect: {
      owners: 'It filters what eksctl utils describe-addon-versions lists.',
      publishers: 'It filters what eksctl utils describe-addon-versions lists.',
      tags: 'Tags of add-ons are those of up.',
      types: 'It filters what eksctl utils describe-addon-versions lists.',
    },
  },
  AddonsConfig: {
    honoured: ['disableDefaultAddons'],
    refused: { autoApplyPodIdentityAssociations: 'Give the add-ons serviceAccountRoleARN.' },
  },
}
