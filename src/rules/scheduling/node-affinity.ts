// Owns node selectors and node affinity: which nodes a pod spec admits.
// Source: kubernetes component-helpers scheduling/corev1/nodeaffinity.
import { own } from '../../base/json.ts'
import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodSpec,
} from '../../../generated/kubernetes.d.ts'
import { matchesLabels } from './label-selector.ts'

/** True when nodeSelector and required node affinity admit the node. */
export function matchesNodeAffinity(
  spec: PodSpec,
  node: { readonly metadata: Pick<Node['metadata'], 'name' | 'labels'> },
): boolean {
  if (!matchesLabels(spec.nodeSelector ?? {}, node.metadata.labels)) return false
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (!required) return true
  return required.nodeSelectorTerms.some((term) => matchesNodeTerm(term, node))
}

/** True when a term admits the node; a term that says nothing admits none. */
export function matchesNodeTerm(
  term: NodeSelectorTerm,
  node: { readonly metadata: Pick<Node['metadata'], 'name' | 'labels'> },
): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length === 0 && matchFields.length === 0) return false
  const fields = { 'metadata.name': node.metadata.name }
  return (
    matchExpressions.every((r) => admits(r, own(node.metadata.labels, r.key))) &&
    matchFields.every((r) => admits(r, fields[r.key as 'metadata.name']))
  )
}

/** The only nodes that required matchFields terms admit by name; undefined when they do not name any. */
export function namedNodes(spec: PodSpec): ReadonlySet<string> | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (!terms || terms.length === 0) return undefined
  const names = new Set<string>()
  for (const term of terms) {
    const byName = (term.matchFields ?? []).filter((r) => r.key === 'metadata.name' && r.operator === 'In')
    if (byName.length === 0) return undefined
    const [first, ...others] = byName.map((r) => r.values ?? [])
    for (const name of first ?? []) {
      if (others.every((values) => values.includes(name))) names.add(name)
    }
  }
  return names
}

/** True when a label with this value (undefined: none) is what the requirement asks for. */
export function admits(
  {
    operator,
    values = [],
  }: Pick<NodeSelectorRequirement, 'operator'> & { readonly values?: readonly string[] },
  value: string | undefined,
): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'Gt':
    case 'Lt':
      return compares(operator, value, values[0])
    default:
      return false
  }
}

function compares(operator: 'Gt' | 'Lt', value: string | undefined, bound: string | undefined): boolean {
  if (!isInteger(value) || !isInteger(bound)) return false
  return operator === 'Gt' ? BigInt(value) > BigInt(bound) : BigInt(value) < BigInt(bound)
}

function isInteger(text: string | undefined): text is string {
  return text !== undefined && /^-?\d+$/.test(text)
}
