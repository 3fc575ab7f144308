// Owns what nodes with GPUs, Neuron chips and EFA adapters offer of them to pods, and the warnings where they offer nothing.
import type { ClusterConfig } from '../config/cluster-config.ts'
import { problem, type Problem } from '../config/problem.ts'
import { DEVICE_PLUGINS } from '../rules/eksctl/device-plugins.ts'
import type { PlanFacts } from './checks.ts'
import type { NodeGroupPlan } from './node-groups.ts'

/** Reports node groups whose devices no pod can ask for near. */
export function checkDevices({ located }: PlanFacts): Problem[] {
  const { config } = located
  return (['managedNodeGroups', 'nodeGroups'] as const).flatMap((list) =>
    (config[list] ?? []).flatMap((group, index) =>
      DEVICE_PLUGINS.filter((plugin) => plugin.isFor(group)).map(({ devices, resource }) => {
        const text = `node group ${group.name} has ${devices}, which this machine does not have: its nodes offer no ${resource}`
        return problem('devices-not-near', text, located.locateKey([list, index]))
      }),
    ),
  )
}

/** The groups as they are on AWS, where the plugins that `up` installs offer what their nodes have. */
export function withPluggedDevices(
  groups: readonly NodeGroupPlan[],
  { managedNodeGroups = [], nodeGroups = [] }: ClusterConfig,
): readonly NodeGroupPlan[] {
  const configured = new Map([...managedNodeGroups, ...nodeGroups].map((group) => [group.name, group]))
  return groups.map((planned) => {
    const { type } = planned
    const group = configured.get(planned.name)
    if (!type || !group) return planned
    const plugged = DEVICE_PLUGINS.filter((plugin) => plugin.isFor(group)).map((plugin) =>
      plugin.offers(type),
    )
    return { ...planned, devices: Object.assign({}, planned.devices, ...plugged) }
  })
}
