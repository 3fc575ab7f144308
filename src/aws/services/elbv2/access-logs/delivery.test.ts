import { gunzipSync } from 'node:zlib'

import type * as sdk from '@aws-sdk/client-elastic-load-balancing-v2'
import { describe, expect, test } from 'vitest'

import type { AccessEntry } from '../../../../network/alb/access-entry.ts'
import { balancer, group, refusal, stage, until, type Stage } from '../testing/elb-stage.ts'

const SERVICE = {
  application: 'logdelivery.elasticloadbalancing.amazonaws.com',
  network: 'delivery.logs.amazonaws.com',
}

async function bucket(region: Stage, kind: keyof typeof SERVICE): Promise<void> {
  const LocationConstraint = region.deps.region
  await region.call(
    'CreateBucket',
    { Bucket: 'logs', CreateBucketConfiguration: { LocationConstraint } },
    's3',
  )
  const Statement = [
    {
      Effect: 'Allow',
      Principal: { Service: SERVICE[kind] },
      Action: 's3:PutObject',
      Resource: 'arn:aws:s3:::logs/shop/AWSLogs/*',
    },
  ]
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  await region.call('PutBucketPolicy', { Bucket: 'logs', Policy }, 's3')
}

function enable(
  region: Stage,
  LoadBalancerArn: string,
  { prefix = 'shop', log = 'access_logs' } = {},
): Promise<unknown> {
  return region.call('ModifyLoadBalancerAttributes', {
    LoadBalancerArn,
    Attributes: [
      { Key: `${log}.s3.enabled`, Value: 'true' },
      { Key: `${log}.s3.bucket`, Value: 'logs' },
      { Key: `${log}.s3.prefix`, Value: prefix },
    ],
  })
}

async function keys(region: Stage): Promise<string[]> {
  const { Contents = [] } = await region.call<{ Contents?: { Key: string }[] }>(
    'ListObjectsV2',
    { Bucket: 'logs' },
    's3',
  )
  return Contents.map(({ Key }) => Key)
}

async function logged(region: Stage): Promise<{ key: string; text: string }> {
  const key = await until(async () => (await keys(region)).find((each) => each.endsWith('.gz')))
  const { Body } = await region.call<{ Body: Uint8Array }>('GetObject', { Bucket: 'logs', Key: key }, 's3')
  return { key, text: gunzipSync(Body).toString() }
}

