// What pods get of the metadata service of their node, and when they get nothing.
import { expect, it } from 'vitest'

import type { InstanceRecord } from '../aws/services/ec2/index.ts'
import type { AwsCaller } from '../aws/protocol/service.ts'
import { instanceCredentials, type InstanceCredentialsOptions } from './instance-credentials.ts'

const NODE = {
  vpcId: 'vpc-1',
  region: 'ap-southeast-1',
  nodeName: 'ip-10-0-0-5.ap-southeast-1.compute.internal',
}
const ROLE = 'arn:aws:iam::111122223333:role/nodes'

function optionsWith(changes: Partial<InstanceRecord>, roles = [{ Arn: ROLE }]): InstanceCredentialsOptions {
  // Only what is read of an instance.
  const instance = {
    id: 'i-1',
    vpcId: 'vpc-1',
    state: 'running',
    privateIp: '10.0.0.5',
    privateDnsName: 'ip-10-0-0-5.ap-southeast-1.compute.internal',
    hopLimit: 2,
    profileArn: 'arn:aws:iam::111122223333:instance-profile/eks-1',
    ...changes,
  } as InstanceRecord
  const caller = {
    call: async (_service: string, operation: string, input: object) => {
      expect([operation, input]).toEqual(['GetInstanceProfile', { InstanceProfileName: 'eks-1' }])
      return { InstanceProfile: { Roles: roles } }
    },
  } as AwsCaller
  return {
    ec2: { instances: { list: () => [instance], get: () => instance, watch: () => () => undefined } },
    caller,
    sts: {
      instanceSession: async (role, id) => ({
        AccessKeyId: 'ASIA',
        SecretAccessKey: role,
        SessionToken: id,
        Expiration: new Date(0),
      }),
    },
  } as InstanceCredentialsOptions
}

it("opens a session of the role of the node's instance profile", async () => {
  expect(await instanceCredentials(optionsWith({}), NODE)).toEqual({
    accessKeyId: 'ASIA',
    secretAccessKey: ROLE,
    sessionToken: 'i-1',
  })
})

it.each([
  ['a Fargate node', optionsWith({}), { ...NODE, nodeName: `fargate-${NODE.nodeName}` }, /no instance/],
  ['a namesake in another VPC', optionsWith({ vpcId: 'vpc-2' }), NODE, /no instance/],
  ['an instance that has ended', optionsWith({ state: 'terminated' }), NODE, /no instance/],
  ['a hop limit that ends at the node', optionsWith({ hopLimit: 1 }), NODE, /its hop limit is 1/],
  ['an instance profile without a role', optionsWith({}, []), NODE, /eks-1 has no role/],
])('gives nothing to pods on %s', async (_, options, node, message) => {
  await expect(instanceCredentials(options, node)).rejects.toThrow(message)
})
