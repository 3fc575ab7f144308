// Owns reading policy documents: their grammar, and the statements that they consist of.
// Source: IAM User Guide, "Grammar of the IAM JSON policy language"; texts as AWS answers getmoto/moto's invalid documents.
import { wildcardMatches } from '../../base/glob.ts'
import { isObject } from '../../base/json.ts'
import { isConditionOperator } from './conditions.ts'
import { resourceFault } from './policy-resource.ts'

/**
 * What a document is for: giving rights, as a policy of its own or as a part of an identity, or naming who may be a
 * role; `any` of a document that has been accepted.
 */
export type PolicyKind = 'managed' | 'inline' | 'trust' | 'any'

export interface Statement {
  readonly sid: string | undefined
  readonly effect: 'Allow' | 'Deny'
  /** Action patterns; with `isNot`, every action but these. */
  readonly actions: Patterns
  /** None in a trust policy: it is about the role that it belongs to. */
  readonly resources: Patterns
  /** By kind (Service, AWS, Federated); `*` is kept as `{ AWS: ['*'] }`. None in an identity's policy. */
  readonly principals: {
    readonly isNot: boolean
    readonly byKind: Readonly<Record<string, readonly string[]>>
  }
  /** By operator, by key. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  /** False for documents of version 2008-10-17, in which `${…}` is text. */
  readonly hasVariables: boolean
}

/** An element or its `Not…` form. */
export interface Patterns {
  readonly isNot: boolean
  readonly values: readonly string[]
}

/** A document that IAM refuses; the message is that of MalformedPolicyDocument. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
}

const NO_JSON = 'This policy contains invalid Json'
const SYNTAX = 'Syntax errors in policy.'
const LEGACY = 'The policy failed legacy parsing'
const ELEMENTS = new Set(['Version', 'Id', 'Statement'])
const STATEMENT_ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])
const PRINCIPALS = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser'])

/** The statements of a document. @throws PolicyError with AWS's text for the first fault that AWS would find */
export function parsePolicy(document: string, kind: PolicyKind): readonly Statement[] {
  const { version, raw } = readDocument(document)
  for (const statement of raw) checkSyntax(statement, kind)
  // The message is known of managed policies only; the others default to the older version.
  if (kind === 'managed' && version !== '2012-10-17') {
    throw new PolicyError('Policy document must be version 2012-10-17 or greater.')
  }
  const isOld = ({ Effect: effect }: Record<string, unknown>): boolean =>
    effect !== 'Allow' && effect !== 'Deny'
  if (raw.some(isOld) || raw.some(hasBadDate)) throw new PolicyError(LEGACY)
  const ids = raw.map(({ Sid }) => Sid).filter((id) => id !== undefined && id !== '')
  if (new Set(ids).size < ids.length) {
    throw new PolicyError('Statement IDs (SID) in a single policy must be unique.')
  }
  const statements = raw.map((statement) => readStatement(statement, version === '2012-10-17'))
  const faults = statements.map((statement) =>
    kind === 'any' ? undefined : faultOfResources(statement, kind),
  )
  if (faults.includes(LEGACY)) throw new PolicyError(LEGACY)
  if (statements.some(({ actions }) => actions.values.length === 0)) {
    throw new PolicyError('Policy statement must contain actions.')
  }
  const fault = faults.find((each) => each !== undefined)
  if (fault !== undefined) throw new PolicyError(fault)
  for (const statement of statements) checkActions(statement, kind)
  if (kind === 'managed' || kind === 'inline') checkResourcesThere(statements)
  return statements
}

function readDocument(document: string): { version: unknown; raw: readonly Record<string, unknown>[] } {
  let parsed: unknown
  try {
    parsed = JSON.parse(document)
  } catch {
    throw new PolicyError(NO_JSON)
  }
  if (!isObject(parsed) || Object.keys(parsed).some((key) => !ELEMENTS.has(key)))
    throw new PolicyError(SYNTAX)
  const { Version: version, Statement: statement, Id: id } = parsed
  if (id !== undefined && typeof id !== 'string') throw new PolicyError(SYNTAX)
  if (version !== undefined && version !== '2012-10-17' && version !== '2008-10-17') {
    throw new PolicyError(SYNTAX)
  }
  const raw = Array.isArray(statement) ? statement : [statement]
  if (raw.length === 0 || !raw.every(isObject)) throw new PolicyError(SYNTAX)
  return { version, raw }
}

function checkSyntax(statement: Record<string, unknown>, kind: PolicyKind): void {
  const has = (name: string): boolean => statement[name] !== undefined
  const isBoth = (name: string): boolean => has(name) && has(`Not${name}`)
  const { Sid: sid, Effect: effect, Condition: condition } = statement
  const isFaulty =
    Object.keys(statement).some((key) => !STATEMENT_ELEMENTS.has(key)) ||
    ['Action', 'Resource', 'Principal'].some(isBoth) ||
    ['Action', 'NotAction'].some((name) => !isTexts(statement[name])) ||
    ['Resource', 'NotResource'].some((name) => !isTexts(withoutNulls(statement[name]))) ||
    (sid !== undefined && typeof sid !== 'string') ||
    typeof effect !== 'string' ||
    !/^(allow|deny)$/i.test(effect) ||
    (condition !== undefined && !isCondition(condition))
  if (isFaulty) throw new PolicyError(SYNTAX)
  const principal = statement['Principal'] ?? statement['NotPrincipal']
  if (kind === 'any') return
  if (kind !== 'trust' && principal !== undefined) {
    throw new PolicyError('Policy document should not specify a principal.')
  }
  if (kind === 'trust' && !isPrincipal(principal)) throw new PolicyError(SYNTAX)
}

