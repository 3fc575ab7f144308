import { describe, expect, it } from 'vitest'

import type { AwsCaller } from '../aws/protocol/service.ts'
import { AwsError } from '../base/errors.ts'
import { answerPodIdentity, type PodIdentityAgentOptions } from './pod-identity-agent.ts'

const request = {
  method: 'GET',
  path: '/v1/credentials',
  headers: { authorization: 'the-token' },
  vpcId: 'vpc-1',
  from: '10.0.1.9',
}

function options(call: (input: object) => Promise<unknown>, hasAgent = true): PodIdentityAgentOptions {
  return {
    podAt: (vpcId, ip) =>
      vpcId === 'vpc-1' && ip === '10.0.1.9'
        ? { clusterName: 'shop', nodeName: 'node-1', hasAgent: async () => hasAgent }
        : undefined,
    nodeSession: async ({ nodeName }) => ({ accessKeyId: nodeName, secretAccessKey: '', sessionToken: '' }),
    aws: ({ credentials }) =>
      ({
        call: async (service: string, operation: string, input: object) => {
          const session = await credentials?.()
          expect([service, operation, session?.accessKeyId]).toEqual([
            'eks-auth',
            'AssumeRoleForPodIdentity',
            'node-1',
          ])
          return await call(input)
        },
      }) as AwsCaller,
  }
}

const keys = {
  credentials: {
    accessKeyId: 'ASIA1',
    secretAccessKey: 'secret',
    sessionToken: 'session',
    expiration: new Date(3_600_000),
  },
  assumedRoleUser: { arn: 'arn:aws:sts::111122223333:assumed-role/orders/x' },
}

describe('the agent of EKS Pod Identity', () => {
  it('exchanges the token of a pod for keys, with the rights of its node', async () => {
    const answer = await answerPodIdentity(
      request,
      options(async (input) => {
        expect(input).toEqual({ clusterName: 'shop', token: 'the-token' })
        return keys
      }),
    )
    expect(JSON.parse(answer?.body ?? '')).toEqual({
      AccessKeyId: 'ASIA1',
      SecretAccessKey: 'secret',
      Token: 'session',
      AccountId: '111122223333',
      Expiration: '1970-01-01T01:00:00.000Z',
    })
  })

  it('is not there without its add-on, nor for anybody else', async () => {
    const never = async (): Promise<never> => Promise.reject(new TypeError('asked'))
    expect(await answerPodIdentity(request, options(never, false))).toBeUndefined()
    expect(await answerPodIdentity({ ...request, from: '10.0.1.8' }, options(never))).toBeUndefined()
  })

  it('says what is wrong', async () => {
    const refused = async (): Promise<never> =>
      Promise.reject(new AwsError('ResourceNotFoundException', 'No association found', { status: 404 }))
    expect(await answerPodIdentity(request, options(refused))).toEqual({
      status: 404,
      body: 'No association found',
    })
    expect(await answerPodIdentity({ ...request, headers: {} }, options(refused))).toMatchObject({
      status: 400,
    })
    expect(await answerPodIdentity({ ...request, path: '/' }, options(refused))).toMatchObject({
      status: 404,
    })
  })
})
