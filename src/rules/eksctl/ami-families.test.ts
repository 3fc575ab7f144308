import { describe, expect, it } from 'vitest'

import { kubernetesVersions } from '../eks/kubernetes-versions.ts'
import { imageParameters } from '../nodes/machine-images.ts'
import { AMI_FAMILIES, amiTypeOf, imageParameterOf, joinsByItself, missingImages } from './ami-families.ts'

// eksctl pkg/apis/eksctl.io/v1alpha5/amitype.go
describe('amiTypeOf', () => {
  it.each<[string, string[], string | undefined]>([
    ['AmazonLinux2023', ['m5.large'], 'AL2023_x86_64_STANDARD'],
    ['AmazonLinux2023', ['m7g.large'], 'AL2023_ARM_64_STANDARD'],
    ['AmazonLinux2023', ['g5.xlarge'], 'AL2023_x86_64_NVIDIA'],
    ['AmazonLinux2023', ['g5g.xlarge'], 'AL2023_ARM_64_NVIDIA'],
    ['AmazonLinux2023', ['m5.large', 'g5.xlarge'], 'AL2023_x86_64_NVIDIA'],
    ['AmazonLinux2023', ['trn1.32xlarge'], 'AL2023_x86_64_NEURON'],
    // AMD's graphics have no image of their own.
    ['AmazonLinux2023', ['g4ad.xlarge'], 'AL2023_x86_64_STANDARD'],
    ['AmazonLinux2', ['m5.large'], 'AL2_x86_64'],
    ['AmazonLinux2', ['m7g.large'], 'AL2_ARM_64'],
    ['AmazonLinux2', ['p4d.24xlarge'], 'AL2_x86_64_GPU'],
    ['AmazonLinux2', ['inf1.xlarge'], 'AL2_x86_64_GPU'],
    ['Bottlerocket', ['g5.xlarge'], 'BOTTLEROCKET_x86_64_NVIDIA'],
    ['Bottlerocket', ['inf2.xlarge'], 'BOTTLEROCKET_x86_64'],
    ['BottlerocketFips', ['m7g.large'], 'BOTTLEROCKET_ARM_64_FIPS'],
    ['BottlerocketFips', ['g5.xlarge'], 'BOTTLEROCKET_x86_64_NVIDIA_FIPS'],
    ['WindowsServer2022CoreContainer', ['m5.large'], 'WINDOWS_CORE_2022_x86_64'],
    ['Ubuntu2404', ['m5.large'], undefined],
  ])('of %s on %j is %s', (family, types, type) => {
    expect(amiTypeOf(family, types)).toBe(type)
  })
})

describe('imageParameterOf', () => {
  const versions = kubernetesVersions().map(({ version }) => version)
  const of = versions.flatMap((version) => AMI_FAMILIES.map((family) => [family, version] as const))
  const present = of.filter(([family, version]) => missingImages(family, version) === undefined)

  it('names a parameter that there is, for every family and version that has images', () => {
    const types = [['m5.large'], ['g5.xlarge']]
    const names = present.flatMap(([family, version]) =>
      types.map((each) => imageParameterOf(family, version, each)),
    )
    const minor = (name: string): number => Number(/1\.(\d+)/.exec(name)?.[1])
    // The catalog begins with the images of versions that can still be made.
    expect(names.filter((name) => minor(name) >= 30 && !imageParameters().has(name))).toEqual([])
    expect(names).toContain(
      '/aws/service/canonical/ubuntu/eks-pro/24.04/1.35/stable/current/amd64/hvm/ebs-gp3/ami-id',
    )
  })
})

describe('missingImages', () => {
  it.each([
    ['AmazonLinux2', '1.32', undefined],
    ['AmazonLinux2', '1.33', 'EKS has no AmazonLinux2 images from Kubernetes 1.33 on'],
    ['Ubuntu2604', '1.34', 'there are Ubuntu2604 images from Kubernetes 1.35 on'],
    ['WindowsServer2025FullContainer', '1.35', undefined],
    ['AmazonLinux2023', '1.35', undefined],
  ])('of %s for %s: %s', (family, version, why) => {
    expect(missingImages(family, version)).toBe(why)
  })
})

it.each([
  [{}, false],
  [{ ami: 'auto' }, false],
  [{ ami: 'ami-1' }, true],
  [{ amiFamily: 'UbuntuPro2204' }, true],
  [{ amiFamily: 'Bottlerocket' }, false],
])('a managed group of %j joins by itself: %s', (group, joins) => {
  expect(joinsByItself(group)).toBe(joins)
})