describe('logs', () => {
  test('of an application load balancer are written into its bucket, its node in the name', async () => {
    const region = await stage()
    const { LoadBalancerArn = '' } = await balancer(region, { Type: 'application' })
    await bucket(region, 'application')
    await enable(region, LoadBalancerArn)
    expect(await keys(region)).toEqual(['shop/AWSLogs/111122223333/ELBAccessLogTestFile'])
    const log = await until(() => region.plane.applications.get(LoadBalancerArn)?.log)
    const entry: AccessEntry = {
      type: 'http',
      endMs: 1,
      createdMs: 0,
      clientIp: '127.0.0.1',
      clientPort: 5000,
      status: 200,
      receivedBytes: 1,
      sentBytes: 2,
      receivedBodyBytes: 0,
      sentBodyBytes: 0,
      method: 'GET',
      url: 'http://a:80/',
      httpVersion: '1.1',
      actions: [],
      connectionId: 'TID_1',
    }
    log(entry)
    log({ ...entry, status: 404 })
    const { key, text } = await logged(region)
    expect(key).toMatch(
      /^shop\/AWSLogs\/111122223333\/elasticloadbalancing\/ap-southeast-1\/\d{4}\/\d\d\/\d\d\/111122223333_elasticloadbalancing_ap-southeast-1_app\.k8s-web\.[0-9a-f]{16}_\d{8}T\d{4}Z_10\.[\d.]+_[a-z0-9]{8}\.log\.gz$/,
    )
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ')[8]),
    ).toEqual(['200', '404'])
  })

  test('of connections have files of their own', async () => {
    const region = await stage()
    const { LoadBalancerArn = '' } = await balancer(region, { Type: 'application' })
    await bucket(region, 'application')
    await enable(region, LoadBalancerArn, { log: 'connection_logs' })
    expect(await keys(region)).toEqual(['shop/AWSLogs/111122223333/ELBConnectionLogTestFile'])
    const log = await until(() => region.plane.applications.get(LoadBalancerArn)?.connectionLog)
    log({ atMs: 0, clientIp: '127.0.0.1', clientPort: 5000, listenerPort: 80, connectionId: 'TID_1' })
    const { key, text } = await logged(region)
    expect(key).toMatch(/\/conn_log_111122223333_elasticloadbalancing_ap-southeast-1_app\.k8s-web\./)
    expect(text).toMatch(
      /^1970-01-01T00:00:00\.000000Z 127\.0\.0\.1 5000 80 - - - "-" - - - TID_1 - app\/k8s-web\//,
    )
    expect(region.plane.applications.get(LoadBalancerArn)?.log).toBeUndefined()
  })

  test('of a network load balancer tell of TLS, with the certificate by its name', async () => {
    const region = await stage()
    const { LoadBalancerArn = '' } = await balancer(region)
    await bucket(region, 'network')
    await enable(region, LoadBalancerArn)
    const TargetGroupArn = await group(region, { Protocol: 'TCP' })
    const { CertificateArn } = await region.call<{ CertificateArn: string }>(
      'RequestCertificate',
      { DomainName: 'web.example.com', ValidationMethod: 'DNS' },
      'acm',
    )
    const { Listeners = [] } = await region.call<sdk.CreateListenerOutput>('CreateListener', {
      LoadBalancerArn,
      Protocol: 'TLS',
      Port: 443,
      Certificates: [{ CertificateArn }],
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    })
    const log = await until(() => region.plane.balancers.get(LoadBalancerArn)?.log)
    log({
      listenerArn: Listeners[0]?.ListenerArn ?? '',
      createdMs: 0,
      endMs: 5000,
      clientIp: '127.0.0.1',
      clientPort: 5000,
      destinationIp: '127.66.1.1',
      destinationPort: 443,
      handshakeMs: 2,
      receivedBytes: 98,
      sentBytes: 246,
      cipher: 'ECDHE-RSA-AES128-SHA',
      version: 'TLSv1.2',
      serverName: 'web.example.com',
    })
    const { key, text } = await logged(region)
    expect(key).toContain('_net.k8s-web.')
    expect(text).toMatch(
      new RegExp(
        `^tls 2\\.0 1970-01-01T00:00:05 net/k8s-web/[0-9a-f]{16} [0-9a-f]{16} 127\\.0\\.0\\.1:5000 127\\.66\\.1\\.1:443 ` +
          `5000 2 98 246 - ${CertificateArn} - ECDHE-RSA-AES128-SHA tlsv12 - web\\.example\\.com - - - 1970-01-01T00:00:00\n$`,
      ),
    )
  })

  test('are refused for a bucket that is not there, or that does not let them in', async () => {
    const region = await stage()
    const { LoadBalancerArn = '' } = await balancer(region, { Type: 'application' })
    const denial =
      'InvalidConfigurationRequest: Access Denied for bucket: logs. Please check S3bucket permission'
    expect(await refusal(enable(region, LoadBalancerArn))).toBe(denial)
    await bucket(region, 'network')
    expect(await refusal(enable(region, LoadBalancerArn))).toBe(denial)
    await region.call('DeleteBucket', { Bucket: 'logs' }, 's3')
    await bucket(region, 'application')
    expect(await refusal(enable(region, LoadBalancerArn, { prefix: 'other' }))).toBe(denial)
    const { Attributes } = await region.call<sdk.DescribeLoadBalancerAttributesOutput>(
      'DescribeLoadBalancerAttributes',
      { LoadBalancerArn },
    )
    expect(Attributes).toContainEqual({ Key: 'access_logs.s3.enabled', Value: 'false' })
    await enable(region, LoadBalancerArn)
  })
})
