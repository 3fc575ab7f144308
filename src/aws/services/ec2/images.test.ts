import type { DescribeImagesResult } from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'

import { imageParameters } from '../../../rules/nodes/machine-images.ts'
import { createTestRegion } from '../../testing/test-region.ts'

async function images(input: object): Promise<DescribeImagesResult> {
  const region = await createTestRegion()
  return await region.endpoint.caller.call('ec2', 'DescribeImages', input)
}

const PARAMETER = '/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/arm64/standard/recommended/image_id'

test('the image that a public parameter names is described', async () => {
  const id = imageParameters().get(PARAMETER)
  const { Images } = await images({ ImageIds: [id] })
  expect(Images).toMatchObject([
    {
      ImageId: id,
      Architecture: 'arm64',
      OwnerId: '602401143452',
      ImageOwnerAlias: 'amazon',
      RootDeviceName: '/dev/xvda',
      State: 'available',
    },
  ])
})

// Karpenter, Terraform's aws_ami and Packer find images by owner and name.
test.each<[object, RegExp]>([
  [
    {
      Owners: ['amazon'],
      Filters: [{ Name: 'name', Values: ['amazon-eks-node-al2023-x86_64-standard-1.35-v*'] }],
    },
    /x86_64-standard-1\.35/,
  ],
  [
    { Owners: ['602401143452'], Filters: [{ Name: 'name', Values: ['amazon-eks-gpu-node-1.32-*'] }] },
    /^amazon-eks-gpu-node-1\.32-v/,
  ],
  [
    {
      Owners: ['099720109477'],
      Filters: [{ Name: 'name', Values: ['ubuntu-eks/k8s_1.33/images/*22.04-amd64*'] }],
    },
    /jammy-22\.04-amd64/,
  ],
  [
    {
      Filters: [
        { Name: 'platform', Values: ['windows'] },
        { Name: 'name', Values: ['*2022*Core*1.35*'] },
      ],
    },
    /^Windows_Server-2022-English-Core/,
  ],
])('%j', async (input, name) => {
  const { Images } = await images(input)
  expect(Images).toHaveLength(1)
  expect(Images?.[0]?.Name).toMatch(name)
})

test('own images are none, unknown ones are not found, and other words are no ids', async () => {
  expect(await images({ Owners: ['self'] })).toMatchObject({ Images: [] })
  await expect(images({ ImageIds: ['ami-00000000000000000'] })).rejects.toMatchObject({
    code: 'InvalidAMIID.NotFound',
    message: "The image id '[ami-00000000000000000]' does not exist",
  })
  await expect(images({ ImageIds: ['foo'] })).rejects.toMatchObject({
    code: 'InvalidAMIID.Malformed',
    message: 'Invalid id: "foo" (expecting "ami-...")',
  })
})
