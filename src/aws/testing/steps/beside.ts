// Owns the steps of KMS, Systems Manager and Classic Load Balancers.
import { step, type Made, type Step } from './step.ts'

const TAG = [{ TagKey: 'k', TagValue: 'v' }]
const PARAMETER = { ResourceType: 'Parameter', ResourceId: '/every/operation' }
const EVERYBODY = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }
const POLICY = JSON.stringify({ Version: '2012-10-17', Statement: EVERYBODY })
const CONTEXT = { EncryptionContext: { purpose: 'tour' } }
const RETIRING = 'arn:aws:iam::111122223333:role/retiring'

/** Makes, uses and removes a key. */
const keys: readonly Step[] = [
  step('kms', 'CreateKey', { Description: 'first', Tags: TAG }, { key: 'KeyMetadata.KeyId' }),
  step('kms', 'DescribeKey', ({ key }) => ({ KeyId: key })),
  step('kms', 'ListKeys'),
  step('kms', 'UpdateKeyDescription', ({ key }) => ({ KeyId: key, Description: 'the first' })),
  step('kms', 'CreateAlias', ({ key }) => ({ AliasName: 'alias/first', TargetKeyId: key })),
  step('kms', 'UpdateAlias', ({ key }) => ({ AliasName: 'alias/first', TargetKeyId: key })),
  step('kms', 'ListAliases', ({ key }) => ({ KeyId: key })),
  step('kms', 'PutKeyPolicy', ({ key }) => ({ KeyId: key, Policy: POLICY })),
  step('kms', 'GetKeyPolicy', ({ key }) => ({ KeyId: key, PolicyName: 'default' })),
  step('kms', 'ListKeyPolicies', ({ key }) => ({ KeyId: key })),
  step('kms', 'EnableKeyRotation', ({ key }) => ({ KeyId: key, RotationPeriodInDays: 90 })),
  step('kms', 'GetKeyRotationStatus', ({ key }) => ({ KeyId: key })),
  step('kms', 'DisableKeyRotation', ({ key }) => ({ KeyId: key })),
  step('kms', 'TagResource', ({ key }) => ({ KeyId: key, Tags: TAG })),
  step('kms', 'ListResourceTags', ({ key }) => ({ KeyId: key })),
  step('kms', 'UntagResource', ({ key }) => ({ KeyId: key, TagKeys: ['k'] })),
  step(
    'kms',
    'CreateGrant',
    ({ key }) => ({
      KeyId: key,
      Name: 'first',
      GranteePrincipal: 'arn:aws:iam::111122223333:role/first',
      RetiringPrincipal: RETIRING,
      Operations: ['Encrypt', 'Decrypt'],
    }),
    { grant: 'GrantId' },
  ),
  step('kms', 'ListGrants', ({ key }) => ({ KeyId: key })),
  step('kms', 'ListRetirableGrants', { RetiringPrincipal: RETIRING }),
  step('kms', 'RevokeGrant', ({ key, grant }) => ({ KeyId: key, GrantId: grant })),
  step(
    'kms',
    'CreateGrant',
    ({ key }) => ({
      KeyId: key,
      Name: 'second',
      GranteePrincipal: 'arn:aws:iam::111122223333:role/first',
      Operations: ['Decrypt'],
    }),
    { token: 'GrantToken' },
  ),
  step('kms', 'RetireGrant', ({ token }) => ({ GrantToken: token })),
  step('kms', 'GenerateRandom', { NumberOfBytes: 16 }),
  ...['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'].map((operation) =>
    step('kms', operation, ({ key }) => ({ KeyId: key, KeySpec: 'AES_256' })),
  ),
  step('kms', 'Encrypt', ({ key }) => ({ KeyId: key, Plaintext: Buffer.from('secret'), ...CONTEXT })),
  step('kms', 'DisableKey', ({ key }) => ({ KeyId: key })),
  step('kms', 'EnableKey', ({ key }) => ({ KeyId: key })),
  step('kms', 'DeleteAlias', { AliasName: 'alias/first' }),
  step('kms', 'ScheduleKeyDeletion', ({ key }) => ({ KeyId: key, PendingWindowInDays: 7 })),
  step('kms', 'CancelKeyDeletion', ({ key }) => ({ KeyId: key })),
]

