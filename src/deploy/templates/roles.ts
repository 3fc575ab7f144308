// Owns the stacks that hold one role each: service accounts (IRSA), pod identity, and Fargate's pod execution role.
import type { ClusterConfig, IamServiceAccount, PodIdentityConfig } from '../../config/cluster-config.ts'
import { issuerName } from '../../rules/iam/issuer.ts'
import { statementsOf } from './node-role.ts'
import { enabledPolicies, inlinePolicyResources, wellKnownPolicies } from './policies.ts'
import {
  exported,
  getAtt,
  managedPolicy,
  nameTag,
  ref,
  servicePrincipals,
  serviceTrust,
  sub,
  type Template,
  type Value,
} from './template.ts'

/** What an add-on's pods may do, and as which service account. */
export interface AddonRole {
  readonly addon: string
  /** undefined: any account of the cluster. */
  readonly account: { readonly namespace: string; readonly name: string } | undefined
  /** Names of AWS-managed policies. */
  readonly policies: readonly string[]
  readonly attachPolicyARNs: readonly string[]
  readonly attachPolicy: Readonly<Record<string, unknown>> | undefined
  readonly wellKnownPolicies: object
  readonly permissionsBoundary: string | undefined
}

/** The template of `eksctl-CLUSTER-addon-ADDON`. `issuer` is the cluster's, with its scheme. */
export function addonRoleTemplate(role: AddonRole, issuer: string): Template {
  const { addon, account, permissionsBoundary } = role
  const subject = account && `system:serviceaccount:${account.namespace}:${account.name}`
  const sets = enabledPolicies(wellKnownPolicies, role.wellKnownPolicies)
  const document = role.attachPolicy === undefined ? {} : { Policy1: statementsOf(role.attachPolicy) }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `IAM role for "${addon}" [created by neargate]`,
    Resources: {
      Role1: {
        Type: 'AWS::IAM::Role',
        Properties: {
          ...(permissionsBoundary === undefined ? {} : { PermissionsBoundary: permissionsBoundary }),
          AssumeRolePolicyDocument: webIdentityTrust(issuer, subject),
          ManagedPolicyArns: [
            ...role.attachPolicyARNs,
            ...[...role.policies, ...sets.flatMap((set) => set.managed)].map(managedPolicy),
          ],
          Tags: [nameTag('Role1')],
        },
      },
      ...inlinePolicyResources(ref('Role1'), [...sets, { managed: [], inline: document }]),
    },
    Outputs: { Role1: { Value: { 'Fn::GetAtt': 'Role1.Arn' } } },
  }
}

/**
 * The template of `eksctl-CLUSTER-addon-iamserviceaccount-NS-NAME`. `issuer` is the cluster's, with its scheme.
 * @param attached ARNs of policies that no file names
 */
export function serviceAccountTemplate(
  account: IamServiceAccount,
  issuer: string,
  attached: readonly Value[] = [],
): Template {
  const policies = enabledPolicies(wellKnownPolicies, account.wellKnownPolicies)
  const { name, namespace = 'default' } = account.metadata
  const documents = account.attachPolicy === undefined ? {} : { Policy1: statementsOf(account.attachPolicy) }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: `IAM role for serviceaccount "${namespace}/${name}" [created by neargate]`,
    Resources: {
      Role1: {
        Type: 'AWS::IAM::Role',
        Properties: {
          ...(account.roleName === undefined ? {} : { RoleName: account.roleName }),
          ...(account.permissionsBoundary === undefined
            ? {}
            : { PermissionsBoundary: account.permissionsBoundary }),
          AssumeRolePolicyDocument: webIdentityTrust(
            issuer,
            `system:serviceaccount:${namespace}:${account.subjectPattern ?? name}`,
            account.subjectPattern === undefined ? 'StringEquals' : 'StringLike',
          ),
          ManagedPolicyArns: [
            ...(account.attachPolicyARNs ?? []),
            ...attached,
            ...policies.flatMap((set) => set.managed).map(managedPolicy),
          ],
          Tags: [nameTag('Role1')],
        },
      },
      ...inlinePolicyResources(ref('Role1'), [...policies, { managed: [], inline: documents }]),
    },
    Outputs: { Role1: { Value: { 'Fn::GetAtt': 'Role1.Arn' } } },
  }
}

