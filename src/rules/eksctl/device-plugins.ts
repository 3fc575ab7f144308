// Owns which device plugins eksctl installs for the node groups of a config, and what nodes offer with them.
// Source: eksctl pkg/eks/tasks.go (ClusterTasksForNodeGroups), pkg/addons/device_plugin.go; the plugins' own documentation.
import { devicesOf } from '../auto-mode/auto-node.ts'
import { acceleratorOf, type InstanceType, networkCardsOf, typeDetails } from '../nodes/instance-types.ts'
import { amiFamilyOf, instanceTypesOf, type NodeGroupShape } from './node-group-defaults.ts'

export type PluginName = 'nvidia' | 'neuron' | 'efa'

/** What is asked of a node group. */
export type PluggedGroup = NodeGroupShape & { readonly efaEnabled?: boolean }

export interface DevicePlugin {
  readonly name: PluginName
  /** What it is for, as messages name it. */
  readonly devices: string
  /** What pods ask for. */
  readonly resource: string
  /** The end of its image's name, in whatever registry. */
  readonly image: string
  /** Whether eksctl installs it for a group. */
  isFor(group: PluggedGroup): boolean
  /** What a node of a type offers to pods once it runs. */
  offers(type: InstanceType): Readonly<Record<string, string>>
}

export const DEVICE_PLUGINS: readonly DevicePlugin[] = [
  {
    name: 'nvidia',
    devices: 'NVIDIA GPUs',
    resource: 'nvidia.com/gpu',
    image: 'k8s-device-plugin',
    // Bottlerocket's images bring it along.
    isFor: (group) => isOf(group, 'nvidia') && amiFamilyOf(group).startsWith('AmazonLinux'),
    offers: devicesOf,
  },
  {
    name: 'neuron',
    devices: 'Neuron chips',
    resource: 'aws.amazon.com/neuron',
    image: 'neuron-device-plugin',
    isFor: (group) => isOf(group, 'neuron'),
    offers: ({ name }) => {
      const [chips, , cores = 0] = typeDetails(name).neuron ?? []
      return chips === undefined
        ? {}
        : { 'aws.amazon.com/neuron': String(chips), 'aws.amazon.com/neuroncore': String(chips * cores) }
    },
  },
  {
    name: 'efa',
    devices: 'EFA adapters',
    resource: 'vpc.amazonaws.com/efa',
    image: 'aws-efa-k8s-device-plugin',
    isFor: (group) => group.efaEnabled === true,
    // A launch template of eksctl's makes one a card.
    offers: ({ name }) => ({ 'vpc.amazonaws.com/efa': String(networkCardsOf(name)) }),
  },
]

function isOf(group: PluggedGroup, accelerator: 'nvidia' | 'neuron'): boolean {
  return instanceTypesOf(group).some((type) => acceleratorOf(type) === accelerator)
}

/** True for an image of the plugin: registry, name and tag, `nvcr.io/nvidia/k8s-device-plugin:v0.20.0`. */
export function isPluginImage({ image }: Pick<DevicePlugin, 'image'>, name: string): boolean {
  return new RegExp(`(^|/)${image}([:@]|$)`).test(name)
}
