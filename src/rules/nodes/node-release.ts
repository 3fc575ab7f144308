// Owns what nodes report of their operating system, as `kubectl get nodes -o wide` shows it.

/** What the kubelet reports of the machine it runs on. */
export interface NodeRelease {
  readonly osImage: string
  readonly kernelVersion: string
  readonly containerRuntimeVersion: string
}

/** Fargate's nodes report Amazon Linux 2 (EKS user guide, "Get started with AWS Fargate"). */
export const fargateKernelVersion = '5.10.240-238.959.amzn2.x86_64'

/**
 * The release of an EC2 node.
 * @param amiType of the node group, e.g. `BOTTLEROCKET_x86_64`; anything else is shown as Amazon Linux 2023
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
  return {
    osImage: 'Amazon Linux 2023.8.20250818',
    kernelVersion: '6.12.40-64.114.amzn2023.x86_64',
    containerRuntimeVersion: 'containerd://2.0.5',
  }
}
