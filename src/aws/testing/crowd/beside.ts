// Owns the crowd of the services beside EKS, EC2 and IAM.
import { ClientAuthority } from '../../../network/tls/testing/client-authority.ts'
import { each, tags, type Around, type Questions } from './crowd.ts'

const Bucket = 'crowd-1'
const GROUP = '/crowd/1'
const STREAM = { logGroupName: GROUP, logStreamName: 'crowd-1' }
const RETIRING = 'arn:aws:iam::111122223333:role/crowd-1'
const FIXED = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '404' } }]
const root = await ClientAuthority.create('root')

async function crowdOfKeys({ make, role }: Around): Promise<string> {
  const keys: string[] = []
  for (const _ of each) {
    const Tags = tags.map(({ Key, Value }) => ({ TagKey: Key, TagValue: Value }))
    keys.push(await make('kms', 'CreateKey', { Tags }, 'KeyMetadata.KeyId'))
  }
  const [key = ''] = keys
  for (const index of each) {
    await make('kms', 'CreateAlias', { AliasName: `alias/crowd-${index}`, TargetKeyId: key })
    await make('kms', 'CreateGrant', {
      KeyId: key,
      Name: `crowd-${index}`,
      GranteePrincipal: role,
      RetiringPrincipal: RETIRING,
      Operations: ['Decrypt'],
    })
  }
  return key
}

async function crowdOfStorage({ make, region }: Around): Promise<void> {
  for (const index of each) {
    const CreateBucketConfiguration = { LocationConstraint: region.deps.region }
    await make('s3', 'CreateBucket', { Bucket: `crowd-${index}`, CreateBucketConfiguration })
    await make('s3', 'PutObject', { Bucket, Key: `crowd/${index}`, Body: Buffer.from('content') })
    await make('ecr', 'CreateRepository', { repositoryName: `crowd-${index}` })
    await make('ssm', 'PutParameter', { Name: `/crowd/${index}`, Type: 'String', Value: 'v', Tags: tags })
    await make('ssm', 'PutParameter', { Name: '/crowd', Type: 'String', Value: `${index}`, Overwrite: true })
    await make('logs', 'CreateLogGroup', { logGroupName: `/crowd/${index}` })
    await make('logs', 'CreateLogStream', { ...STREAM, logStreamName: `crowd-${index}` })
    await make('acm', 'RequestCertificate', { DomainName: `${index}.example.com`, ValidationMethod: 'DNS' })
    await make('service-quotas', 'RequestServiceQuotaIncrease', {
      ServiceCode: 'eks',
      QuotaCode: ['L-1194D53C', 'L-33415657'][index % 2],
      DesiredValue: 1_000 + index,
    }).catch(() => undefined)
  }
  const logEvents = each.map((index) => ({ timestamp: region.deps.clock.now(), message: `${index}` }))
  await make('logs', 'PutLogEvents', { ...STREAM, logEvents })
}

async function crowdOfStacks({ make, region }: Around): Promise<void> {
  const names = each.map((index) => `Group${index}`)
  const Resources = Object.fromEntries(names.map((name) => [name, { Type: 'AWS::Logs::LogGroup' }]))
  for (const index of each) {
    const Outputs = { Name: { Value: { Ref: 'Group1' }, Export: { Name: `crowd-${index}` } } }
    await make('cloudformation', 'CreateStack', {
      StackName: `crowd-${index}`,
      TemplateBody: JSON.stringify({ Resources, Outputs }),
    })
  }
  const StackName = 'crowd-1'
  await region.until(async () => {
    const { Stacks } = await region.call<{ Stacks: { StackStatus: string }[] }>(
      'cloudformation',
      'DescribeStacks',
      {},
    )
    return Stacks.every(({ StackStatus }) => StackStatus === 'CREATE_COMPLETE')
  })
  const Value = { 'Fn::ImportValue': StackName }
  const Importing = { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value } }
  await make('cloudformation', 'CreateStack', {
    StackName: 'importing',
    TemplateBody: JSON.stringify({ Resources: { Importing } }),
  })
  await make('cloudformation', 'DetectStackDrift', { StackName })
  const changed = { ...Resources, Other: { Type: 'AWS::Logs::LogGroup' } }
  await make('cloudformation', 'CreateChangeSet', {
    StackName,
    ChangeSetName: 'change',
    TemplateBody: JSON.stringify({ Resources: changed }),
  })
}

