import * as cfn from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'

import { createStackClients, type StackClients } from '../testing/stack-clients.ts'

async function upload(clients: StackClients, Key: string, template: object): Promise<string> {
  const { call, deps } = clients.region
  const Bucket = 'templates'
  const CreateBucketConfiguration = { LocationConstraint: deps.region }
  await call('s3', 'CreateBucket', { Bucket, CreateBucketConfiguration }).catch(() => undefined)
  await call('s3', 'PutObject', { Bucket, Key, Body: Buffer.from(JSON.stringify(template)) })
  return `https://s3.${deps.region}.amazonaws.com/${Bucket}/${Key}`
}

const child = {
  Parameters: { Days: { Type: 'Number' }, Name: { Type: 'String' } },
  Resources: {
    Group: {
      Type: 'AWS::Logs::LogGroup',
      Properties: { LogGroupName: { Ref: 'Name' }, RetentionInDays: { Ref: 'Days' } },
    },
  },
  Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Group', 'Arn'] } }, Days: { Value: { Ref: 'Days' } } },
}

function parent(TemplateURL: string, Days: string, Name = '/nested') {
  return {
    Child: { Type: 'AWS::CloudFormation::Stack', Properties: { TemplateURL, Parameters: { Days, Name } } },
    Copy: {
      Type: 'AWS::SSM::Parameter',
      Properties: { Name: '/copy', Type: 'String', Value: { 'Fn::GetAtt': ['Child', 'Outputs.Days'] } },
    },
  }
}

test('a nested stack is made, changed and removed with the one around it, which reads its outputs', async () => {
  const clients = await createStackClients()
  const { region, cloudformation } = clients
  const url = await upload(clients, 'child.json', child)
  expect((await clients.create('outer', parent(url, '7'))).StackStatus).toBe('CREATE_COMPLETE')
  const StackName = await clients.physicalId('outer', 'Child')
  const describe = async () => {
    const { Stacks } = await cloudformation.send(new cfn.DescribeStacksCommand({ StackName }))
    return Stacks?.[0]
  }
  const outer = await cloudformation.send(new cfn.DescribeStacksCommand({ StackName: 'outer' }))
  const { StackId } = outer.Stacks?.[0] ?? {}
  const inner = await describe()
  expect(inner).toMatchObject({ ParentId: StackId, RootId: StackId, StackStatus: 'CREATE_COMPLETE' })
  expect(inner?.StackName).toMatch(/^outer-Child-[A-Za-z0-9]{12}$/)
  expect(inner?.Tags).toEqual([])
  const copy = async () => {
    const { Parameter } = await region.call<{ Parameter: { Value: string } }>('ssm', 'GetParameter', {
      Name: '/copy',
    })
    return Parameter.Value
  }
  expect(await copy()).toBe('7')

  expect(await clients.changes('outer', parent(url, '30'))).toEqual([
    'Child Modify False Parameters:Never',
    'Copy Modify False Value:Never',
  ])
  expect((await clients.update('outer', parent(url, '30'))).StackStatus).toBe('UPDATE_COMPLETE')
  expect([(await describe())?.StackStatus, await copy()]).toEqual(['UPDATE_COMPLETE', '30'])

  expect((await clients.remove('outer')).StackStatus).toBe('DELETE_COMPLETE')
  expect((await describe())?.StackStatus).toBe('DELETE_COMPLETE')
})

test('what fails within is told without, and goes with it', async () => {
  const clients = await createStackClients()
  await clients.region.call('logs', 'CreateLogGroup', { logGroupName: '/taken' })
  const url = await upload(clients, 'child.json', child)
  const stack = await clients.create('outer', parent(url, '7', '/taken'))
  expect(stack.StackStatus).toBe('ROLLBACK_COMPLETE')
  const failed = (await clients.events('outer')).find((event) => event.startsWith('Child CREATE_FAILED'))
  expect(failed).toMatch(
    /Embedded stack arn:\S+ was not successfully created: The following resource\(s\) failed to create: \[Group\]\.$/,
  )
})

test('an update that fails within turns both back', async () => {
  const clients = await createStackClients()
  const url = await upload(clients, 'child.json', child)
  await clients.region.call('logs', 'CreateLogGroup', { logGroupName: '/taken' })
  await clients.create('outer', parent(url, '7'))
  const stack = await clients.update('outer', parent(url, '7', '/taken'))
  expect(stack.StackStatus).toBe('UPDATE_ROLLBACK_COMPLETE')
  const failed = (await clients.events('outer')).find((event) => event.startsWith('Child UPDATE_FAILED'))
  expect(failed).toMatch(
    /Embedded stack arn:\S+ was not successfully updated\. Currently in UPDATE_ROLLBACK_/,
  )
  expect((await clients.remove('outer')).StackStatus).toBe('DELETE_COMPLETE')
})
