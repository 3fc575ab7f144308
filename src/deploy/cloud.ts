// Owns the AWS SDK clients that a deployment speaks through, near or far: the endpoint is all that differs.
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CloudFormationClient } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { EC2Client } from '@aws-sdk/client-ec2'
import { EKSClient } from '@aws-sdk/client-eks'
import type { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient } from '@aws-sdk/client-iam'
import type { SSMClient } from '@aws-sdk/client-ssm'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

import { InternalError } from '../base/errors.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** Gives credentials that are good now; clients ask again shortly before `expiration`. */
export type CredentialSource = () => Promise<Credentials & { readonly expiration?: Date }>

export interface CloudOptions {
  readonly region: string
  /** Base URL of an AWS endpoint; AWS itself when absent. */
  readonly endpoint?: string
  readonly credentials: Credentials | CredentialSource
  /** How often a call is tried that AWS throttles or fails, and lets through ever fewer of them; the SDK's own way when absent. */
  readonly patientAttempts?: number
}

export interface Cloud extends CloudOptions {
  readonly eks: EKSClient
  readonly cloudFormation: CloudFormationClient
  readonly iam: IAMClient
  readonly elbv2: ElasticLoadBalancingV2Client
  readonly logs: CloudWatchLogsClient
  readonly sts: STSClient
  /** Loaded on first use: the EC2 client alone is larger than all others together. */
  ec2(): Promise<EC2Client>
  /** Loaded on first use: only Classic Load Balancers ask it. */
  elb(): Promise<ElasticLoadBalancingClient>
  /** Loaded on first use: only self-managed node groups ask it. */
  ssm(): Promise<SSMClient>
  /** Loaded on first use: only tags of Auto Scaling groups ask it. */
  autoScaling(): Promise<AutoScalingClient>
  close(): void
}

/** What any SDK client is made with to go there. */
export function clientConfiguration({ region, endpoint, credentials, patientAttempts }: CloudOptions): {
  readonly region: string
  readonly credentials: Credentials | CredentialSource
  readonly endpoint?: string
  readonly maxAttempts?: number
  readonly retryMode?: string
} {
  return {
    region,
    credentials,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(patientAttempts === undefined ? {} : { maxAttempts: patientAttempts, retryMode: 'adaptive' }),
  }
}

/** Makes the clients; nothing is sent yet. */
export function openCloud(options: CloudOptions): Cloud {
  const configuration = clientConfiguration(options)
  const eks = new EKSClient(configuration)
  const cloudFormation = new CloudFormationClient(configuration)
  const iam = new IAMClient(configuration)
  const elbv2 = new ElasticLoadBalancingV2Client(configuration)
  const logs = new CloudWatchLogsClient(configuration)
  const sts = new STSClient(configuration)
  let ec2: Promise<EC2Client> | undefined
  let elb: Promise<ElasticLoadBalancingClient> | undefined
  let ssm: Promise<SSMClient> | undefined
  let autoScaling: Promise<AutoScalingClient> | undefined
  return {
    ...options,
    eks,
    cloudFormation,
    iam,
    elbv2,
    logs,
    sts,
    ec2: () => (ec2 ??= import('@aws-sdk/client-ec2').then((module) => new module.EC2Client(configuration))),
    elb: () =>
      (elb ??= import('@aws-sdk/client-elastic-load-balancing').then(
        (module) => new module.ElasticLoadBalancingClient(configuration),
      )),
    ssm: () => (ssm ??= import('@aws-sdk/client-ssm').then((module) => new module.SSMClient(configuration))),
    autoScaling: () =>
      (autoScaling ??= import('@aws-sdk/client-auto-scaling').then(
        (module) => new module.AutoScalingClient(configuration),
      )),
    close: () => {
      for (const client of [eks, cloudFormation, iam, elbv2, logs, sts]) client.destroy()
      void ec2?.then((client) => client.destroy())
      void elb?.then((client) => client.destroy())
      void ssm?.then((client) => client.destroy())
      void autoScaling?.then((client) => client.destroy())
    },
  }
}

/** The account the credentials belong to. */
export async function accountOf(cloud: Cloud): Promise<string> {
  const { Account } = await cloud.sts.send(new GetCallerIdentityCommand({}))
  return required(Account, 'GetCallerIdentity without an account')
}

/** A member that AWS always sends although its schema calls it optional. */
export function required<T>(value: T | undefined, missing: string): T {
  if (value === undefined) throw new InternalError(missing)
  return value
}
