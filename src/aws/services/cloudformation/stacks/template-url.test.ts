import * as cfn from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'

import { createStackClients } from '../testing/stack-clients.ts'
import { objectOfUrl } from './template-url.ts'

test.each([
  ['https://s3.amazonaws.com/b/t.json', 'b', 't.json'],
  ['https://s3.us-east-1.amazonaws.com/b/a/t.json', 'b', 'a/t.json'],
  ['https://s3-eu-west-1.amazonaws.com/b/t.json', 'b', 't.json'],
  ['https://b.s3.amazonaws.com/t.json', 'b', 't.json'],
  ['https://b.c.s3.eu-west-1.amazonaws.com/a/t%20u.json?versionId=1', 'b.c', 'a/t u.json'],
  ['http://127.0.0.1:4566/b/t.json', 'b', 't.json'],
  ['http://b.localhost:4566/t.json', 'b', 't.json'],
  ['https://b.s3.amazonaws.com/100%.json', 'b', '100%.json'],
])('%s is an object', (url, Bucket, Key) => {
  expect(objectOfUrl(url, 'TemplateURL')).toEqual({ Bucket, Key })
})

test.each([
  ['hello', 'TemplateURL must be a supported URL.'],
  ['file:///etc/passwd', 'TemplateURL must be a supported URL.'],
  ['https://example.com/b/t', 'S3 error: Domain name specified in example.com is not a valid S3 domain'],
])('%s is none', (url, message) => {
  expect(() => objectOfUrl(url, 'TemplateURL')).toThrow(message)
})

test('a stack is made from a template in a bucket, and refused for one that is not there', async () => {
  const clients = await createStackClients()
  const { region } = clients
  const LocationConstraint = region.deps.region
  const Bucket = 'templates'
  await region.call('s3', 'CreateBucket', { Bucket, CreateBucketConfiguration: { LocationConstraint } })
  const template = { Resources: { Group: { Type: 'AWS::Logs::LogGroup' } } }
  await region.call('s3', 'PutObject', { Bucket, Key: 't.json', Body: Buffer.from(JSON.stringify(template)) })
  const TemplateURL = `https://${Bucket}.s3.amazonaws.com/t.json`
  const asked = { TemplateURL, TemplateBody: undefined }
  expect((await clients.create('far', {}, asked)).StackStatus).toBe('CREATE_COMPLETE')
  const { TemplateBody } = await clients.cloudformation.send(new cfn.GetTemplateCommand({ StackName: 'far' }))
  expect(JSON.parse(TemplateBody ?? '')).toEqual(template)
  const missing = clients.create('gone', {}, { ...asked, TemplateURL: TemplateURL.replace('t.json', 'x') })
  await expect(missing).rejects.toThrow('S3 error: The specified key does not exist.')
  const elsewhere = 'https://s3.us-west-2.amazonaws.com/amazon-eks/cloudformation/vpc.yaml'
  await expect(clients.create('public', {}, { ...asked, TemplateURL: elsewhere })).rejects.toThrow(
    /^S3 error: The specified bucket does not exist\n.*aws s3 cp FILE s3:\/\/amazon-eks\/cloudformation\/vpc.yaml\./,
  )
})
