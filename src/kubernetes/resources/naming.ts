// Owns the rules for names, label keys and label values.
// Source of rules and wording: apimachinery pkg/util/validation/validation.go.
import { isIP } from 'node:net'

import { invalid, required, tooLong, type FieldError } from './field-error.ts'

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const DNS1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'
const CONFIG_KEY = '[-._a-zA-Z0-9]+'
// Printable, and no equals sign (relaxed since 1.30).
const ENV_NAME = '[ -<>-~]+'

/** What is wrong with what is no IP address (apimachinery pkg/util/validation/ip.go). */
export const IP_PROBLEM = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'

interface Rule {
  readonly pattern: RegExp
  readonly maximum: number
  readonly message: string
}

function rule(pattern: string, maximum: number, message: string, examples: readonly string[]): Rule {
  const quoted = examples.map((example) => `'${example}'`)
  const sample = quoted.length > 1 ? `e.g. ${quoted.join(',  or ')}` : `e.g. ${quoted[0]}`
  return {
    pattern: new RegExp(`^${pattern}$`),
    maximum,
    message:
      quoted.length > 0 ? `${message} (${sample}, regex used for validation is '${pattern}')` : message,
  }
}

const SEARCH_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?'
const SEARCH = `${SEARCH_LABEL}(\\.${SEARCH_LABEL})*`

const rules = {
  label: rule(
    LABEL,
    63,
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    ['my-name', '123-abc'],
  ),
  subdomain: rule(
    SUBDOMAIN,
    253,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    ['example.com'],
  ),
  // Domains in which a pod looks for names, among them those of SRV records.
  search: rule(
    SEARCH,
    253,
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
    ['example.com'],
  ),
  dns1035: rule(
    DNS1035,
    63,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    ['my-name', 'abc-123'],
  ),
  qualified: rule(
    QUALIFIED,
    63,
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    ['MyName', 'my.name', '123-abc'],
  ),
  value: rule(
    VALUE,
    63,
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    ['MyValue', 'my_value', '12345'],
  ),
  configKey: rule(
    CONFIG_KEY,
    253,
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    ['key.name', 'KEY_NAME', 'key-name'],
  ),
  envName: rule(
    ENV_NAME,
    Number.POSITIVE_INFINITY,
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
    [],
  ),
  wildcard: rule(
    `\\*\\.${SUBDOMAIN}`,
    253,
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    ['*.example.com'],
  ),
} as const

/** `path`: what can be one segment of a path; `ip`: an address; `any`: everything. */
export type NameRule = keyof typeof rules | 'path' | 'ip' | 'any'

/** What is wrong with a name under a rule; empty when nothing is. */
export function nameProblems(name: string, which: NameRule): string[] {
  if (which === 'any') return []
  if (which === 'path') return pathProblems(name)
  if (which === 'ip') return isIP(name) ? [] : [IP_PROBLEM]
  const { pattern, maximum, message } = rules[which]
  const problems: string[] = []
  // What labels are made of is measured in bytes, and said so since 1.35 (api/validate/content).
  const unit = which === 'value' ? 'bytes' : 'characters'
  if (Buffer.byteLength(name) > maximum) problems.push(`must be no more than ${maximum} ${unit}`)
  if (pattern.test(name)) return problems
  // What would do as a subdomain has dots: that is said shorter (IsDNS1123Label).
  const isSubdomain = which === 'label' && rules.subdomain.pattern.test(name)
  problems.push(isSubdomain ? 'must not contain dots' : message)
  return problems
}

// RBAC names: anything that can be one segment of a path (api/validation/path/name.go).
function pathProblems(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`)
}

/** Findings for one name at a field. */
export function validateName(field: string, name: string, which: NameRule): FieldError[] {
  if (name === '') return [required(field)]
  return nameProblems(name, which).map((problem) => invalid(field, name, problem))
}

/** Findings for the key of a label or annotation: optional DNS prefix, slash, name. */
export function validateQualifiedName(field: string, key: string): FieldError[] {
  return qualifiedNameProblems(key).map((problem) => invalid(field, key, problem))
}

/** What is wrong with a qualified name such as `example.com/name`. */
export function qualifiedNameProblems(key: string): string[] {
  const parts = key.split('/')
  const name = parts.at(-1) ?? ''
  if (parts.length > 2) {
    return [
      `${rules.qualified.message.replace('name part', 'a valid label key')} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const problems: string[] = []
  if (parts.length === 2) {
    const prefix = parts[0] ?? ''
    if (prefix === '') problems.push('prefix part must be non-empty')
    else
      problems.push(
        ...nameProblems(prefix, 'subdomain').map(
          (problem) => `prefix part ${problem.replace(/characters$/, 'bytes')}`,
        ),
      )
  }
  if (name === '') problems.push('name part must be non-empty')
  else if (Buffer.byteLength(name) > 63) problems.push('name part must be no more than 63 bytes')
  if (!rules.qualified.pattern.test(name)) problems.push(rules.qualified.message)
  return problems
}

/** Findings for a map of labels. */
export function validateLabels(
  field: string,
  labels: Readonly<Record<string, string>> | undefined,
): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...validateQualifiedName(field, key),
    ...nameProblems(value, 'value').map((problem) => invalid(field, value, problem)),
  ])
}

const ANNOTATIONS_MAXIMUM_BYTES = 256 * 1024

/** Findings for a map of annotations. */
export function validateAnnotations(
  field: string,
  annotations: Readonly<Record<string, string>> | undefined,
): FieldError[] {
  const entries = Object.entries(annotations ?? {})
  // Keys are compared in lower case there: upper case is allowed in an annotation's prefix.
  const errors = entries.flatMap(([key]) =>
    qualifiedNameProblems(key.toLowerCase()).map((problem) => invalid(field, key, problem)),
  )
  const size = entries.reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )
  if (size > ANNOTATIONS_MAXIMUM_BYTES) errors.push(tooLong(field, ANNOTATIONS_MAXIMUM_BYTES))
  return errors
}
