// Owns the Node kind.
import type { Node } from '../../../generated/kubernetes.d.ts'
import { nodes } from '../client/resources.ts'
import { isObject } from '../../base/json.ts'
import type { Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, required, type FieldError } from './field-error.ts'
import { defineKind } from './kind.ts'
import { choice } from './pod-spec.ts'

const ROLE_PREFIX = 'node-role.kubernetes.io/'

function statusWords(node: Node): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready')
  const words = [ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady']
  if (node.spec.unschedulable) words.push('SchedulingDisabled')
  return words.join(',')
}

function roles(node: Node): string {
  const found = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_PREFIX)) return key.slice(ROLE_PREFIX.length) || []
    return key === 'kubernetes.io/role' && value ? value : []
  })
  return found.length === 0 ? '<none>' : [...new Set(found)].toSorted().join(',')
}

function address(node: Node, type: string): string {
  return node.status?.addresses?.find((item) => item.type === type)?.address ?? '<none>'
}

function validate({ spec }: Node): FieldError[] {
  return (spec.taints ?? []).flatMap((taint, i) => [
    ...(taint.key ? [] : [required(`spec.taints[${i}].key`)]),
    ...choice(`spec.taints[${i}].effect`, taint.effect, ['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
  ])
}

/** pkg/apis/core/v1/defaults.go SetDefaults_NodeStatus: all of the capacity is allocatable unless said otherwise. */
function defaultNode(node: Fields): void {
  const { status } = node
  if (isObject(status) && isObject(status['capacity']) && !isObject(status['allocatable'])) {
    status['allocatable'] = { ...status['capacity'] }
  }
}

export const nodeKind = defineKind<Node>({
  resource: nodes,
  type: 'core/v1.Node',
  roles: {},
  defaults: defaultNode,
  shortNames: ['no'],
  status: true,
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', cell: statusWords },
    { name: 'Roles', type: 'string', cell: roles },
    ageColumn,
    { name: 'Version', type: 'string', cell: (node) => node.status?.nodeInfo?.kubeletVersion ?? '' },
    { name: 'Internal-IP', type: 'string', priority: 1, cell: (node) => address(node, 'InternalIP') },
    { name: 'External-IP', type: 'string', priority: 1, cell: (node) => address(node, 'ExternalIP') },
    {
      name: 'OS-Image',
      type: 'string',
      priority: 1,
      cell: (node) => node.status?.nodeInfo?.osImage || '<unknown>',
    },
    {
      name: 'Kernel-Version',
      type: 'string',
      priority: 1,
      cell: (node) => node.status?.nodeInfo?.kernelVersion || '<unknown>',
    },
    {
      name: 'Container-Runtime',
      type: 'string',
      priority: 1,
      cell: (node) => node.status?.nodeInfo?.containerRuntimeVersion || '<unknown>',
    },
  ],
  fields: (node) => ({ 'spec.unschedulable': String(node.spec.unschedulable ?? false) }),
  validate,
  validateUpdate: (node, old) =>
    old.spec.providerID && node.spec.providerID !== old.spec.providerID
      ? [
          forbidden(
            'spec',
            'node updates may only change labels, taints, or capacity (or configSource, if the DynamicKubeletConfig feature gate is enabled)',
          ),
        ]
      : [],
})
