// Owns the rules of ClusterRoles that aggregate others: those of all roles that their selectors find.
// Source: kubernetes pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go.
import type { ClusterRole, PolicyRule } from '../../../generated/kubernetes.d.ts'
import { isConflict, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { clusterRoles } from '../../kubernetes/client/resources.ts'
import type { Controller, ControllerContext, Informer } from '../../reconcile/controller.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'

const MANAGER = 'clusterrole-aggregation-controller'
const AGGREGATING = 'cluster-role-aggregation'

/** The control loop of aggregated cluster roles. */
export function createClusterRoleAggregationController(context: ControllerContext): Controller {
  const all = context.informer(clusterRoles)
  all.addIndex(AGGREGATING, ({ aggregationRule }) => (aggregationRule ? ['yes'] : []))
  return {
    name: 'clusterrole-aggregation',
    // Any role may be part of any that aggregates; those are few.
    sources: [all.source(() => all.byIndex(AGGREGATING, 'yes').map(({ metadata }) => metadata.name))],
    concurrency: 5,
    async reconcile(name) {
      const role = all.get(name)
      if (!role?.aggregationRule) return
      const rules = aggregatedRules(role, all)
      if (deepEqual(rules, role.rules ?? [])) return
      try {
        await context.client.patch(
          clusterRoles,
          { name },
          // With its uid: a role that has gone meanwhile must not come back.
          { apiVersion: role.apiVersion, kind: role.kind, metadata: { name, uid: role.metadata.uid }, rules },
          { type: 'apply', fieldManager: MANAGER, force: true },
        )
      } catch (error) {
        if (!isNotFound(error) && !isConflict(error)) throw error
      }
    },
  }
}

/** The rules of the roles that the selectors find one after the other, each rule once. */
function aggregatedRules(
  { metadata, aggregationRule }: ClusterRole,
  all: Informer<ClusterRole>,
): PolicyRule[] {
  const roles = all.list().toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const rules = new Map<string, PolicyRule>()
  for (const selector of aggregationRule?.clusterRoleSelectors ?? []) {
    for (const role of roles) {
      if (role.metadata.name === metadata.name || !matchesLabelSelector(selector, role.metadata.labels))
        continue
      for (const rule of role.rules ?? []) {
        const text = JSON.stringify(Object.entries(rule).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        if (!rules.has(text)) rules.set(text, rule)
      }
    }
  }
  return [...rules.values()]
}
