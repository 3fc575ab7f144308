import { expect, it } from 'vitest'

import { takesLogs, type Delivery } from './log-bucket.ts'

const delivery: Delivery = {
  kind: 'application',
  region: 'eu-west-1',
  accountId: '111122223333',
  loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/0123',
  bucket: 'logs',
  key: 'shop/AWSLogs/111122223333/elasticloadbalancing/eu-west-1/a.log.gz',
}

const RESOURCE = 'arn:aws:s3:::logs/shop/AWSLogs/111122223333/*'

function policy(Principal: object, change: object = {}): string {
  const statement = { Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: RESOURCE, ...change }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

const service = { Service: 'logdelivery.elasticloadbalancing.amazonaws.com' }
const account = { AWS: 'arn:aws:iam::156460612806:root' }
const network = { Service: 'delivery.logs.amazonaws.com' }

it.each<[string, string, Partial<Delivery>, boolean]>([
  ['the service', policy(service), {}, true],
  ['the account of the region', policy(account), {}, true],
  ['the account by its number', policy({ AWS: '156460612806' }), {}, true],
  ['the account of another region', policy(account), { region: 'us-east-1' }, false],
  ['a region without an account', policy(service), { region: 'eu-south-2' }, true],
  ['somebody else', policy({ Service: 'ec2.amazonaws.com' }), {}, false],
  ['another folder', policy(service), { key: 'AWSLogs/111122223333/a' }, false],
  ['reading', policy(service, { Action: 's3:GetObject' }), {}, false],
  ['a denial', policy(service, { Effect: 'Deny' }), {}, false],
  ['no policy', '{}', {}, false],
  [
    'load balancers of this account',
    policy(service, { Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' } } }),
    {},
    true,
  ],
  [
    'load balancers of another account',
    policy(service, { Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } } }),
    {},
    false,
  ],
  ['the delivery of network load balancers', policy(network), { kind: 'network' }, true],
  ['that of application load balancers', policy(service), { kind: 'network' }, false],
  [
    'what belongs to the owner of the bucket',
    policy(network, { Condition: { StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control' } } }),
    { kind: 'network' },
    true,
  ],
])('a bucket that lets in %s', (_what, document, change, expected) => {
  expect(takesLogs(document, { ...delivery, ...change })).toBe(expected)
})
