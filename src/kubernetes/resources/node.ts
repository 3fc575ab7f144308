// Owns the Node kind.
import type { Node, Taint } from '../../../generated/kubernetes.d.ts'
import { nodes } from '../client/resources.ts'
import { isObject } from '../../base/json.ts'
import { fill, structAt, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { duplicate, forbidden, required, type FieldError } from './field-error.ts'
import { cidrWarnings, validateCidr } from './ip-rules.ts'
import { defineKind } from './kind.ts'
import { validateQualifiedName } from './naming.ts'
import { choice, namedBy } from './field-rules.ts'

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

// The path of taints is upstream's.
function validate({ spec }: Node): FieldError[] {
  const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']
  const taints = spec.taints ?? []
  return [
    ...taints.flatMap((taint, i) => {
      const at = `metadata.taints[${i}]`
      const isRepeated = taints
        .slice(0, i)
        .some(({ key, effect }) => key === taint.key && effect === taint.effect)
      return [
        ...(taint.key ? [] : [required(`${at}.key`)]),
        ...validateQualifiedName(`${at}.key`, taint.key),
        ...namedBy(`${at}.value`, taint.value ?? '', 'value'),
        ...choice(`${at}.effect`, taint.effect, effects),
        ...(isRepeated ? [repeatedTaint(taint, at)] : []),
      ]
    }),
    ...(spec.podCIDRs ?? []).flatMap((block, i) => validateCidr(`spec.podCIDRs[${i}]`, block)),
  ]
}

function repeatedTaint({ key, value = '', effect, timeAdded }: Taint, at: string): FieldError {
  const found = duplicate(at, { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null })
  return { ...found, detail: `${found.detail}: taints must be unique by key and effect pair` }
}

/** pkg/apis/core/v1/defaults.go SetDefaults_NodeStatus: all of the capacity is allocatable unless said otherwise. */
function defaultNode(node: Fields): void {
  const { spec } = node
  if (isObject(spec)) agreeOnCidrs(spec)
  const status = structAt(node, 'status')
  if (isObject(status['capacity']) && !isObject(status['allocatable'])) {
    status['allocatable'] = { ...status['capacity'] }
  }
  // Of these Go writes what is not known as well.
  fill(structAt(structAt(status, 'daemonEndpoints'), 'kubeletEndpoint'), { Port: 0 })
  fill(structAt(status, 'nodeInfo'), UNKNOWN_NODE)
}

// The older field for one block wins over the list, and is its first (Convert_v1_NodeSpec_To_core_NodeSpec).
function agreeOnCidrs(spec: Fields): void {
  const { podCIDR: one } = spec
  const list = (Array.isArray(spec['podCIDRs']) ? spec['podCIDRs'] : []) as readonly unknown[]
  if (one && list[0] !== one) spec['podCIDRs'] = [one]
  else if (!one && list[0]) spec['podCIDR'] = list[0]
}

const UNKNOWN_NODE = Object.fromEntries(
  [
    'architecture',
    'bootID',
    'containerRuntimeVersion',
    'kernelVersion',
    'kubeletVersion',
    'kubeProxyVersion',
    'machineID',
    'operatingSystem',
    'osImage',
    'systemUUID',
  ].map((name) => [name, '']),
)

export const nodeKind = defineKind<Node>({
  resource: nodes,
  type: 'core/v1.Node',
  storedUnder: 'minions',
  defaults: defaultNode,
  shortNames: ['no'],
  warnings: ({ spec }) => [
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
    ...(spec?.podCIDRs ?? []).flatMap((block, i) => cidrWarnings(`spec.podCIDRs[${i}]`, block)),
  ],
  status: true,
  subresources: [
    {
      name: 'proxy',
      kind: 'NodeProxyOptions',
      verbs: ['create', 'delete', 'get', 'patch', 'update'],
    },
  ],
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
