import { describe, expect, it } from 'vitest'

import { builtinKinds } from '../../resources/index.ts'
import { defaultRoles, type DefaultRole } from '../../resources/kind.ts'
import { rulesOf, unservedGrants } from './default-roles.ts'

/** `verb group/resource` of every single right, sorted. */
function rights(role: DefaultRole): string[] {
  const all = rulesOf(role, builtinKinds).flatMap(({ verbs, apiGroups = [], resources = [] }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
    ),
  )
  expect(new Set(all).size).toBe(all.length)
  return all.toSorted()
}

const READ = 'get list watch'
const WRITE = 'create delete deletecollection patch update'

function expand(...rows: readonly (readonly [verbs: string, group: string, resources: string])[]): string[] {
  return rows
    .flatMap(([verbs, group, resources]) =>
      verbs
        .split(' ')
        .flatMap((verb) => resources.split(' ').map((resource) => `${verb} ${group}/${resource}`)),
    )
    .toSorted()
}

// Kubernetes 1.35: system:aggregate-to-view, -edit and -admin.
const upstream: Readonly<Record<DefaultRole, string[]>> = {
  view: expand(
    [
      READ,
      '',
      'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers',
    ],
    [READ, '', 'replicationcontrollers/scale serviceaccounts services services/status bindings limitranges'],
    [READ, '', 'namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas'],
    [READ, '', 'resourcequotas/status namespaces events'],
    [READ, 'events.k8s.io', 'events'],
    [READ, 'discovery.k8s.io', 'endpointslices'],
    [
      READ,
      'apps',
      'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status',
    ],
    [
      READ,
      'apps',
      'replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
    ],
    [READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'],
    [READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'],
    [
      READ,
      'extensions',
      'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses',
    ],
    [READ, 'extensions', 'ingresses/status networkpolicies replicasets replicasets/scale replicasets/status'],
    [READ, 'extensions', 'replicationcontrollers/scale'],
    [READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'],
    [READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'],
    [READ, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'],
  ),
  edit: expand(
    [READ, '', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'],
    ['impersonate', '', 'serviceaccounts'],
    [WRITE, '', 'pods pods/attach pods/exec pods/portforward pods/proxy'],
    ['create', '', 'pods/eviction serviceaccounts/token'],
    [
      WRITE,
      '',
      'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets',
    ],
    [WRITE, '', 'serviceaccounts services services/proxy events'],
    [WRITE, 'events.k8s.io', 'events'],
    [
      WRITE,
      'apps',
      'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale',
    ],
    [WRITE, 'apps', 'statefulsets statefulsets/scale'],
    [WRITE, 'autoscaling', 'horizontalpodautoscalers'],
    [WRITE, 'batch', 'cronjobs jobs'],
    [
      WRITE,
      'extensions',
      'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies',
    ],
    [WRITE, 'extensions', 'replicasets replicasets/scale replicationcontrollers/scale'],
    [WRITE, 'policy', 'poddisruptionbudgets'],
    [WRITE, 'networking.k8s.io', 'ingresses networkpolicies'],
    [`${READ} ${WRITE}`, 'coordination.k8s.io', 'leases'],
    [WRITE, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'],
  ),
  admin: expand(
    ['create', 'authorization.k8s.io', 'localsubjectaccessreviews'],
    [`${READ} ${WRITE}`, 'rbac.authorization.k8s.io', 'rolebindings roles'],
  ),
}

describe('default roles', () => {
  it.each(defaultRoles)('%s has the rights of upstream', (role) => {
    expect(rights(role)).toEqual(upstream[role])
  })

  it('list no resource as unserved that a kind speaks for', () => {
    const served = builtinKinds.flatMap(({ resource: { group, plural }, status, scale, subresources }) => [
      `${group}/${plural}`,
      ...(status ? [`${group}/${plural}/status`] : []),
      ...(scale ? [`${group}/${plural}/scale`] : []),
      ...subresources.map(({ name }) => `${group}/${plural}/${name}`),
    ])
    const unserved = unservedGrants.map(({ group, resource }) => `${group}/${resource}`)
    expect(unserved.filter((resource) => served.includes(resource))).toEqual([])
  })
})
