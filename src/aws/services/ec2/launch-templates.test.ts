import type { CreateLaunchTemplateResult, DescribeLaunchTemplateVersionsResult } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { createTestRegion } from '../../testing/test-region.ts'

async function template() {
  const region = await createTestRegion()
  const call = <T = unknown>(operation: string, input: object = {}): Promise<T> =>
    region.endpoint.caller.call('ec2', operation, input)
  const made = await call<CreateLaunchTemplateResult>('CreateLaunchTemplate', {
    LaunchTemplateName: 'web',
    LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.large' },
  })
  return { call, id: made.LaunchTemplate?.LaunchTemplateId ?? '' }
}

test('versions count up, build on each other, and one of them is the default', async () => {
  const { call, id } = await template()
  const data = { InstanceType: 't3.xlarge' }
  await call('CreateLaunchTemplateVersion', {
    LaunchTemplateId: id,
    SourceVersion: '1',
    LaunchTemplateData: data,
  })
  const versions = (...Versions: string[]) =>
    call<DescribeLaunchTemplateVersionsResult>('DescribeLaunchTemplateVersions', {
      LaunchTemplateName: 'web',
      Versions,
    })
  expect(await versions('$Latest', '$Default')).toMatchObject({
    LaunchTemplateVersions: [
      {
        VersionNumber: 2,
        DefaultVersion: false,
        LaunchTemplateData: { ImageId: 'ami-1', InstanceType: 't3.xlarge' },
      },
      { VersionNumber: 1, DefaultVersion: true, LaunchTemplateData: { InstanceType: 't3.large' } },
    ],
  })
  const range = (input: object) =>
    call<DescribeLaunchTemplateVersionsResult>('DescribeLaunchTemplateVersions', {
      LaunchTemplateName: 'web',
      ...input,
    })
  expect(await range({ MinVersion: '2' })).toMatchObject({ LaunchTemplateVersions: [{ VersionNumber: 2 }] })
  expect(await range({ MaxVersion: '1' })).toMatchObject({ LaunchTemplateVersions: [{ VersionNumber: 1 }] })
  const page = await range({ MaxResults: 1 })
  expect(page).toMatchObject({ LaunchTemplateVersions: [{ VersionNumber: 2 }] })
  expect(await range({ MaxResults: 1, NextToken: page.NextToken })).toMatchObject({
    LaunchTemplateVersions: [{ VersionNumber: 1 }],
  })
  await call('ModifyLaunchTemplate', { LaunchTemplateId: id, DefaultVersion: '2' })
  expect(await versions('$Default')).toMatchObject({ LaunchTemplateVersions: [{ VersionNumber: 2 }] })
})

test.each([
  [
    'CreateLaunchTemplate',
    { LaunchTemplateName: 'web', LaunchTemplateData: {} },
    'InvalidLaunchTemplateName.AlreadyExistsException',
  ],
  [
    'DescribeLaunchTemplates',
    { LaunchTemplateNames: ['none'] },
    'InvalidLaunchTemplateName.NotFoundException',
  ],
  ['DescribeLaunchTemplates', { LaunchTemplateIds: ['lt-1'] }, 'InvalidLaunchTemplateId.NotFound'],
  [
    'DescribeLaunchTemplateVersions',
    { LaunchTemplateName: 'web', Versions: ['7'] },
    'InvalidLaunchTemplateId.VersionNotFound',
  ],
  ['DeleteLaunchTemplate', {}, 'MissingParameter'],
])('%s %# is refused', async (operation, input, code) => {
  const { call } = await template()
  await expect(call(operation, input)).rejects.toMatchObject({ code })
})

// The words that moto's tests found at AWS itself (test_launch_templates.py).
test.each([
  [
    'DescribeLaunchTemplates',
    { LaunchTemplateNames: ['web', 'none'] },
    'InvalidLaunchTemplateName.NotFoundException',
    'At least one of the launch templates specified in the request does not exist.',
  ],
  [
    'ModifyLaunchTemplate',
    { LaunchTemplateName: 'web', DefaultVersion: '2' },
    'InvalidLaunchTemplateId.VersionNotFound',
    'The launch template version 2 is not found for the specified launch template.',
  ],
  [
    'DescribeLaunchTemplateVersions',
    {},
    'MissingParameter',
    expect.stringMatching(/^To describe the launch template data for all your launch templates/),
  ],
])("%s is refused in AWS's words", async (operation, input, code, message: unknown) => {
  const { call } = await template()
  await expect(call(operation, input)).rejects.toMatchObject({ code, message })
})

test('a deleted template is gone', async () => {
  const { call, id } = await template()
  await call('DeleteLaunchTemplate', { LaunchTemplateId: id })
  expect(await call('DescribeLaunchTemplates')).toMatchObject({ LaunchTemplates: [] })
})
