// Owns the table of the AWS services that are emulated: how each is signed, what it speaks, and whose schema it has.
import type { AwsService, Operations, WireProtocol } from './service.ts'

/** What is fixed about a service. */
export interface ServiceFacts {
  /** The name in the credential scope of a signature. */
  readonly signingName: string
  readonly protocol: WireProtocol
  /**
   * The SDK's client whose package exports the schema, without `@aws-sdk/client-`, and its class. The schema of a
   * service without one is written by hand, data/aws-schemas/NAME.json.
   */
  readonly client?: readonly [pack: string, clientClass: string]
}

/** By the name that callers, tables under generated/aws/ and constraints under data/aws-constraints/ go by. */
export const awsServices = {
  acm: { signingName: 'acm', protocol: 'json-1.1', client: ['acm', 'ACMClient'] },
  autoscaling: {
    signingName: 'autoscaling',
    protocol: 'query',
    client: ['auto-scaling', 'AutoScalingClient'],
  },
  cloudformation: {
    signingName: 'cloudformation',
    protocol: 'query',
    client: ['cloudformation', 'CloudFormationClient'],
  },
  ecr: { signingName: 'ecr', protocol: 'json-1.1', client: ['ecr', 'ECRClient'] },
  ec2: { signingName: 'ec2', protocol: 'ec2', client: ['ec2', 'EC2Client'] },
  eks: { signingName: 'eks', protocol: 'rest-json', client: ['eks', 'EKSClient'] },
  elb: {
    signingName: 'elasticloadbalancing',
    protocol: 'query',
    client: ['elastic-load-balancing', 'ElasticLoadBalancingClient'],
  },
  'eks-auth': { signingName: 'eks-auth', protocol: 'rest-json' },
  elbv2: {
    signingName: 'elasticloadbalancing',
    protocol: 'query',
    client: ['elastic-load-balancing-v2', 'ElasticLoadBalancingV2Client'],
  },
  iam: { signingName: 'iam', protocol: 'query', client: ['iam', 'IAMClient'] },
  kms: { signingName: 'kms', protocol: 'json-1.1', client: ['kms', 'KMSClient'] },
  logs: { signingName: 'logs', protocol: 'json-1.1', client: ['cloudwatch-logs', 'CloudWatchLogsClient'] },
  pricing: { signingName: 'pricing', protocol: 'json-1.1', client: ['pricing', 'PricingClient'] },
  resourcegroupstaggingapi: {
    signingName: 'tagging',
    protocol: 'json-1.1',
    client: ['resource-groups-tagging-api', 'ResourceGroupsTaggingAPIClient'],
  },
  s3: { signingName: 's3', protocol: 'rest-xml', client: ['s3', 'S3Client'] },
  'service-quotas': {
    signingName: 'servicequotas',
    protocol: 'json-1.1',
    client: ['service-quotas', 'ServiceQuotasClient'],
  },
  ssm: { signingName: 'ssm', protocol: 'json-1.1', client: ['ssm', 'SSMClient'] },
  sts: { signingName: 'sts', protocol: 'query', client: ['sts', 'STSClient'] },
} as const satisfies Readonly<Record<string, ServiceFacts>>

export type ServiceName = keyof typeof awsServices

/** A service out of its name and what gives its operations, which is asked once, when the first one is called. */
export function defineService(name: ServiceName, load: () => Operations | Promise<Operations>): AwsService {
  const { signingName, protocol } = awsServices[name]
  let operations: Promise<Operations> | undefined
  return { schema: name, signingName, protocol, operations: () => (operations ??= Promise.resolve(load())) }
}

/** True for a service of the table. */
export function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(awsServices, name)
}
