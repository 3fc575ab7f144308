// Owns what nodes report of their operating system, as `kubectl get nodes -o wide` shows it. Of Ubuntu and Windows no output is
// at hand: releases and builds are those of the systems (`10.0.20348`), and the patch levels behind them stand for any.

/** What the kubelet reports of the machine it runs on. */
export interface NodeRelease {
  readonly osImage: string
  readonly kernelVersion: string
  readonly containerRuntimeVersion: string
  /** Linux where absent. */
  readonly system?: 'windows'
}

/** Fargate's nodes report Amazon Linux 2 (EKS user guide, "Get started with AWS Fargate"). */
export const fargateKernelVersion = '5.10.240-238.959.amzn2.x86_64'

// What `kubectl get nodes -o wide` shows of Windows: its edition, and the build that containers have to fit.
function windows(year: string, kernelVersion: string): NodeRelease {
  const osImage = `Windows Server ${year} Datacenter`
  return { osImage, kernelVersion, containerRuntimeVersion: 'containerd://1.7.14', system: 'windows' }
}

function ubuntu(release: string, kernelVersion: string): NodeRelease {
  return { osImage: `Ubuntu ${release}`, kernelVersion, containerRuntimeVersion: 'containerd://1.7.27' }
}

const RELEASES: readonly (readonly [amiType: RegExp, release: NodeRelease])[] = [
  [/^WINDOWS_\w+_2019/, windows('2019', '10.0.17763.6054')],
  [/^WINDOWS_\w+_2022/, windows('2022', '10.0.20348.2582')],
  [/^WINDOWS_\w+_2025/, windows('2025', '10.0.26100.1742')],
  [/^UBUNTU_(PRO_)?20/, ubuntu('20.04.6 LTS', '5.15.0-1084-aws')],
  [/^UBUNTU_(PRO_)?22/, ubuntu('22.04.5 LTS', '6.8.0-1031-aws')],
  [/^UBUNTU_(PRO_)?24/, ubuntu('24.04.3 LTS', '6.14.0-1010-aws')],
  [/^UBUNTU_(PRO_)?26/, ubuntu('26.04 LTS', '7.0.0-1001-aws')],
  [
    /^AL2_/,
    {
      osImage: 'Amazon Linux 2',
      kernelVersion: fargateKernelVersion,
      containerRuntimeVersion: 'containerd://1.7.27',
    },
  ],
]

/** The build of Windows that a node of this type has (`10.0.20348`), which its label says; undefined for Linux. */
export function windowsBuild({ system, kernelVersion }: NodeRelease): string | undefined {
  return system === 'windows' ? kernelVersion.split('.').slice(0, 3).join('.') : undefined
}

/**
 * The release of an EC2 node.
 * @param amiType of the node group or the image, e.g. `BOTTLEROCKET_x86_64`, `UBUNTU_22.04_amd64`; anything that is not
 *   known is shown as Amazon Linux 2023
 * @param kubernetesVersion `1.34`: Bottlerocket has an image for each
 */
export function nodeRelease(amiType: string, kubernetesVersion: string): NodeRelease {
  if (amiType.startsWith('BOTTLEROCKET')) {
    return {
      osImage: `Bottlerocket OS 1.44.0 (aws-k8s-${kubernetesVersion})`,
      kernelVersion: '6.12.37',
      containerRuntimeVersion: 'containerd://2.0.5+bottlerocket',
    }
  }
  const other = RELEASES.find(([prefix]) => prefix.test(amiType))
  if (other) return other[1]
  return {
    osImage: 'Amazon Linux 2023.8.20250818',
    kernelVersion: '6.12.40-64.114.amzn2023.x86_64',
    containerRuntimeVersion: 'containerd://2.0.5',
  }
}
