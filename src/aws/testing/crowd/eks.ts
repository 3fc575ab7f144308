// Owns the crowd of EKS.
import { each, type Around, type Questions } from './crowd.ts'

const CLUSTER = { clusterName: 'crowd-1' }
const POLICIES = ['AmazonEKSViewPolicy', 'AmazonEKSEditPolicy', 'AmazonEKSAdminPolicy']
const ADDONS = ['vpc-cni', 'kube-proxy', 'eks-pod-identity-agent']

/** Makes it: one cluster has all of the rest. @returns what asks for it */
export async function crowdOfEks({ make, region, role }: Around): Promise<Questions> {
  const eks = (operation: string, input: object, path?: string) => make('eks', operation, input, path)
  const subnets = region.subnetIds
  for (const index of each) {
    await eks('CreateCluster', {
      name: `crowd-${index}`,
      roleArn: role,
      resourcesVpcConfig: { subnetIds: subnets },
      accessConfig: { authenticationMode: 'API' },
    })
  }
  await active(region, 'DescribeCluster', { name: CLUSTER.clusterName }, 'cluster')
  for (const index of each) {
    const fargateProfileName = `crowd-${index}`
    await eks('CreateNodegroup', { ...CLUSTER, nodegroupName: `crowd-${index}`, nodeRole: role, subnets })
    await eks('CreateFargateProfile', {
      ...CLUSTER,
      fargateProfileName,
      podExecutionRoleArn: role,
      subnets,
      selectors: [{ namespace: `crowd-${index}` }],
    })
    await active(region, 'DescribeFargateProfile', { ...CLUSTER, fargateProfileName }, 'fargateProfile')
    await eks('CreatePodIdentityAssociation', {
      ...CLUSTER,
      namespace: 'crowd',
      serviceAccount: `crowd-${index}`,
      roleArn: role,
    })
    await eks('CreateAccessEntry', {
      ...CLUSTER,
      principalArn: `arn:aws:iam::111122223333:role/crowd-${index}`,
    })
    await eks('TagResource', {
      resourceArn: `arn:aws:eks:${region.deps.region}:111122223333:cluster/crowd-1`,
      tags: { [`k${index}`]: 'v' },
    })
  }
  for (const addonName of ADDONS) await eks('CreateAddon', { ...CLUSTER, addonName })
  const ENTRY = { ...CLUSTER, principalArn: 'arn:aws:iam::111122223333:role/crowd-1' }
  for (const policy of POLICIES) {
    const policyArn = `arn:aws:eks::aws:cluster-access-policy/${policy}`
    await eks('AssociateAccessPolicy', { ...ENTRY, policyArn, accessScope: { type: 'cluster' } })
  }
  for (const supportType of ['STANDARD', 'EXTENDED']) {
    const id = await eks(
      'UpdateClusterConfig',
      { name: CLUSTER.clusterName, upgradePolicy: { supportType } },
      'update.id',
    )
    await active(region, 'DescribeUpdate', { name: CLUSTER.clusterName, updateId: id }, 'update')
  }
  await eks('AssociateIdentityProviderConfig', {
    ...CLUSTER,
    oidc: { identityProviderConfigName: 'dex', issuerUrl: 'https://127.0.0.1:5556/dex', clientId: 'near' },
  })
  return {
    ListAccessEntries: CLUSTER,
    ListAddons: CLUSTER,
    ListAssociatedAccessPolicies: ENTRY,
    ListFargateProfiles: CLUSTER,
    ListIdentityProviderConfigs: CLUSTER,
    ListInsights: CLUSTER,
    ListNodegroups: CLUSTER,
    ListPodIdentityAssociations: CLUSTER,
    ListUpdates: { name: CLUSTER.clusterName },
  }
}

async function active(
  region: Around['region'],
  operation: string,
  input: object,
  member: string,
): Promise<void> {
  await region.until(async () => {
    const output = await region.call<Record<string, { status: string }>>('eks', operation, input)
    return ['ACTIVE', 'Successful'].includes(output[member]?.status ?? '')
  })
}
