// Owns the operating systems of node groups, as eksctl names families of images: what each is to EKS and to AWS's catalog.
// Source: eksctl pkg/apis/eksctl.io/v1alpha5 (amitype.go, types.go), pkg/ami/ssm_resolver.go; Amazon EKS API Reference,
// Nodegroup, amiType.
import { acceleratorOf } from '../nodes/instance-types.ts'
import { minorOf } from '../eks/version-skew.ts'
import { hasAmazonLinux2 } from '../nodes/machine-images.ts'

const AMAZON_LINUX = ['AmazonLinux2023', 'AmazonLinux2'] as const
const BOTTLEROCKET = ['Bottlerocket', 'BottlerocketFips'] as const
const UBUNTU = ['2004', '2204', '2404', '2604'].flatMap((release) => [
  `Ubuntu${release}`,
  `UbuntuPro${release}`,
])
const WINDOWS = ['2019', '2022', '2025'].flatMap((release) => [
  `WindowsServer${release}CoreContainer`,
  `WindowsServer${release}FullContainer`,
])

/** All of them. eksctl reads the names in any case. */
export const AMI_FAMILIES: readonly string[] = [...AMAZON_LINUX, ...BOTTLEROCKET, ...UBUNTU, ...WINDOWS]

export function isBottlerocket(family: string): boolean {
  return family.startsWith('Bottlerocket')
}

export function isUbuntu(family: string): boolean {
  return family.startsWith('Ubuntu')
}

export function isWindows(family: string): boolean {
  return family.startsWith('Windows')
}

/** True for Graviton types: their families carry a g after the generation (t4g, m7gd, c6gn). */
export function isArm(instanceType: string): boolean {
  return /^[a-z]+\d+g/.test(instanceType)
}

/** Values of `ami` that leave the choice to eksctl. */
const AUTOMATIC: readonly (string | undefined)[] = [undefined, '', 'auto', 'auto-ssm', 'static']

/** The image of somebody's own that a group names; undefined where eksctl chooses. */
export function ownImage({ ami }: { readonly ami?: string }): string | undefined {
  return AUTOMATIC.includes(ami) ? undefined : ami
}

/** Whether the nodes of a managed group learn by their user data, as self-managed ones do, which cluster is theirs. */
export function joinsByItself(group: { readonly ami?: string; readonly amiFamily?: string }): boolean {
  return ownImage(group) !== undefined || isUbuntu(group.amiFamily ?? '')
}

/**
 * The image type of a managed group; undefined for systems that EKS has none for, whose image the launch template names.
 * @param types of the group: one with accelerators decides, since their drivers are in the image
 */
export function amiTypeOf(family: string, types: readonly string[]): string | undefined {
  if (isUbuntu(family)) return undefined
  const windows = /^WindowsServer(\d+)(Core|Full)Container$/.exec(family)
  if (windows) return `WINDOWS_${windows[2]?.toUpperCase()}_${windows[1]}_x86_64`
  const decisive = decisiveType(types)
  const accelerator = acceleratorOf(decisive)
  const architecture = isArm(decisive) ? 'ARM_64' : 'x86_64'
  if (isBottlerocket(family)) {
    const variant = `${accelerator === 'nvidia' ? '_NVIDIA' : ''}${family === 'BottlerocketFips' ? '_FIPS' : ''}`
    return `BOTTLEROCKET_${architecture}${variant}`
  }
  if (family === 'AmazonLinux2')
    return `AL2_${architecture}${accelerator && architecture === 'x86_64' ? '_GPU' : ''}`
  if (accelerator === 'nvidia') return `AL2023_${architecture}_NVIDIA`
  return `AL2023_${architecture}_${accelerator && architecture === 'x86_64' ? 'NEURON' : 'STANDARD'}`
}

function decisiveType(types: readonly string[]): string {
  return types.find((type) => acceleratorOf(type) !== undefined) ?? types[0] ?? ''
}

/** The public parameter of Systems Manager that holds the id of the newest image. @param version `1.35` */
export function imageParameterOf(family: string, version: string, types: readonly string[]): string {
  const decisive = decisiveType(types)
  const accelerator = acceleratorOf(decisive)
  const architecture = isArm(decisive) ? 'arm64' : 'x86_64'
  const eks = `/aws/service/eks/optimized-ami/${version}`
  if (isBottlerocket(family)) {
    const nvidia = accelerator === 'nvidia' ? '-nvidia' : ''
    const fips = family === 'BottlerocketFips' ? '-fips' : ''
    return `/aws/service/bottlerocket/aws-k8s-${version}${nvidia}${fips}/${architecture}/latest/image_id`
  }
  const ubuntu = /^Ubuntu(Pro)?(\d\d)(\d\d)$/.exec(family)
  if (ubuntu) {
    const [, pro, year = '', month = ''] = ubuntu
    const volume = Number(year) >= 24 ? 'gp3' : 'gp2'
    const arch = architecture === 'arm64' ? 'arm64' : 'amd64'
    return `/aws/service/canonical/ubuntu/eks${pro === undefined ? '' : '-pro'}/${year}.${month}/${version}/stable/current/${arch}/hvm/ebs-${volume}/ami-id`
  }
  const windows = /^WindowsServer(\d+)(Core|Full)Container$/.exec(family)
  if (windows)
    return `/aws/service/ami-windows-latest/Windows_Server-${windows[1]}-English-${windows[2]}-EKS_Optimized-${version}/image_id`
  if (family === 'AmazonLinux2') {
    const suffix = accelerator ? '-gpu' : architecture === 'arm64' ? '-arm64' : ''
    return `${eks}/amazon-linux-2${suffix}/recommended/image_id`
  }
  return `${eks}/amazon-linux-2023/${architecture}/${accelerator ?? 'standard'}/recommended/image_id`
}

/** Minor versions of Kubernetes for which a family has images: from, and up to where that has ended. */
const RELEASES: Readonly<Record<string, readonly [from: number, to?: number]>> = {
  Ubuntu2004: [21, 29],
  UbuntuPro2004: [27, 29],
  Ubuntu2204: [29],
  UbuntuPro2204: [29],
  Ubuntu2404: [31],
  UbuntuPro2404: [31],
  Ubuntu2604: [35],
  UbuntuPro2604: [35],
  WindowsServer2025CoreContainer: [35],
  WindowsServer2025FullContainer: [35],
}

/** Why a family has no images for a version; undefined where it has. @param version `1.35` */
export function missingImages(family: string, version: string): string | undefined {
  if (family === 'AmazonLinux2' && !hasAmazonLinux2(version))
    return 'EKS has no AmazonLinux2 images from Kubernetes 1.33 on'
  const [from, to] = RELEASES[family] ?? [0]
  const minor = minorOf(version)
  if (to !== undefined && minor > to) return `EKS has no ${family} images from Kubernetes 1.${to + 1} on`
  return minor < from ? `there are ${family} images from Kubernetes 1.${from} on` : undefined
}

/** `windows` or `linux`, as nodes say it of themselves. */
export function systemOf(family: string): 'linux' | 'windows' {
  return isWindows(family) ? 'windows' : 'linux'
}

/** Whether a family has no image for a type: those of Amazon Linux 2 with drivers are of x86_64 alone. */
export function lacksImage(family: string, type: string): boolean {
  return family === 'AmazonLinux2' && isArm(type) && acceleratorOf(type) !== undefined
}

/** Whether the images of a family have no drivers for a type's accelerators: Inferentia and Trainium want Amazon's own. */
export function lacksDrivers(family: string, type: string): boolean {
  return (isUbuntu(family) || isWindows(family)) && acceleratorOf(type) === 'neuron'
}
