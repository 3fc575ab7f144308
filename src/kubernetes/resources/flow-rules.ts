// Owns the rules for FlowSchemas: whom a schema is about, and which of their requests.
// Source: kubernetes pkg/apis/flowcontrol/validation/validation.go.
import type { FlowSchema } from '../../../generated/kubernetes.d.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { namedBy } from './field-rules.ts'

type Rule = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number]
type Subject = Rule['subjects'][number]

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']

// What a subject of each kind stands in.
const SUBJECT_FIELDS = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const

/** Findings for one rule of a FlowSchema at `at`. */
export function validateFlowRule(rule: Rule, at: string): FieldError[] {
  const { subjects, resourceRules = [], nonResourceRules = [] } = rule
  return [
    ...(subjects.length === 0
      ? [required(`${at}.subjects`, 'subjects must contain at least one value')]
      : subjects.flatMap((subject, i) => validateSubject(subject, `${at}.subjects[${i}]`))),
    ...(resourceRules.length === 0 && nonResourceRules.length === 0
      ? [required(at, 'at least one of resourceRules and nonResourceRules has to be non-empty')]
      : []),
    ...resourceRules.flatMap((item, i) => validateResourceRule(item, `${at}.resourceRules[${i}]`)),
    ...nonResourceRules.flatMap((item, i) => validatePathRule(item, `${at}.nonResourceRules[${i}]`)),
  ]
}

function isSubjectKind(kind: string): kind is keyof typeof SUBJECT_FIELDS {
  return Object.hasOwn(SUBJECT_FIELDS, kind)
}

function validateSubject(subject: Subject, at: string): FieldError[] {
  const kind: string = subject.kind
  if (!isSubjectKind(kind)) {
    return [unsupported(`${at}.kind`, kind, Object.keys(SUBJECT_FIELDS).toSorted())]
  }
  const field = SUBJECT_FIELDS[kind]
  const own = subject[field]
  const errors = own
    ? validateSubjectName(subject, `${at}.${field}`)
    : [required(`${at}.${field}`, `${field} is required when subject kind is '${kind}'`)]
  for (const [other, otherField] of Object.entries(SUBJECT_FIELDS)) {
    if (other === kind || subject[otherField] === undefined) continue
    errors.push(
      forbidden(`${at}.${otherField}`, `${otherField} is forbidden when subject kind is not '${other}'`),
    )
  }
  return errors
}

function validateSubjectName({ kind, serviceAccount, user, group }: Subject, at: string): FieldError[] {
  if (kind !== 'ServiceAccount') {
    return (kind === 'User' ? user?.name : group?.name) ? [] : [required(`${at}.name`)]
  }
  const { name = '', namespace = '' } = serviceAccount ?? {}
  return [
    ...(name === ''
      ? [required(`${at}.name`)]
      : name === '*'
        ? []
        : namedBy(`${at}.name`, name, 'subdomain')),
    ...(namespace === ''
      ? [required(`${at}.namespace`, 'must specify namespace for service account')]
      : namedBy(`${at}.namespace`, namespace, 'label')),
  ]
}

/** A list in which `*` stands alone. */
function wildcardAlone(field: string, values: readonly string[], others: string): FieldError[] {
  return values.includes('*') && values.length > 1
    ? [invalid(field, values, `if '*' is present, must not specify other ${others}`)]
    : []
}

function validateVerbs(verbs: readonly string[], at: string): FieldError[] {
  const field = `${at}.verbs`
  if (verbs.length === 0) return [required(field, 'verbs must contain at least one value')]
  if (verbs.includes('*')) return wildcardAlone(field, verbs, 'verbs')
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [unsupported(field, verbs, VERBS)]
}

function validateResourceRule(rule: NonNullable<Rule['resourceRules']>[number], at: string): FieldError[] {
  const { verbs, apiGroups, resources, namespaces = [], clusterScope } = rule
  const nothing = 'resource rules must supply at least one'
  return [
    ...validateVerbs(verbs, at),
    ...(apiGroups.length === 0
      ? [required(`${at}.apiGroups`, `${nothing} api group`)]
      : wildcardAlone(`${at}.apiGroups`, apiGroups, 'api groups')),
    ...(resources.length === 0
      ? [required(`${at}.resources`, `${nothing} resource`)]
      : wildcardAlone(`${at}.resources`, resources, 'resources')),
    ...validateNamespaces(namespaces, clusterScope ?? false, `${at}.namespaces`),
  ]
}

function validateNamespaces(
  namespaces: readonly string[],
  clusterScope: boolean,
  field: string,
): FieldError[] {
  if (namespaces.length === 0 && !clusterScope) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace'
    return [required(field, detail)]
  }
  if (namespaces.includes('*')) return wildcardAlone(field, namespaces, 'namespaces')
  return namespaces.flatMap((namespace, i) =>
    namedBy(`${field}[${i}]`, namespace, 'label').map((error) => ({
      ...error,
      detail: error.detail.replace(': a ', ": each member of this list must be '*' or a DNS-1123 label; a "),
    })),
  )
}

function validatePathRule(rule: NonNullable<Rule['nonResourceRules']>[number], at: string): FieldError[] {
  const { verbs, nonResourceURLs: urls } = rule
  const field = `${at}.nonResourceURLs`
  return [
    ...validateVerbs(verbs, at),
    ...(urls.length === 0 ? [required(field, 'nonResourceURLs must contain at least one value')] : []),
    ...(urls.includes('*')
      ? wildcardAlone(field, urls, 'non-resource URLs')
      : urls.flatMap((url, i) => validateUrl(`${field}[${i}]`, url))),
  ]
}

function validateUrl(field: string, url: string): FieldError[] {
  const problem = urlProblem(url)
  return problem === undefined ? [] : [invalid(field, url, problem)]
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty'
  if (url === '/') return undefined
  if (!url.startsWith('/')) return 'must start with slash'
  if (url.includes(' ')) return 'must not contain white-space'
  if (url.includes('//')) return 'must not contain double slash'
  const wildcards = url.split('*').length - 1
  const isSuffix = wildcards === 1 && url.endsWith('/*')
  return wildcards > 0 && !isSuffix ? 'wildcard can only do suffix matching' : undefined
}
