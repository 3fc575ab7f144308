import { expect, test } from 'vitest'

import { imageIdOf, imageParameters, imageRelease, machineImages } from './machine-images.ts'

// EKS User Guide, "Retrieve recommended … AMI IDs"; the form of each value as the service shows it.
test.each([
  ['/aws/service/eks/optimized-ami/1.32/amazon-linux-2/recommended/release_version', /^1\.32\.0-\d{8}$/],
  ['/aws/service/eks/optimized-ami/1.32/amazon-linux-2-gpu/recommended/image_id', /^ami-[0-9a-f]{17}$/],
  ['/aws/service/eks/optimized-ami/1.32/amazon-linux-2-arm64/recommended/image_name', /^amazon-eks-arm64-/],
  [
    '/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/standard/recommended/image_id',
    /^ami-[0-9a-f]{17}$/,
  ],
  [
    '/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/arm64/standard/recommended/image_name',
    /^amazon-eks-node-al2023-arm64-standard-1\.35-v\d{8}$/,
  ],
  [
    '/aws/service/eks/optimized-ami/1.35/amazon-linux-2023/x86_64/neuron/recommended/release_version',
    /^1\.35\.0-\d{8}$/,
  ],
  ['/aws/service/bottlerocket/aws-k8s-1.35/x86_64/latest/image_version', /^\d+\.\d+\.\d+-[0-9a-f]{8}$/],
  ['/aws/service/bottlerocket/aws-k8s-1.35-nvidia/arm64/latest/image_id', /^ami-/],
  [
    '/aws/service/ami-windows-latest/Windows_Server-2022-English-Core-EKS_Optimized-1.35/image_id',
    /^ami-[0-9a-f]{17}$/,
  ],
  [
    '/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-EKS_Optimized-1.35',
    /"release_version":"1\.35-\d{4}\.\d\d\.\d\d"/,
  ],
  ['/aws/service/canonical/ubuntu/eks/22.04/1.33/stable/current/amd64/hvm/ebs-gp2/ami-id', /^ami-/],
  ['/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64', /^ami-[0-9a-f]{17}$/],
  ['/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.12-x86_64', /^ami-[0-9a-f]{17}$/],
  ['/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-6.1-arm64', /^ami-[0-9a-f]{17}$/],
])('%s', (name, value) => {
  expect(imageParameters().get(name)).toMatch(value)
})

test('Amazon Linux 2 ends with 1.32', () => {
  const name = (version: string) =>
    `/aws/service/eks/optimized-ami/${version}/amazon-linux-2/recommended/image_id`
  expect(imageParameters().has(name('1.32'))).toBe(true)
  expect(imageParameters().has(name('1.33'))).toBe(false)
})

test('no two images share an id or a name, and a node group runs the one that its parameter names', () => {
  const all = machineImages()
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  const release = imageRelease('BOTTLEROCKET_ARM_64', '1.35')
  expect(imageParameters().get('/aws/service/bottlerocket/aws-k8s-1.35/arm64/latest/image_id')).toBe(
    imageIdOf('BOTTLEROCKET_ARM_64', '1.35', release),
  )
})
