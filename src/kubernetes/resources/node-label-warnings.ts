// Owns the labels of nodes that are no longer to be used, and what is said of selectors that name them.
// Source of the rules and words: kubernetes pkg/api/node/util.go.
import type { LabelSelector } from '../../../generated/kubernetes.d.ts'
import { own } from '../../base/json.ts'
import { nameProblems } from './naming.ts'

const DEPRECATED_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region':
    'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone':
    'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type':
    'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods':
    'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
}

/** The warning `FIELD: why` for a label of nodes; none for one that may be used. */
export function labelWarnings(field: string, label: string): string[] {
  const why = own(DEPRECATED_LABELS, label)
  return why === undefined ? [] : [`${field}: ${why}`]
}

/** As `labelWarnings`, where the field doesn't name the label: `FIELD: LABEL is why`. */
export function keyWarnings(field: string, label: string): string[] {
  const why = own(DEPRECATED_LABELS, label)
  return why === undefined ? [] : [`${field}: ${label} is ${why}`]
}

interface Term {
  readonly matchExpressions?: readonly { readonly key: string; readonly values?: readonly string[] }[]
}

/** The warnings for a term of a node selector at `path`; `isPreference` looks at the values too, which are not validated. */
export function termWarnings({ matchExpressions = [] }: Term, path: string, isPreference = false): string[] {
  return matchExpressions.flatMap(({ key, values = [] }, i) => {
    const at = `${path}.matchExpressions[${i}]`
    const odd = values.flatMap((value, j) =>
      nameProblems(value, 'value').map((problem) => `${at}.values[${j}]: ${value} is invalid, ${problem}`),
    )
    return [...keyWarnings(`${at}.key`, key), ...(isPreference ? odd : [])]
  })
}

/** The warnings for a label selector of nodes at `path`. */
export function nodeSelectorWarnings(selector: LabelSelector | undefined, path: string): string[] {
  return [
    ...termWarnings({ matchExpressions: selector?.matchExpressions ?? [] }, path),
    ...Object.keys(selector?.matchLabels ?? {}).flatMap((label) =>
      labelWarnings(`${path}.matchLabels.${label}`, label),
    ),
  ]
}