async function crowdOfBalancers({ make, region }: Around): Promise<Questions> {
  const elb = (operation: string, input: object, path?: string) => make('elbv2', operation, input, path)
  const made: string[] = []
  for (const index of each) {
    const Name = `crowd-${index}`
    const made1 = { Name, Subnets: region.subnetIds, Scheme: 'internal' }
    made.push(await elb('CreateLoadBalancer', made1, 'LoadBalancers.0.LoadBalancerArn'))
    const VpcId = region.vpcId
    await elb('CreateTargetGroup', { Name, Protocol: 'HTTP', Port: 80, VpcId, TargetType: 'ip' })
  }
  const [lb = ''] = made
  const listeners: string[] = []
  for (const index of each) {
    const input = { LoadBalancerArn: lb, Protocol: 'HTTP', Port: 80 + index, DefaultActions: FIXED }
    listeners.push(await elb('CreateListener', input, 'Listeners.0.ListenerArn'))
  }
  const [listener = ''] = listeners
  for (const index of each) {
    const Conditions = [{ Field: 'path-pattern', Values: [`/${index}`] }]
    await elb('CreateRule', { ListenerArn: listener, Priority: index, Conditions, Actions: FIXED })
  }
  await make('s3', 'PutObject', { Bucket, Key: 'root.pem', Body: Buffer.from(root.certificate) })
  await make('s3', 'PutObject', { Bucket, Key: 'one.crl', Body: Buffer.from(await root.revoke('0a')) })
  const bundle = { CaCertificatesBundleS3Bucket: Bucket, CaCertificatesBundleS3Key: 'root.pem' }
  const stores: string[] = []
  for (const index of each) {
    stores.push(
      await elb('CreateTrustStore', { Name: `crowd-${index}`, ...bundle }, 'TrustStores.0.TrustStoreArn'),
    )
  }
  const [store = ''] = stores
  const RevocationContents = [{ S3Bucket: Bucket, S3Key: 'one.crl', RevocationType: 'CRL' }]
  for (const _ of each) await elb('AddTrustStoreRevocations', { TrustStoreArn: store, RevocationContents })
  return {
    DescribeListeners: { LoadBalancerArn: lb },
    DescribeListenerCertificates: { ListenerArn: listener },
    DescribeRules: { ListenerArn: listener },
    DescribeTrustStoreAssociations: { TrustStoreArn: store },
    DescribeTrustStoreRevocations: { TrustStoreArn: store },
  }
}

/** Makes them. @returns what asks for them, by service */
export async function crowdBeside(around: Around): Promise<Readonly<Record<string, Questions>>> {
  const key = { KeyId: await crowdOfKeys(around) }
  await crowdOfStorage(around)
  await crowdOfStacks(around)
  const stack = { StackName: 'crowd-1' }
  return {
    kms: {
      ListAliases: {},
      ListGrants: key,
      ListKeyPolicies: key,
      ListResourceTags: key,
      ListRetirableGrants: { RetiringPrincipal: RETIRING },
    },
    s3: { ListObjectsV2: { Bucket } },
    ecr: { DescribeImages: { repositoryName: 'crowd-1' } },
    ssm: { GetParameterHistory: { Name: '/crowd' }, GetParametersByPath: { Path: '/crowd' } },
    logs: {
      DescribeLogStreams: { logGroupName: GROUP },
      FilterLogEvents: { logGroupName: GROUP },
      GetLogEvents: { ...STREAM, startFromHead: true },
    },
    cloudformation: {
      DescribeChangeSet: { ...stack, ChangeSetName: 'change' },
      DescribeStackEvents: stack,
      DescribeStackResourceDrifts: stack,
      ListChangeSets: stack,
      ListImports: { ExportName: 'crowd-1' },
      ListStackResources: stack,
    },
    'service-quotas': {
      ListAWSDefaultServiceQuotas: { ServiceCode: 'eks' },
      ListServiceQuotas: { ServiceCode: 'eks' },
    },
    pricing: {
      GetAttributeValues: { ServiceCode: 'AmazonEC2', AttributeName: 'regionCode' },
      GetProducts: {
        ServiceCode: 'AmazonEKS',
        Filters: [{ Type: 'TERM_MATCH', Field: 'regionCode', Value: 'us-east-1' }],
      },
    },
    resourcegroupstaggingapi: {
      GetResources: { TagFilters: [{ Key: 'k1' }], ResourceTypeFilters: ['ec2:vpc'] },
      GetTagValues: { Key: 'k1' },
    },
    elbv2: await crowdOfBalancers(around),
  }
}
