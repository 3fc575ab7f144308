// The lines are those of the examples in the user guide for Classic Load Balancers, "Access logs", with the region's
// milliseconds.
import type * as sdk from '@aws-sdk/client-elastic-load-balancing'
import { expect, test } from 'vitest'

import { refusal } from '../elbv2/testing/elb-stage.ts'
import { connectionLine, requestLine } from './access-log.ts'
import { NAME, stage } from './testing/classic-stage.ts'

const createdMs = Date.parse('2015-05-13T23:39:43.945Z')
const from = { clientIp: '192.168.131.39', clientPort: 2817, createdMs, endMs: createdMs + 9 }

const request = {
  ...from,
  type: 'http' as const,
  target: '10.0.0.1:80',
  targetStatus: 200,
  requestMs: 1,
  targetMs: 2,
  responseMs: 0,
  status: 200,
  receivedBytes: 120,
  sentBytes: 230,
  receivedBodyBytes: 0,
  sentBodyBytes: 29,
  method: 'GET',
  url: 'http://www.example.com:80/',
  httpVersion: '1.1',
  userAgent: 'curl/7.38.0',
  actions: ['forward'],
  connectionId: 'TID_1',
}
const connection = {
  ...from,
  listenerArn: 'arn:listener',
  destinationIp: '10.0.0.9',
  destinationPort: 8080,
  target: '10.0.0.1:80',
  connectMs: 3,
  requestMs: 4,
  receivedBytes: 82,
  sentBytes: 305,
}

test.each([
  [
    requestLine(request, 'my-loadbalancer'),
    '0.001 0.002 0.000 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" - -',
  ],
  [
    requestLine({ ...request, tls: { cipher: 'AES128-SHA', version: 'TLSv1.2' } }, 'my-loadbalancer'),
    '0.001 0.002 0.000 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.38.0" AES128-SHA TLSv1.2',
  ],
  [connectionLine(connection, 'my-loadbalancer'), '0.004 0.003 0.000 - - 82 305 "- - - " "-" - -'],
])('%s', (line, rest) => {
  expect(line).toBe(`2015-05-13T23:39:43.945000Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 ${rest}`)
})

test('what came to no instance has no times', () => {
  const { target: _, targetStatus: _status, ...refused } = request
  expect(requestLine({ ...refused, status: 503 }, 'web')).toMatch(/:2817 - -1 -1 -1 503 0 0 29 /)
  const { requestMs: _ms, ...silent } = connection
  expect(connectionLine({ ...silent, receivedBytes: 0, sentBytes: 0 }, 'web')).toMatch(
    / 10\.0\.0\.1:80 -1 -1 -1 - - 0 0 /,
  )
})

test('are written where the bucket lets the load balancer, and refused where it does not', async () => {
  const region = await stage()
  await region.create()
  const { caller, accountId, region: LocationConstraint } = region.deps
  const AccessLog = { Enabled: true, S3BucketName: 'logs', S3BucketPrefix: 'web', EmitInterval: 5 }
  const enable = (change: object = {}) =>
    region.elb<sdk.ModifyLoadBalancerAttributesOutput>('ModifyLoadBalancerAttributes', {
      ...NAME,
      LoadBalancerAttributes: { AccessLog: { ...AccessLog, ...change } },
    })
  await caller.call('s3', 'CreateBucket', {
    Bucket: 'logs',
    CreateBucketConfiguration: { LocationConstraint },
  })
  expect(await refusal(enable())).toBe(
    'InvalidConfigurationRequest: Access Denied for bucket: logs. Please check S3bucket permission',
  )
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' },
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::logs/web/AWSLogs/${accountId}/*`,
    },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await caller.call('s3', 'PutBucketPolicy', { Bucket: 'logs', Policy })
  expect((await enable()).LoadBalancerAttributes?.AccessLog).toEqual(AccessLog)
  expect(await refusal(enable({ EmitInterval: 42 }))).toMatch(/^ValidationError: /)
  expect(await refusal(enable({ S3BucketName: undefined }))).toMatch(/^ValidationError: /)
  const { Contents = [] } = await caller.call<{ Contents?: { Key: string }[] }>('s3', 'ListObjectsV2', {
    Bucket: 'logs',
  })
  expect(Contents.map(({ Key }) => Key)).toEqual([`web/AWSLogs/${accountId}/ELBAccessLogTestFile`])
})