/** The template of `eksctl-CLUSTER-podidentityrole-NS-NAME`, and of the role of an association of an add-on. */
export function podIdentityRoleTemplate(association: PodIdentityConfig): Template {
  const { roleName, permissionsBoundaryARN, permissionPolicy, permissionPolicyARNs = [] } = association
  const sets = enabledPolicies(wellKnownPolicies, association.wellKnownPolicies)
  // Logical ids have letters and digits only.
  const policyId = (association.permissionPolicyName ?? 'Policy1').replaceAll(/[^a-zA-Z0-9]/g, '')
  const document = permissionPolicy === undefined ? {} : { [policyId]: statementsOf(permissionPolicy) }
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'IAM role for pod identity association [created by neargate]',
    Resources: {
      Role1: {
        Type: 'AWS::IAM::Role',
        Properties: {
          ...(roleName === undefined ? {} : { RoleName: roleName }),
          ...(permissionsBoundaryARN === undefined ? {} : { PermissionsBoundary: permissionsBoundaryARN }),
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: ['sts:AssumeRole', 'sts:TagSession'],
                Principal: { Service: 'pods.eks.amazonaws.com' },
              },
            ],
          },
          ManagedPolicyArns: [
            ...permissionPolicyARNs,
            ...sets.flatMap((set) => set.managed).map(managedPolicy),
          ],
          Tags: [nameTag('Role1')],
        },
      },
      ...inlinePolicyResources(ref('Role1'), [...sets, { managed: [], inline: document }]),
    },
    Outputs: { Role1: { Value: { 'Fn::GetAtt': 'Role1.Arn' } } },
  }
}

function webIdentityTrust(
  issuer: string,
  subject: string | undefined,
  operator: 'StringEquals' | 'StringLike' = 'StringEquals',
): Value {
  const provider = issuerName(issuer)?.name ?? ''
  const audience = { [`${provider}:aud`]: 'sts.amazonaws.com' }
  const pods = subject === undefined ? {} : { [`${provider}:sub`]: subject }
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRoleWithWebIdentity'],
        Principal: {
          Federated: sub(`arn:\${AWS::Partition}:iam::\${AWS::AccountId}:oidc-provider/${provider}`),
        },
        Condition:
          operator === 'StringEquals'
            ? { StringEquals: { ...audience, ...pods } }
            : { StringEquals: audience, StringLike: pods },
      },
    ],
  }
}

/** The template of `eksctl-CLUSTER-fargate`: the role that Fargate takes on to start pods. */
export function fargateRoleTemplate(config: ClusterConfig): Template {
  const boundary = config.iam?.fargatePodExecutionRolePermissionsBoundary
  const profiles = sub(
    `arn:\${AWS::Partition}:eks:${config.metadata.region}:\${AWS::AccountId}:fargateprofile/${config.metadata.name}/*`,
  )
  return {
    AWSTemplateFormatVersion: '2010-09-09',
    Description: 'Fargate IAM [created by neargate]',
    Mappings: servicePrincipals,
    Resources: {
      FargatePodExecutionRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: serviceTrust({
            service: 'EKSFargatePods',
            condition: { ArnLike: { 'aws:SourceArn': profiles } },
          }),
          ManagedPolicyArns: [managedPolicy('AmazonEKSFargatePodExecutionRolePolicy')],
          ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
          Tags: [nameTag('FargatePodExecutionRole')],
        },
      },
    },
    Outputs: {
      FargatePodExecutionRoleARN: exported(
        'FargatePodExecutionRoleARN',
        getAtt('FargatePodExecutionRole', 'Arn'),
      ),
    },
  }
}
