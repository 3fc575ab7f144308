// Owns the machine images that AWS publishes for nodes: their ids, names, releases and public parameters.
// Source: Amazon EKS User Guide, "Retrieve recommended … AMI IDs" (Amazon Linux, Bottlerocket, Windows, Ubuntu);
// AMI names as EC2 shows them. Which build is the newest is not known here: each version has one, dated by its release.

import { sha256Hex } from '../../base/sha256.ts'
import { kubernetesVersion, kubernetesVersions } from '../eks/kubernetes-versions.ts'
import { minorOf } from '../eks/version-skew.ts'

export interface MachineImage {
  /** `ami-` and 17 hexadecimal digits. */
  readonly id: string
  /** `amazon-eks-node-al2023-x86_64-standard-1.35-v20260127` */
  readonly name: string
  readonly description: string
  /** As node groups name it (`AL2023_x86_64_STANDARD`); absent for images that no managed group runs. */
  readonly amiType?: string
  /** What it is: that, or a name of ours for images that no managed group runs (`UBUNTU_24.04_amd64`). */
  readonly kind?: string
  /** The Kubernetes minor version it is for; absent for a plain operating system. */
  readonly kubernetesVersion?: string
  /** What node groups show: `1.35.0-20260127`, `1.44.0-0f1e2d3c`, `1.35-2026.01.27`. */
  readonly release: string
  readonly architecture: 'x86_64' | 'arm64'
  readonly platform: 'Linux/UNIX' | 'Windows'
  /** The account of AWS or of the vendor that owns the image. */
  readonly ownerId: string
  /** `YYYY-MM-DD` */
  readonly createdOn: string
  readonly rootDevice: string
  readonly rootGiB: number
  /** Public parameters of Systems Manager and their values. */
  readonly parameters: Readonly<Record<string, string>>
}

// The Bottlerocket that nodes report (node-release.ts).
const BOTTLEROCKET = '1.44.0'
const AL2023 = '2023.8.20250818'
const UNKNOWN_RELEASE_DAY = '2026-01-01'
const OWNERS = {
  eks: '602401143452',
  amazon: '137112412989',
  bottlerocket: '092701018921',
  windows: '801119661308',
  canonical: '099720109477',
}

/**
 * The release of a node group's image: the newest one of a Kubernetes version.
 * @param amiType of the node group; anything unknown is dated as Amazon Linux is
 */
export function imageRelease(amiType: string, version: string): string {
  const day = releaseDay(version)
  if (amiType.startsWith('BOTTLEROCKET')) return `${BOTTLEROCKET}-${sha256Hex(`bottlerocket/${version}`, 8)}`
  if (amiType.startsWith('WINDOWS')) return `${version}-${day.replaceAll('-', '.')}`
  return `${version}.0-${day.replaceAll('-', '')}`
}

/** The id of the image that a node group of this type, version and release runs: one for each. */
export function imageIdOf(amiType: string, version: string, release: string): string {
  return `ami-${sha256Hex(`${amiType}/${version}/${release}`, 17)}`
}

function releaseDay(version: string): string {
  return kubernetesVersion(version)?.released ?? UNKNOWN_RELEASE_DAY
}

/** "Kubernetes version 1.32 is the last version for which Amazon EKS released AL2 AMIs" (user guide). */
export function hasAmazonLinux2(version: string): boolean {
  return minorOf(version) <= 32
}

/** The part of an image that differs from family to family. */
interface Draft extends Pick<MachineImage, 'name' | 'description' | 'architecture'> {
  readonly amiType: string
  /** Its parameters by the name of the value. */
  readonly parameters: (image: { id: string; release: string; name: string }) => Record<string, string>
}

type Family = (version: string) => readonly Draft[]

const ARCHITECTURES = ['x86_64', 'arm64'] as const

const amazonLinux2: Family = (version) => {
  if (!hasAmazonLinux2(version)) return []
  const kinds = [
    ['AL2_x86_64', '', '', 'x86_64'],
    ['AL2_x86_64_GPU', '-gpu', 'gpu-', 'x86_64'],
    ['AL2_ARM_64', '-arm64', 'arm64-', 'arm64'],
  ] as const
  return kinds.map(([amiType, suffix, infix, architecture]) => ({
    amiType,
    architecture,
    name: `amazon-eks-${infix}node-${version}-v${releaseDay(version).replaceAll('-', '')}`,
    description: `EKS Kubernetes Worker AMI with AmazonLinux2 image, (k8s: ${version}.0, containerd)`,
    parameters: recommended(`/aws/service/eks/optimized-ami/${version}/amazon-linux-2${suffix}`),
  }))
}

