// Owns putting the instance types in the place of the `instanceSelector` of node groups, as eksctl does before it creates.
import { deepEqual } from '../base/json.ts'
import { selectInstanceTypes } from '../rules/eksctl/instance-selector.ts'
import type { ClusterConfig, NodeGroupBase } from './cluster-config.ts'
import { problem, type Position, type Problem } from './problem.ts'
import type { Path } from './yaml.ts'

/** The config with the types that its selectors choose, and what is wrong with the selectors. */
export function withSelectedTypes(
  config: ClusterConfig,
  locate: (path: Path) => Position,
): { readonly config: ClusterConfig; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const report = (group: NodeGroupBase, message: string, path: Path): void => {
    problems.push(problem('invalid-value', `node group ${group.name}: ${message}`, locate(path)))
  }
  // The types that are chosen; undefined where the group has no selector, or one that chooses none.
  const choose = (
    group: NodeGroupBase,
    given: readonly string[] | undefined,
    path: Path,
  ): readonly string[] | undefined => {
    const selector = group.instanceSelector
    if (selector === undefined || Object.keys(selector).length === 0) return undefined
    const at = [...path, 'instanceSelector']
    const chosen = selectInstanceTypes(selector)
    if ('fault' in chosen) report(group, chosen.fault, at)
    else if (group.instanceType !== undefined)
      report(group, 'cannot set instanceType when instanceSelector is specified', at)
    else if (given !== undefined && given.length > 0 && !deepEqual(given, chosen.types))
      report(group, 'the instance types of the file are not those that instanceSelector chooses', at)
    else return chosen.types
    return undefined
  }
  const managed = config.managedNodeGroups?.map((group, index) => {
    const types = choose(group, group.instanceTypes, ['managedNodeGroups', index])
    return types ? { ...group, instanceTypes: types } : group
  })
  const own = config.nodeGroups?.map((group, index) => {
    const { instancesDistribution: distribution } = group
    const types = choose(group, distribution?.instanceTypes, ['nodeGroups', index])
    return types ? { ...group, instancesDistribution: { ...distribution, instanceTypes: types } } : group
  })
  return {
    config: {
      ...config,
      ...(managed ? { managedNodeGroups: managed } : {}),
      ...(own ? { nodeGroups: own } : {}),
    },
    problems,
  }
}
