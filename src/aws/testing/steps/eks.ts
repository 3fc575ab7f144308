// Owns the steps of EKS.
import { step, type Made, type Step } from './step.ts'

const ACCOUNT = 'arn:aws:iam::111122223333'
const VIEW = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'
const CLUSTER = { clusterName: 'demo' }
const NG = { ...CLUSTER, nodegroupName: 'ng' }
const FP = { ...CLUSTER, fargateProfileName: 'fp' }
const ADDON = { ...CLUSTER, addonName: 'coredns' }
const ENTRY = { ...CLUSTER, principalArn: `${ACCOUNT}:role/first` }
const PROVIDER = { identityProviderConfig: { type: 'oidc', name: 'dex' } }
const ROLE = `${ACCOUNT}:role/first`

const podIdentityKey = ({ podIdentity: associationId = '' }: Made) => ({ ...CLUSTER, associationId })

/** Makes, changes and removes a cluster and what belongs to it. */
export const eks: readonly Step[] = [
  step('eks', 'DescribeClusterVersions'),
  step(
    'eks',
    'DescribeAddonVersions',
    {},
    { addonVersion: 'addons.0.addonVersions.0.addonVersion', addonName: 'addons.0.addonName' },
  ),
  step('eks', 'DescribeAddonConfiguration', ({ addonName, addonVersion }) => ({ addonName, addonVersion })),
  step('eks', 'ListAccessPolicies'),
  step(
    'eks',
    'CreateCluster',
    ({ subnets = '' }) => ({
      name: 'demo',
      version: '1.33',
      roleArn: ROLE,
      resourcesVpcConfig: { subnetIds: subnets.split(',') },
      accessConfig: { authenticationMode: 'API_AND_CONFIG_MAP' },
    }),
    { arn: 'cluster.arn' },
  ),
  step('eks', 'DescribeCluster', { name: 'demo' }),
  step('eks', 'ListClusters'),
  step('eks', 'TagResource', ({ arn }) => ({ resourceArn: arn, tags: { k: 'v' } })),
  step('eks', 'ListTagsForResource', ({ arn }) => ({ resourceArn: arn })),
  step('eks', 'UntagResource', ({ arn }) => ({ resourceArn: arn, tagKeys: ['k'] })),
  step(
    'eks',
    'UpdateClusterConfig',
    { name: 'demo', upgradePolicy: { supportType: 'STANDARD' } },
    { update: 'update.id' },
  ),
  step('eks', 'DescribeUpdate', ({ update }) => ({ name: 'demo', updateId: update })),
  step('eks', 'ListUpdates', { name: 'demo' }),
  step('eks', 'AssociateEncryptionConfig', {
    ...CLUSTER,
    encryptionConfig: [
      {
        resources: ['secrets'],
        provider: {
          keyArn: 'arn:aws:kms:ap-southeast-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab',
        },
      },
    ],
  }),
  step('eks', 'StartInsightsRefresh', { ...CLUSTER }),
  step('eks', 'DescribeInsightsRefresh', { ...CLUSTER }),
  step('eks', 'ListInsights', { ...CLUSTER }, { insight: 'insights.0.id' }),
  step('eks', 'DescribeInsight', ({ insight }) => ({ ...CLUSTER, id: insight })),
  step('eks', 'AssociateIdentityProviderConfig', {
    ...CLUSTER,
    oidc: { identityProviderConfigName: 'dex', issuerUrl: 'https://127.0.0.1:5556/dex', clientId: 'near' },
  }),
  step('eks', 'ListIdentityProviderConfigs', { ...CLUSTER }),
  step('eks', 'DescribeIdentityProviderConfig', { ...CLUSTER, ...PROVIDER }),
  step('eks', 'DisassociateIdentityProviderConfig', { ...CLUSTER, ...PROVIDER }),
  step('eks', 'UpdateClusterVersion', { name: 'demo', version: '1.34' }),
  step('eks', 'CreateAccessEntry', { ...ENTRY }),
  step('eks', 'DescribeAccessEntry', { ...ENTRY }),
  step('eks', 'ListAccessEntries', { ...CLUSTER }),
  step('eks', 'UpdateAccessEntry', { ...ENTRY, kubernetesGroups: ['g'] }),
  step('eks', 'AssociateAccessPolicy', { ...ENTRY, policyArn: VIEW, accessScope: { type: 'cluster' } }),
  step('eks', 'ListAssociatedAccessPolicies', { ...ENTRY }),
  step('eks', 'DisassociateAccessPolicy', { ...ENTRY, policyArn: VIEW }),
  step('eks', 'DeleteAccessEntry', { ...ENTRY }),
  step('eks', 'CreateNodegroup', ({ subnets = '' }) => ({
    ...NG,
    nodeRole: ROLE,
    subnets: subnets.split(','),
  })),
  step('eks', 'DescribeNodegroup', { ...NG }),
  step('eks', 'ListNodegroups', { ...CLUSTER }),
  step('eks', 'UpdateNodegroupConfig', { ...NG, scalingConfig: { maxSize: 3 } }),
  step('eks', 'UpdateNodegroupVersion', { ...NG }),
  step('eks', 'CreateFargateProfile', ({ subnets = '' }) => ({
    ...FP,
    podExecutionRoleArn: ROLE,
    subnets: subnets.split(','),
    selectors: [{ namespace: 'a' }],
  })),
  step('eks', 'DescribeFargateProfile', { ...FP }),
  step('eks', 'ListFargateProfiles', { ...CLUSTER }),
  step('eks', 'CreateAddon', { ...ADDON }),
  step('eks', 'DescribeAddon', { ...ADDON }),
  step('eks', 'ListAddons', { ...CLUSTER }),
  step('eks', 'UpdateAddon', { ...ADDON, resolveConflicts: 'OVERWRITE' }),
  step('eks', 'DeleteAddon', { ...ADDON }),
  step(
    'eks',
    'CreatePodIdentityAssociation',
    { ...CLUSTER, namespace: 'a', serviceAccount: 'b', roleArn: ROLE },
    { podIdentity: 'association.associationId' },
  ),
  step('eks', 'ListPodIdentityAssociations', { ...CLUSTER }),
  step('eks', 'DescribePodIdentityAssociation', podIdentityKey),
  step('eks', 'UpdatePodIdentityAssociation', (made) => ({
    ...podIdentityKey(made),
    disableSessionTags: true,
  })),
  step('eks', 'DeletePodIdentityAssociation', podIdentityKey),
  step('eks', 'DeleteFargateProfile', { ...FP }),
  step('eks', 'DeleteNodegroup', { ...NG }),
  step('eks', 'DeleteCluster', { name: 'demo' }),
]
