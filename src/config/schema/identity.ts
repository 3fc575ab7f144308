// Owns the fields of a ClusterConfig that give rights, and those of add-ons and Fargate profiles.
import type { ObjectSchema, Schema } from './schema.ts'
import { any, boolean, honoured, ignored, list, object, oneOf, refused, required } from './schema.ts'
import { string, stringMap, strings, supported } from './schema.ts'

function flags(...names: string[]): ObjectSchema {
  return object(Object.fromEntries(names.map((name) => [name, boolean])))
}

/** `withAddonPolicies` of a node group. */
export const addonPolicies: ObjectSchema = flags(
  'albIngress',
  'appMesh',
  'appMeshPreview',
  'autoScaler',
  'awsLoadBalancerController',
  'certManager',
  'cloudWatch',
  'ebs',
  'efs',
  'externalDNS',
  'fsx',
  'imageBuilder',
  'xRay',
)

/** `wellKnownPolicies` of a service account. */
const wellKnownPolicies: ObjectSchema = flags(
  'autoScaler',
  'awsLoadBalancerController',
  'certManager',
  'ebsCSIController',
  'efsCSIController',
  'externalDNS',
  'imageBuilder',
)

const podIdentityAssociation = object({
  createServiceAccount: boolean,
  disableSessionTags: boolean,
  namespace: string,
  permissionPolicy: any,
  permissionPolicyARNs: strings,
  permissionPolicyName: string,
  permissionsBoundaryARN: string,
  policy: string,
  roleARN: string,
  roleName: string,
  serviceAccountName: string,
  tags: stringMap,
  targetRoleARN: string,
  wellKnownPolicies,
})

const serviceAccount = object({
  metadata: required(
    object({ name: required(string), namespace: string, labels: stringMap, annotations: stringMap }),
  ),
  attachPolicyARNs: strings,
  attachPolicy: any,
  wellKnownPolicies,
  roleName: string,
  roleOnly: boolean,
  permissionsBoundary: string,
  tags: stringMap,
  attachRoleARN: refused(string, 'Attach policies instead.'),
  subjectPattern: refused(string),
  // What `eksctl get -o yaml` adds; it says how things were, not how they should be.
  status: ignored(object({ capabilities: strings, roleARN: string, stackName: string, tags: stringMap })),
})

/** `iam` of a cluster. */
export const clusterIam: ObjectSchema = object({
  withOIDC: boolean,
  serviceAccounts: list(serviceAccount),
  serviceRoleARN: string,
  serviceRolePermissionsBoundary: string,
  fargatePodExecutionRoleARN: string,
  fargatePodExecutionRolePermissionsBoundary: refused(string),
  vpcResourceControllerPolicy: ignored(boolean),
  podIdentityAssociations: refused(list(podIdentityAssociation), 'Use iam.serviceAccounts.'),
})

export const iamIdentityMapping: ObjectSchema = object({
  account: string,
  arn: string,
  groups: strings,
  namespace: string,
  noDuplicateARNs: boolean,
  serviceName: string,
  username: string,
})

export const identityProvider: ObjectSchema = object({
  type: required(oneOf('oidc')),
  name: required(string),
  issuerURL: required(string),
  clientID: required(string),
  usernameClaim: string,
  usernamePrefix: string,
  groupsClaim: string,
  groupsPrefix: string,
  requiredClaims: stringMap,
  tags: stringMap,
})

export const addon: ObjectSchema = object({
  name: required(string),
  version: string,
  configurationValues: string,
  resolveConflicts: supported(['overwrite', 'OVERWRITE'], ['none', 'preserve', 'NONE', 'PRESERVE']),
  serviceAccountRoleARN: string,
  tags: ignored(stringMap),
  attachPolicy: refused(any, 'Give serviceAccountRoleARN.'),
  attachPolicyARNs: refused(strings, 'Give serviceAccountRoleARN.'),
  permissionsBoundary: refused(string),
  podIdentityAssociations: refused(list(podIdentityAssociation)),
  useDefaultPodIdentityAssociations: refused(boolean),
  wellKnownPolicies: refused(wellKnownPolicies, 'Give serviceAccountRoleARN.'),
  namespaceConfig: refused(object({ namespace: string })),
  owners: ignored(strings),
  publishers: ignored(strings),
  types: ignored(strings),
})

export const addonsConfig: ObjectSchema = object({
  disableDefaultAddons: boolean,
  autoApplyPodIdentityAssociations: refused(boolean),
})

const selector: Schema = object({ namespace: required(string), labels: stringMap })

export const fargateProfile: ObjectSchema = object({
  name: required(string),
  podExecutionRoleARN: string,
  selectors: honoured(list(selector)),
  subnets: strings,
  tags: stringMap,
  // What `eksctl get fargateprofile -o yaml` adds.
  status: ignored(string),
})
