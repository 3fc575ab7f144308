// Owns what nodes with GPUs, Neuron chips and EFA adapters offer of them to pods, and the warnings where they offer nothing:
// eksctl installs device plugins, `up` none.
// Source: eksctl pkg/eks/tasks.go (ClusterTasksForNodeGroups), pkg/addons/device_plugin.go.
import type { ManagedNodeGroup, SelfManagedNodeGroup } from '../config/cluster-config.ts'
import { problem, type Problem } from '../config/problem.ts'
import { devicesOf } from '../rules/auto-mode/auto-node.ts'
import { amiFamilyOf, instanceTypesOf } from '../rules/eksctl/node-group-defaults.ts'
import { acceleratorOf } from '../rules/nodes/instance-types.ts'
import type { PlanFacts } from './checks.ts'
import type { NodeGroupPlan } from './node-groups.ts'
import type { PlacedWorkload } from './placement.ts'
import { podSpecOf } from './workload.ts'

type Group = ManagedNodeGroup | SelfManagedNodeGroup

interface Plugin {
  readonly devices: string
  readonly resource: string
  /** The end of its image's name, in whatever registry. */
  readonly image: string
  readonly isFor: (group: Group) => boolean
}

const NVIDIA: Plugin = {
  devices: 'NVIDIA GPUs',
  resource: 'nvidia.com/gpu',
  image: 'k8s-device-plugin',
  isFor: (group) => isOf(group, 'nvidia') && amiFamilyOf(group).startsWith('AmazonLinux'),
}
const PLUGINS: readonly Plugin[] = [
  NVIDIA,
  {
    devices: 'Neuron chips',
    resource: 'aws.amazon.com/neuron',
    image: 'neuron-device-plugin',
    isFor: (group) => isOf(group, 'neuron'),
  },
  {
    devices: 'EFA adapters',
    resource: 'vpc.amazonaws.com/efa',
    image: 'aws-efa-k8s-device-plugin',
    isFor: (group) => group.efaEnabled === true,
  },
]

function isOf(group: Group, accelerator: 'nvidia' | 'neuron'): boolean {
  return instanceTypesOf(group).some((type) => acceleratorOf(type) === accelerator)
}

/** Reports node groups whose devices no pod can ask for. */
export function checkDevices({ located, placed }: PlanFacts): Problem[] {
  const { config } = located
  return (['managedNodeGroups', 'nodeGroups'] as const).flatMap((list) =>
    (config[list] ?? []).flatMap((group: Group, index) =>
      PLUGINS.filter(({ isFor }) => isFor(group)).map((plugin) => {
        const code = isInFiles(placed, plugin) ? 'devices-not-near' : 'device-plugin-missing'
        const why =
          code === 'devices-not-near'
            ? 'which this machine does not have'
            : 'for which eksctl installs a device plugin, and up none'
        const text = `node group ${group.name} has ${plugin.devices}, ${why}: its nodes offer no ${plugin.resource}`
        return problem(code, text, located.locateKey([list, index]))
      }),
    ),
  )
}

// Registry, name and tag: "nvcr.io/nvidia/k8s-device-plugin:v0.20.0".
function isInFiles(placed: readonly PlacedWorkload[], { image }: Plugin): boolean {
  const names = new RegExp(`(^|/)${image}([:@]|$)`)
  return placed.some(
    ({ workload }) =>
      workload.kind === 'DaemonSet' &&
      podSpecOf(workload).containers.some((each) => names.test(each.image ?? '')),
  )
}

/** The groups as they are on AWS, where the plugin of the files offers the GPUs of their nodes. */
export function withPluggedDevices(
  groups: readonly NodeGroupPlan[],
  placed: readonly PlacedWorkload[],
): readonly NodeGroupPlan[] {
  if (!isInFiles(placed, NVIDIA)) return groups
  return groups.map((group) => (group.type ? { ...group, devices: devicesOf(group.type) } : group))
}
