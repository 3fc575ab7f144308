// Owns the rules for where a pod may go: tolerations, affinity, spreading, gates. Source: kubernetes
// pkg/apis/core/validation/validation.go (ValidateTolerations, validateAffinity, validateTopologySpreadConstraints).
import type {
  LabelSelector,
  NodeSelectorTerm,
  PodAffinityTerm,
  PodSpec,
  Toleration,
  TopologySpreadConstraint,
} from '../../../generated/kubernetes.d.ts'
import { duplicate, forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { choice, namedBy } from './field-rules.ts'
import { nameProblems, validateQualifiedName } from './naming.ts'
import { validateLabelSelector } from './selector-rules.ts'

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution'
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution'
const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Findings for the placement of a pod spec at `path`. */
export function validatePlacement(spec: PodSpec, path: string): FieldError[] {
  return [
    ...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`),
    ...validateNodeAffinity(spec, `${path}.affinity.nodeAffinity`),
    ...validatePodAffinity(spec, path),
    ...validateSpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`),
    ...validateGates(spec, path),
  ]
}

/** Findings for a list of tolerations at `path`. */
export function validateTolerations(tolerations: readonly Toleration[], path: string): FieldError[] {
  return tolerations.flatMap(({ key, operator, value, effect, tolerationSeconds }, i) => {
    const at = `${path}[${i}]`
    const errors = key ? validateQualifiedName(`${at}.key`, key) : []
    if (!key && operator !== 'Exists') {
      const detail =
        'operator must be Exists when `key` is empty, which means "match all values and all keys"'
      errors.push(invalid(`${at}.operator`, operator ?? '', detail))
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute') {
      errors.push(
        invalid(`${at}.effect`, effect ?? '', "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      )
    }
    if (!operator || operator === 'Equal') {
      const problem = nameProblems(value ?? '', 'value').join(';')
      if (problem) errors.push(invalid(`${at}.operator`, value, problem))
    }
    if (operator === 'Exists' && value) {
      errors.push(invalid(`${at}.operator`, value, "value must be empty when `operator` is 'Exists'"))
    }
    if (operator && operator !== 'Exists' && operator !== 'Equal') {
      errors.push(unsupported(`${at}.operator`, operator, ['Equal', 'Exists']))
    }
    if (effect && !EFFECTS.includes(effect)) errors.push(unsupported(`${at}.effect`, effect, EFFECTS))
    return errors
  })
}

function validateNodeAffinity({ affinity }: PodSpec, path: string): FieldError[] {
  const node = affinity?.nodeAffinity
  const terms = node?.[REQUIRED]?.nodeSelectorTerms
  return [
    ...(terms?.length === 0
      ? [required(`${path}.${REQUIRED}.nodeSelectorTerms`, 'must have at least one node selector term')]
      : []),
    ...(terms ?? []).flatMap((term, i) =>
      validateNodeTerm(term, `${path}.${REQUIRED}.nodeSelectorTerms[${i}]`),
    ),
    ...(node?.[PREFERRED] ?? []).flatMap(({ weight, preference }, i) => {
      const at = `${path}.${PREFERRED}[${i}]`
      return [
        ...validateWeight(weight, at),
        ...validateNodeTerm(preference, `${at}.preference`, { anyValues: true }),
      ]
    }),
  ]
}

function validateWeight(weight: number, at: string): FieldError[] {
  return weight < 1 || weight > 100 ? [invalid(`${at}.weight`, weight, 'must be in the range 1-100')] : []
}

/** Findings for one term of a node selector at `path`; what is only preferred may name values that no label has. */
export function validateNodeTerm(
  term: NodeSelectorTerm,
  path: string,
  options: { readonly anyValues?: boolean } = {},
): FieldError[] {
  const { matchExpressions = [], matchFields = [] } = term
  return [
    ...matchExpressions.flatMap(({ key, operator, values = [] }, i) => {
      const at = `${path}.matchExpressions[${i}]`
      return [
        ...validateOperator(at, operator, values),
        ...validateQualifiedName(`${at}.key`, key),
        ...(options.anyValues
          ? []
          : values.flatMap((value, v) => namedBy(`${at}.values[${v}]`, value, 'value'))),
      ]
    }),
    ...matchFields.flatMap((field, i) => validateNodeField(field, `${path}.matchFields[${i}]`)),
  ]
}

// Of a node's fields only its name can be asked for.
function validateNodeField(
  { key, operator, values = [] }: NonNullable<NodeSelectorTerm['matchFields']>[number],
  at: string,
): FieldError[] {
  const one = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
  const known = operator === 'In' || operator === 'NotIn'
  return [
    ...(known ? [] : [invalid(`${at}.operator`, operator, 'not a valid selector operator')]),
    ...(known && values.length !== 1 ? [required(`${at}.values`, one)] : []),
    ...(key === 'metadata.name'
      ? values.flatMap((value, i) => namedBy(`${at}.values[${i}]`, value, 'subdomain'))
      : [invalid(`${at}.key`, key, 'not a valid field selector key')]),
  ]
}

function validateOperator(at: string, operator: string, values: readonly string[]): FieldError[] {
  switch (operator) {
    case 'In':
    case 'NotIn':
      return values.length > 0
        ? []
        : [required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'")]
    case 'Exists':
    case 'DoesNotExist':
      return values.length === 0
        ? []
        : [forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")]
    case 'Gt':
    case 'Lt':
      return values.length === 1
        ? []
        : [required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")]
    default:
      return [invalid(`${at}.operator`, operator, 'not a valid selector operator')]
  }
}

function validatePodAffinity({ affinity }: PodSpec, path: string): FieldError[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((name) => {
    const at = `${path}.affinity.${name}`
    const rules = affinity?.[name]
    return [
      ...(rules?.[REQUIRED] ?? []).flatMap((term, i) => validateTopology(term, `${at}.${REQUIRED}[${i}]`)),
      ...(rules?.[PREFERRED] ?? []).flatMap(({ weight, podAffinityTerm }, i) => [
        ...validateWeight(weight, `${at}.${PREFERRED}[${i}]`),
        ...validateTopology(podAffinityTerm, `${at}.${PREFERRED}[${i}].podAffinityTerm`),
      ]),
    ]
  })
}

function validateTopology(term: PodAffinityTerm, path: string): FieldError[] {
  const { topologyKey, labelSelector, namespaceSelector, namespaces = [] } = term
  const field = `${path}.topologyKey`
  return [
    ...validateLabelSelector(labelSelector, `${path}.labelSelector`),
    ...validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...namespaces.flatMap((name) => namedBy(`${path}.namespace`, name, 'label')),
    ...labelKeyErrors(term, path),
    ...(topologyKey ? [] : [required(field, 'can not be empty')]),
    ...validateQualifiedName(field, topologyKey),
  ]
}

/** Findings for the keys whose values the selector takes from the pod itself. */
function labelKeyErrors(
  { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: PodAffinityTerm,
  path: string,
): FieldError[] {
  const named = (keys: readonly string[], at: string): FieldError[] => {
    if (keys.length === 0) return []
    if (!labelSelector) return [forbidden(at, 'must not be specified when labelSelector is not set')]
    return keys.flatMap((key, i) => validateQualifiedName(`${at}[${i}]`, key))
  }
  return [
    ...named(matchLabelKeys, `${path}.matchLabelKeys`),
    ...named(mismatchLabelKeys, `${path}.mismatchLabelKeys`),
    ...(labelSelector ? selectedTwice(matchLabelKeys, labelSelector, path) : []),
    ...matchLabelKeys.flatMap((key, i) =>
      mismatchLabelKeys.includes(key)
        ? [
            invalid(
              `${path}.matchLabelKeys[${i}]`,
              key,
              'exists in both matchLabelKeys and mismatchLabelKeys',
            ),
          ]
        : [],
    ),
  ]
}

// What the keys select by has been put into the selector: a key that is there before selects twice.
function selectedTwice(keys: readonly string[], selector: LabelSelector, path: string): FieldError[] {
  if (keys.length === 0) return []
  const seen = new Set(Object.keys(selector.matchLabels ?? {}))
  return (selector.matchExpressions ?? []).flatMap(({ key }) => {
    const isTwice = keys.includes(key) && seen.has(key)
    seen.add(key)
    const field = `${path}[${keys.lastIndexOf(key)}]`
    return isTwice ? [invalid(field, key, 'exists in both matchLabelKeys and labelSelector')] : []
  })
}

function validateSpread(constraints: readonly TopologySpreadConstraint[], path: string): FieldError[] {
  return constraints.flatMap((constraint, i) => [
    ...validateConstraint(constraint, `${path}[${i}]`),
    ...constraints
      .slice(i + 1)
      .filter((other) => sameDomain(other, constraint))
      .map(() => {
        const { topologyKey, whenUnsatisfiable } = constraint
        const field = `${path}[${i}].{topologyKey, whenUnsatisfiable}`
        return duplicate(field, `{${topologyKey}, ${whenUnsatisfiable}}`)
      }),
  ])
}

function sameDomain(a: TopologySpreadConstraint, b: TopologySpreadConstraint): boolean {
  return a.topologyKey === b.topologyKey && a.whenUnsatisfiable === b.whenUnsatisfiable
}

function validateConstraint(constraint: TopologySpreadConstraint, at: string): FieldError[] {
  const {
    maxSkew,
    topologyKey,
    whenUnsatisfiable,
    minDomains,
    matchLabelKeys = [],
    labelSelector,
  } = constraint
  const choices = ['DoNotSchedule', 'ScheduleAnyway']
  const errors: FieldError[] = []
  if (maxSkew <= 0) errors.push(invalid(`${at}.maxSkew`, maxSkew, 'must be greater than zero'))
  if (!topologyKey) errors.push(required(`${at}.topologyKey`, 'can not be empty'))
  if (!choices.includes(whenUnsatisfiable)) {
    errors.push(unsupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable, choices))
  }
  if (minDomains !== undefined && minDomains <= 0) {
    errors.push(invalid(`${at}.minDomains`, minDomains, 'must be greater than zero'))
  }
  if (minDomains !== undefined && whenUnsatisfiable !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`
    errors.push(invalid(`${at}.minDomains`, minDomains, detail))
  }
  return [
    ...errors,
    ...choice(`${at}.nodeAffinityPolicy`, constraint.nodeAffinityPolicy, ['Honor', 'Ignore']),
    ...choice(`${at}.nodeTaintsPolicy`, constraint.nodeTaintsPolicy, ['Honor', 'Ignore']),
    ...labelKeyErrors({ matchLabelKeys, topologyKey, ...(labelSelector && { labelSelector }) }, at),
    ...validateLabelSelector(labelSelector, `${at}.labelSelector`),
  ]
}

function validateGates({ schedulingGates = [] }: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>()
  return schedulingGates.flatMap(({ name }, i) => {
    const at = `${path}.schedulingGates[${i}]`
    const errors = validateQualifiedName(at, name)
    if (seen.has(name)) errors.push(duplicate(at, name))
    seen.add(name)
    return errors
  })
}
