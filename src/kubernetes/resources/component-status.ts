// Owns the ComponentStatus kind: what the parts of a control plane say of themselves. Nothing stores it.
import type { ComponentStatus } from '../../../generated/kubernetes.d.ts'
import { componentStatuses } from '../client/resources.ts'
import { nameColumn } from './columns.ts'
import { defineKind } from './kind.ts'

type Condition = NonNullable<ComponentStatus['conditions']>[number]

// What is asked about there: EKS answers for its three parts, which here are this process.
const components = [
  ['controller-manager', 'ok'],
  ['etcd-0', 'ok'],
  ['scheduler', 'ok'],
] as const

function healthy(name: string, message: string): ComponentStatus {
  return {
    kind: 'ComponentStatus',
    apiVersion: 'v1',
    // What is not stored has nothing but a name.
    metadata: { name } as ComponentStatus['metadata'],
    conditions: [{ type: 'Healthy', status: 'True', message }],
  }
}

function healthOf({ conditions = [] }: ComponentStatus): Condition | undefined {
  return conditions.find(({ type }) => type === 'Healthy')
}

function formatStatus(status: ComponentStatus): string {
  const health = healthOf(status)
  if (!health) return 'Unknown'
  return health.status === 'True' ? 'Healthy' : 'Unhealthy'
}

export const componentStatusKind = defineKind<ComponentStatus>({
  resource: componentStatuses,
  type: 'core/v1.ComponentStatus',
  shortNames: ['cs'],
  deprecation: 'v1 ComponentStatus is deprecated in v1.19+',
  verbs: ['get', 'list'],
  computed: () => components.map(([name, message]) => healthy(name, message)),
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', cell: formatStatus },
    { name: 'Message', type: 'string', cell: (status) => healthOf(status)?.message ?? '' },
    { name: 'Error', type: 'string', cell: (status) => healthOf(status)?.error ?? '' },
  ],
})
