// Owns what the metadata service of an instance gives to pods that name no role of their own: the role of the node.
// Source: EC2 user guide, instancedata-data-retrieval (IMDS, hop limit) and iam-roles-for-amazon-ec2.
import type { Credentials } from '@aws-sdk/client-sts'

import type { AwsCaller } from '../aws/protocol/service.ts'
import type { Ec2, InstanceRecord } from '../aws/services/ec2/index.ts'
import type { StsService } from '../aws/services/sts/index.ts'
import { InternalError, isAwsCode } from '../base/errors.ts'
import { instanceBehind, type NodePlace } from './node-instance.ts'

export interface InstanceCredentialsOptions {
  readonly ec2: Pick<Ec2, 'instances'>
  readonly caller: AwsCaller
  readonly sts: Pick<StsService, 'instanceSession'>
}

/** Keys of a session, as SDKs take them. */
export interface Session {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

// A pod is one network hop further away from the metadata service than its node.
const HOPS_OF_A_POD = 2

/**
 * Opens a session of the role of a node's instance profile, for a pod on it.
 * @throws InternalError when there is no such instance (a Fargate node is none), it has no role, or its hop limit
 * keeps pods away.
 */
export async function instanceCredentials(
  { ec2, caller, sts }: InstanceCredentialsOptions,
  node: NodePlace,
): Promise<Session> {
  const instance = metadataOf(ec2, node)
  const profile = instance.profileArn?.split('/').at(-1)
  if (profile === undefined) {
    throw new InternalError(`the metadata service of ${instance.id} has no role to give to pods`)
  }
  const roleArn = await roleOfProfile(caller, profile)
  if (roleArn === undefined) throw new InternalError(`the instance profile ${profile} has no role`)
  return sessionKeys(await sts.instanceSession(roleArn, instance.id))
}

/** Credentials of STS as SDKs take them. */
export function sessionKeys({
  AccessKeyId = '',
  SecretAccessKey = '',
  SessionToken = '',
}: Credentials): Session {
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

/**
 * The instance whose metadata service a pod on the node reaches.
 * @throws InternalError when there is no such instance (a Fargate node is none), or its hop limit keeps pods away.
 */
export function metadataOf(ec2: Pick<Ec2, 'instances'>, node: NodePlace): InstanceRecord {
  const instance = instanceBehind(ec2, node)
  if (!instance) throw new InternalError(`node ${node.nodeName} has no instance metadata service`)
  if (instance.hopLimit < HOPS_OF_A_POD) {
    throw new InternalError(
      `pods on ${instance.id} do not reach its metadata service: its hop limit is ${instance.hopLimit}`,
    )
  }
  return instance
}

/** The role of an instance profile, by the profile's name; undefined when it has none, or is gone. */
export async function roleOfProfile(caller: AwsCaller, profile: string): Promise<string | undefined> {
  type Answer = { readonly InstanceProfile?: { readonly Roles?: readonly { readonly Arn?: string }[] } }
  try {
    const { InstanceProfile } = await caller.call<Answer>('iam', 'GetInstanceProfile', {
      InstanceProfileName: profile,
    })
    return InstanceProfile?.Roles?.[0]?.Arn
  } catch (error) {
    if (isAwsCode(error, 'NoSuchEntity', 'NoSuchEntityException')) return undefined
    throw error
  }
}
