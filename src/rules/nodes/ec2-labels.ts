// Owns the labels that an EC2 node has from the kubelet, the AWS cloud provider and EKS.
import type { InstanceType } from './instance-types.ts'

// Set by the AWS cloud provider to the hash of its (empty) configuration, so that all nodes have the same one.
const CLOUD_PROVIDER_HASH = '5553ae84a0d29114870f67bbabd07d44'

/** Labels that follow from type and system, known before there is an instance. The deprecated names are still set. */
export function instanceTypeLabels(
  { name, arch }: Pick<InstanceType, 'name' | 'arch'>,
  system: 'linux' | 'windows' = 'linux',
): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': arch,
    'beta.kubernetes.io/instance-type': name,
    'beta.kubernetes.io/os': system,
    'k8s.io/cloud-provider-aws': CLOUD_PROVIDER_HASH,
    'kubernetes.io/arch': arch,
    'kubernetes.io/os': system,
    'node.kubernetes.io/instance-type': name,
  }
}

/** Labels that EKS puts on the nodes of a managed node group, known before there is an image. */
export function nodegroupLabels(name: string, capacityType: string): Record<string, string> {
  return { 'eks.amazonaws.com/nodegroup': name, 'eks.amazonaws.com/capacityType': capacityType }
}

/** Labels of every node of a region. */
export function regionLabels(region: string): Record<string, string> {
  return { 'failure-domain.beta.kubernetes.io/region': region, 'topology.kubernetes.io/region': region }
}

/** Where an instance is. */
export interface NodePlace {
  readonly nodeName: string
  readonly region: string
  readonly zone: string
  /** `usw2-az1`, when known. */
  readonly zoneId?: string | undefined
}

/** Labels that follow from where the instance is. */
export function placeLabels({ nodeName, region, zone, zoneId }: NodePlace): Record<string, string> {
  return {
    ...regionLabels(region),
    'failure-domain.beta.kubernetes.io/zone': zone,
    'kubernetes.io/hostname': nodeName,
    'topology.kubernetes.io/zone': zone,
    ...(zoneId !== undefined && { 'topology.k8s.aws/zone-id': zoneId }),
  }
}
