import { describe, expect, it } from 'vitest'

import type { ManagedNodeGroup } from '../config/cluster-config.ts'
import { withOwnTemplates } from './own-templates.ts'
import { testDeployment } from './testing/fake-cloud.ts'

const launchTemplate = { id: 'lt-1', version: '2' }

async function lookUp(group: Partial<ManagedNodeGroup>, data: object) {
  const inputs: object[] = []
  const managedNodeGroups = [{ name: 'ng', ...group }]
  const { context } = await testDeployment({}, { config: { managedNodeGroups } })
  const send = async ({ input }: { readonly input: object }): Promise<object> => {
    inputs.push(input)
    return { LaunchTemplateVersions: [{ LaunchTemplateData: data }] }
  }
  Object.assign(context.cloud, { ec2: async () => ({ send }) })
  const config = await withOwnTemplates(context)
  return { inputs, group: config.managedNodeGroups?.[0] }
}

describe('withOwnTemplates', () => {
  it('says what the template has of image and type', async () => {
    const data = { ImageId: 'ami-1', InstanceType: 'm5.large', UserData: 'x' }
    const { inputs, group } = await lookUp({ launchTemplate }, data)
    expect(inputs).toEqual([{ LaunchTemplateId: 'lt-1', Versions: ['2'] }])
    expect(group?.launchTemplate?.found).toEqual({ imageId: 'ami-1', instanceType: 'm5.large' })
  })

  it('asks for the default version where the file names none, and for nothing without a template', async () => {
    const named = await lookUp({ launchTemplate: { id: 'lt-1' }, instanceTypes: ['m5.large'] }, {})
    expect(named.inputs).toMatchObject([{ Versions: ['$Default'] }])
    expect((await lookUp({}, {})).inputs).toEqual([])
  })

  it.each<[string, Partial<ManagedNodeGroup>, object, string]>([
    ['no type at all', {}, {}, 'instance type must be set in the launch template'],
    [
      'a type twice',
      { instanceTypes: ['m5.large'] },
      { InstanceType: 'm5.large' },
      'instance type must not be set in the launch template',
    ],
    [
      'an image that does not join',
      {},
      { InstanceType: 'm5.large', ImageId: 'ami-1' },
      'node bootstrapping script (UserData) must be set when using a custom AMI',
    ],
    [
      'an instance profile',
      {},
      { InstanceType: 'm5.large', IamInstanceProfile: { Arn: 'arn' } },
      'IAM instance profile must not be set in the launch template',
    ],
  ])('refuses %s', async (_, group, data, message) => {
    await expect(lookUp({ launchTemplate, ...group }, data)).rejects.toThrow(`node group ng: ${message}`)
  })
})
