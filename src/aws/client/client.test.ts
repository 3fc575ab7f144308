import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, onTestFinished, test } from 'vitest'

import { AwsError } from '../../base/errors.ts'
import { awsQuery } from '../protocol/query.ts'
import { createAwsClient } from './client.ts'

/** A server that answers with these errors, one a request, and then with success. */
async function server(...codes: string[]) {
  const answered: string[] = []
  const http = createServer((_, response) => {
    const code = codes.shift()
    answered.push(code ?? 'ok')
    const answer = code
      ? awsQuery.encodeError('r', new AwsError(code, 'no', { status: 400 }), undefined)
      : {
          status: 200,
          body: '<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>',
        }
    response.writeHead(answer.status).end(answer.body)
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  onTestFinished(() => void http.close())
  const delays: number[] = []
  const client = createAwsClient({
    // A listening TCP server has an address of this form.
    endpoint: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: () => Promise.resolve({ accessKeyId: 'a', secretAccessKey: 'b' }),
    sleep: (delayMs) => Promise.resolve(delays.push(delayMs)),
  })
  return { answered, delays, call: () => client.call('sts', 'GetCallerIdentity', {}) }
}

test('throttling is tried again, later and later', async () => {
  const { answered, delays, call } = await server('Throttling', 'RequestLimitExceeded')
  expect(await call()).toEqual({ Account: '1' })
  expect(answered).toEqual(['Throttling', 'RequestLimitExceeded', 'ok'])
  expect(delays).toEqual([100, 200])
})

test('throttling without end is given up', async () => {
  const { answered, call } = await server(...Array.from({ length: 9 }, () => 'Throttling'))
  await expect(call()).rejects.toMatchObject({ code: 'Throttling' })
  expect(answered).toHaveLength(5)
})

test('nothing else is tried again', async () => {
  const { answered, call } = await server('AccessDenied', 'Throttling')
  await expect(call()).rejects.toMatchObject({ code: 'AccessDenied', status: 400 })
  expect(answered).toEqual(['AccessDenied'])
})

test('what does not fit the schema never leaves', async () => {
  const client = createAwsClient({
    endpoint: 'http://127.0.0.1:9',
    region: 'eu-west-1',
    credentials: () => Promise.reject(new Error('not asked for')),
  })
  await expect(client.call('ec2', 'CreateVpc', { CidrBlock: 5 })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  })
  await expect(client.call('iam', 'GetRole', {})).rejects.toMatchObject({ code: 'ValidationError' })
  await expect(client.call('lambda', 'ListFunctions', {})).rejects.toThrow('no AWS service is called lambda')
  await expect(client.call('iam', 'Fly', {})).rejects.toThrow('iam has no operation Fly')
})