const amazonLinux2023: Family = (version) => {
  const kinds = [
    ['AL2023_x86_64_STANDARD', 'x86_64', 'standard'],
    ['AL2023_ARM_64_STANDARD', 'arm64', 'standard'],
    ['AL2023_x86_64_NVIDIA', 'x86_64', 'nvidia'],
    ['AL2023_ARM_64_NVIDIA', 'arm64', 'nvidia'],
    ['AL2023_x86_64_NEURON', 'x86_64', 'neuron'],
  ] as const
  return kinds.map(([amiType, architecture, variant]) => ({
    amiType,
    architecture,
    name: `amazon-eks-node-al2023-${architecture}-${variant}-${version}-v${releaseDay(version).replaceAll('-', '')}`,
    description: `EKS-optimized Kubernetes node based on Amazon Linux 2023, (k8s: ${version}.0, containerd: 2.0.*)`,
    parameters: recommended(
      `/aws/service/eks/optimized-ami/${version}/amazon-linux-2023/${architecture}/${variant}`,
    ),
  }))
}

function recommended(path: string): Draft['parameters'] {
  return ({ id, release, name }) => ({
    [`${path}/recommended`]: JSON.stringify({
      schema_version: '2',
      image_id: id,
      image_name: name,
      release_version: release,
    }),
    [`${path}/recommended/image_id`]: id,
    [`${path}/recommended/image_name`]: name,
    [`${path}/recommended/release_version`]: release,
  })
}

const bottlerocket: Family = (version) =>
  ARCHITECTURES.flatMap((architecture) =>
    ['', 'FIPS', 'NVIDIA', 'NVIDIA_FIPS'].map((variant) => {
      const suffix = variant === '' ? '' : `-${variant.toLowerCase().replace('_', '-')}`
      const kind = `aws-k8s-${version}${suffix}`
      const type = architecture === 'arm64' ? 'ARM_64' : 'x86_64'
      const amiType = `BOTTLEROCKET_${type}${variant === '' ? '' : `_${variant}`}`
      return {
        amiType,
        architecture,
        name: `bottlerocket-${kind}-${architecture}-v${imageRelease(amiType, version)}`,
        description: `bottlerocket-${kind}-${architecture}-v${imageRelease(amiType, version)}`,
        parameters: ({ id, release }: { id: string; release: string }) =>
          Object.fromEntries(
            ['latest', BOTTLEROCKET, release].flatMap((at) => [
              [`/aws/service/bottlerocket/${kind}/${architecture}/${at}/image_id`, id],
              [`/aws/service/bottlerocket/${kind}/${architecture}/${at}/image_version`, release],
            ]),
          ),
      }
    }),
  )

const windows: Family = (version) => {
  const years = minorOf(version) >= 35 ? ['2019', '2022', '2025'] : ['2019', '2022']
  return years.flatMap((year) =>
    ['Core', 'Full'].map((kind) => {
      const base = `Windows_Server-${year}-English-${kind}-EKS_Optimized-${version}`
      const path = `/aws/service/ami-windows-latest/${base}`
      return {
        amiType: `WINDOWS_${kind.toUpperCase()}_${year}_x86_64`,
        architecture: 'x86_64' as const,
        name: `${base}-${releaseDay(version).replaceAll('-', '.')}`,
        description: `Microsoft Windows Server ${year} ${kind} Locale English AMI provided by Amazon`,
        parameters: ({ id, release }: { id: string; release: string }) => ({
          [path]: JSON.stringify({ image_id: id, release_version: release }),
          [`${path}/image_id`]: id,
          [`${path}/release_version`]: release,
        }),
      }
    }),
  )
}