function isTexts(value: unknown): boolean {
  if (value === undefined || typeof value === 'string') return true
  return Array.isArray(value) && value.every((item) => typeof item === 'string')
}

// AWS passes over a null in a list of resources, as templates leave it there.
function withoutNulls(value: unknown): unknown {
  return Array.isArray(value) ? value.filter((item) => item !== null) : value
}

function isPrincipal(value: unknown): boolean {
  if (value === '*') return true
  if (!isObject(value) || Object.keys(value).length === 0) return false
  return Object.entries(value).every(
    ([kind, names]) => PRINCIPALS.has(kind) && names !== undefined && isTexts(names),
  )
}

function isCondition(value: unknown): boolean {
  if (!isObject(value)) return false
  return Object.entries(value).every(
    ([operator, keys]) =>
      isObject(keys) &&
      // AWS looks at the name only where there is something to compare.
      (Object.keys(keys).length === 0 || isConditionOperator(operator)) &&
      Object.values(keys).every(
        (wanted) => typeof wanted === 'boolean' || (wanted !== undefined && isTexts(wanted)),
      ),
  )
}

function readStatement(raw: Record<string, unknown>, hasVariables: boolean): Statement {
  const condition = isObject(raw['Condition']) ? raw['Condition'] : {}
  const principal = raw['Principal'] ?? raw['NotPrincipal'] ?? {}
  return {
    sid: typeof raw['Sid'] === 'string' ? raw['Sid'] : undefined,
    effect: raw['Effect'] === 'Deny' ? 'Deny' : 'Allow',
    actions: patterns(raw, 'Action'),
    resources: patterns(raw, 'Resource'),
    principals: {
      isNot: raw['NotPrincipal'] !== undefined,
      byKind: isObject(principal) ? mapValues(principal, texts) : { AWS: texts(principal) },
    },
    conditions: mapValues(condition, (keys) => mapValues(isObject(keys) ? keys : {}, texts)),
    hasVariables,
  }
}

function patterns(raw: Record<string, unknown>, name: 'Action' | 'Resource'): Patterns {
  const isNot = raw[`Not${name}`] !== undefined
  return { isNot, values: texts(withoutNulls(isNot ? raw[`Not${name}`] : raw[name])) }
}

function texts(value: unknown): readonly string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

function mapValues<T>(source: Record<string, unknown>, change: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, change(value)]))
}

function checkActions({ actions }: Statement, kind: PolicyKind): void {
  for (const action of actions.values) {
    if (action === '*') continue
    const [vendor = '', ...names] = action.split(':')
    if (names.length === 0) {
      throw new PolicyError('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
    }
    if (names.length > 1) throw new PolicyError('Actions/Condition can contain only one colon.')
    if (!/^[a-zA-Z0-9.-]+$/.test(vendor)) throw new PolicyError(`Vendor ${vendor} is not valid`)
    if (kind === 'trust' && (vendor.toLowerCase() !== 'sts' || !isTrustAction(names[0] ?? ''))) {
      throw new PolicyError('AssumeRole policy may only specify STS AssumeRole actions.')
    }
  }
}

// What a principal may ask of a role; with a wildcard, any of them.
const TRUST_ACTIONS = [
  'assumerole',
  'assumerolewithsaml',
  'assumerolewithwebidentity',
  'setcontext',
  'setsourceidentity',
  'tagsession',
]

function isTrustAction(pattern: string): boolean {
  return TRUST_ACTIONS.some((action) => wildcardMatches(pattern.toLowerCase(), action))
}

function faultOfResources({ resources }: Statement, kind: PolicyKind): string | undefined {
  if (kind === 'trust') {
    return resources.isNot || resources.values.length > 0 ? 'Has prohibited field Resource' : undefined
  }
  // AWS names the first of a list by the alphabet.
  const faults = resources.values.toSorted().flatMap((resource) => resourceFault(resource) ?? [])
  return faults.includes(LEGACY) ? LEGACY : faults[0]
}

function checkResourcesThere(statements: readonly Statement[]): void {
  if (statements.some(({ resources }) => resources.values.length === 0)) {
    throw new PolicyError('Policy statement must contain resources.')
  }
}

// Dates are ISO 8601, read generously (`2016-12-13t2:00:00.5+23`, `01T`), or seconds since 1970 that fit 63 bits.
const DATE =
  /^\d{4}-\d{2}-\d{2}(?:[Tt]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}(?::\d{2})?)?)?$/
// Java's least and greatest year, which AWS reads dates by.
const YEAR = /^-?\d{1,9}T?$/

function hasBadDate({ Condition: condition }: Record<string, unknown>): boolean {
  if (!isObject(condition)) return false
  return Object.entries(condition).some(
    ([operator, keys]) =>
      /^(?:For\w+:)?Date/.test(operator) &&
      isObject(keys) &&
      Object.values(keys)
        .flatMap(texts)
        .some((date) => !date.includes('${') && !isDate(date)),
  )
}

function isDate(text: string): boolean {
  if (/^\d{5,}$/.test(text)) return BigInt(text) < 2n ** 63n
  return DATE.test(text) || YEAR.test(text) || /^\d{4}-\d{2}$/.test(text)
}