/** Makes, reads and removes a parameter. */
const parameters: readonly Step[] = [
  step('ssm', 'PutParameter', { Name: '/every/operation', Type: 'String', Value: 'v', Overwrite: true }),
  step('ssm', 'PutParameter', { Name: '/every/other', Type: 'SecureString', Value: 's', Overwrite: true }),
  step('ssm', 'LabelParameterVersion', { Name: '/every/operation', Labels: ['current'] }),
  step('ssm', 'GetParameter', { Name: '/every/operation:current' }),
  step('ssm', 'GetParameters', { Names: ['/every/other'], WithDecryption: true }),
  step('ssm', 'GetParametersByPath', { Path: '/every', Recursive: true }),
  step('ssm', 'GetParameterHistory', { Name: '/every/operation' }),
  step('ssm', 'DescribeParameters', { ParameterFilters: [{ Key: 'Type', Values: ['String'] }] }),
  step('ssm', 'AddTagsToResource', { ...PARAMETER, Tags: [{ Key: 'k', Value: 'v' }] }),
  step('ssm', 'ListTagsForResource', { ...PARAMETER }),
  step('ssm', 'RemoveTagsFromResource', { ...PARAMETER, TagKeys: ['k'] }),
  step('ssm', 'DeleteParameter', { Name: '/every/operation' }),
  step('ssm', 'DeleteParameters', { Names: ['/every/other'] }),
]

const QUOTA = { ServiceCode: 'eks', QuotaCode: 'L-1194D53C' }
const PARAMETER_ARN = ({ region }: Made): string => `arn:aws:ssm:${region}:111122223333:parameter/every/other`

/** What is asked about an account: its tags, its quotas, what things cost. */
const about: readonly Step[] = [
  step('resourcegroupstaggingapi', 'TagResources', (made) => ({
    ResourceARNList: [PARAMETER_ARN(made)],
    Tags: { k: 'v' },
  })),
  step('resourcegroupstaggingapi', 'GetResources', { TagFilters: [{ Key: 'k' }] }),
  step('resourcegroupstaggingapi', 'GetTagKeys'),
  step('resourcegroupstaggingapi', 'GetTagValues', { Key: 'k' }),
  step('resourcegroupstaggingapi', 'UntagResources', (made) => ({
    ResourceARNList: [PARAMETER_ARN(made)],
    TagKeys: ['k'],
  })),
  step('service-quotas', 'ListServices'),
  ...['ListServiceQuotas', 'ListAWSDefaultServiceQuotas'].map((operation) =>
    step('service-quotas', operation, { ServiceCode: 'eks' }),
  ),
  ...['GetServiceQuota', 'GetAWSDefaultServiceQuota'].map((operation) =>
    step('service-quotas', operation, { ...QUOTA }),
  ),
  step('service-quotas', 'RequestServiceQuotaIncrease', () => ({ ...QUOTA, DesiredValue: 1_000 }), {
    quotaRequest: 'RequestedQuota.Id',
  }),
  step('service-quotas', 'GetRequestedServiceQuotaChange', ({ quotaRequest }) => ({
    RequestId: quotaRequest,
  })),
  step('service-quotas', 'ListRequestedServiceQuotaChangeHistory', { ServiceCode: QUOTA.ServiceCode }),
  step('pricing', 'DescribeServices'),
  step('pricing', 'GetAttributeValues', { ServiceCode: 'AmazonEC2', AttributeName: 'regionCode' }),
  step('pricing', 'GetProducts', { ServiceCode: 'AmazonEKS' }),
]

/** All of them. */
export const beside: readonly Step[] = [...keys, ...parameters, ...about]