// eksctl (pkg/ami): Ubuntu 20.04 up to 1.29, 22.04 from 1.29 on, 24.04 from 1.31 on, 26.04 from 1.35 on; each plain and Pro.
const ubuntu: Family = (version) => {
  const minor = minorOf(version)
  const series = [
    ['20.04', 'focal', 'gp2', minor <= 29],
    ['22.04', 'jammy', 'gp2', minor >= 29],
    ['24.04', 'noble', 'gp3', minor >= 31],
    ['26.04', 'resolute', 'gp3', minor >= 35],
  ] as const
  return series.flatMap(([number, word, volume, isOffered]) => {
    if (!isOffered) return []
    return ['eks', 'eks-pro'].flatMap((product) =>
      ARCHITECTURES.map((architecture) => {
        const arch = architecture === 'arm64' ? 'arm64' : 'amd64'
        const path = `/aws/service/canonical/ubuntu/${product}/${number}/${version}/stable/current/${arch}/hvm/ebs-${volume}/ami-id`
        const day = releaseDay(version).replaceAll('-', '')
        const isPro = product === 'eks-pro'
        return {
          amiType: `UBUNTU_${isPro ? 'PRO_' : ''}${number}_${arch}`,
          architecture,
          name: `ubuntu-${product}/k8s_${version}/images/hvm-ssd/ubuntu-${word}-${number}-${arch}-server-${day}`,
          description: `Ubuntu ${isPro ? 'Pro ' : ''}${number} for EKS (k8s ${version})`,
          parameters: ({ id }: { id: string }) => ({ [path]: id }),
        }
      }),
    )
  })
}

const FAMILIES: readonly (readonly [family: Family, ownerId: string, rootDevice: string, rootGiB: number])[] =
  [
    [amazonLinux2, OWNERS.eks, '/dev/xvda', 20],
    [amazonLinux2023, OWNERS.eks, '/dev/xvda', 20],
    [bottlerocket, OWNERS.bottlerocket, '/dev/xvda', 2],
    [windows, OWNERS.windows, '/dev/sda1', 50],
    [ubuntu, OWNERS.canonical, '/dev/sda1', 8],
  ]

function ofVersion(version: string): MachineImage[] {
  return FAMILIES.flatMap(([family, ownerId, rootDevice, rootGiB]) =>
    family(version).map(({ parameters, amiType, ...draft }): MachineImage => {
      const release = imageRelease(amiType, version)
      const id = imageIdOf(amiType, version, release)
      return {
        ...draft,
        id,
        ...(amiType.startsWith('UBUNTU') ? {} : { amiType }),
        kind: amiType,
        kubernetesVersion: version,
        release,
        platform: amiType.startsWith('WINDOWS') ? 'Windows' : 'Linux/UNIX',
        ownerId,
        createdOn: releaseDay(version),
        rootDevice,
        rootGiB,
        parameters: parameters({ id, release, name: draft.name }),
      }
    }),
  )
}

// Amazon Linux itself, as templates and bastion hosts ask for it ("Find the latest AMI using public parameters").
function plainLinux(): MachineImage[] {
  // The default kernel has a parameter of its own.
  const kinds = ['al2023-ami', 'al2023-ami-minimal'].flatMap((product) =>
    ['6.1', '6.12'].map((kernel) => ({
      kernel,
      name: `${product}-${AL2023}.0-kernel-${kernel}`,
      known: [kernel, ...(kernel === '6.1' ? ['default'] : [])].map((each) => `${product}-kernel-${each}`),
    })),
  )
  return kinds.flatMap(({ kernel, name, known }) =>
    ARCHITECTURES.map((architecture): MachineImage => {
      const id = `ami-${sha256Hex(`${name}/${architecture}`, 17)}`
      const paths = known.map((each) => `/aws/service/ami-amazon-linux-latest/${each}-${architecture}`)
      return {
        id,
        name: `${name}-${architecture}`,
        description: `Amazon Linux 2023 AMI ${AL2023}.0 ${architecture} HVM kernel-${kernel}`,
        release: AL2023,
        architecture,
        platform: 'Linux/UNIX',
        ownerId: OWNERS.amazon,
        createdOn: '2025-08-18',
        rootDevice: '/dev/xvda',
        rootGiB: 8,
        parameters: Object.fromEntries(paths.map((path) => [path, id])),
      }
    }),
  )
}

let images: readonly MachineImage[] | undefined
let byId: ReadonlyMap<string, MachineImage> | undefined
let parameters: ReadonlyMap<string, string> | undefined

/** Every image that is known, newest Kubernetes version last. */
export function machineImages(): readonly MachineImage[] {
  images ??= [...plainLinux(), ...kubernetesVersions().flatMap(({ version }) => ofVersion(version))]
  return images
}

/** The public parameters of all images, by name. */
export function imageParameters(): ReadonlyMap<string, string> {
  parameters ??= new Map(machineImages().flatMap((image) => Object.entries(image.parameters)))
  return parameters
}

/** The image of this id; undefined for one that is not AWS's. */
export function machineImage(id: string): MachineImage | undefined {
  byId ??= new Map(machineImages().map((image) => [image.id, image]))
  return byId.get(id)
}
