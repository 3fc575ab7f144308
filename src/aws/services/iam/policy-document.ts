// Owns reading policy documents and the question a trust policy answers: may this principal assume the role?
import { isObject } from '../../../base/json.ts'
import type { TrustRequest } from '../../../rules/iam/trust-request.ts'
import { malformedPolicy } from './errors.ts'

export interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  /** By kind: Service, AWS, Federated. `*` is kept as `{ AWS: ['*'] }`. */
  readonly principals: Readonly<Record<string, readonly string[]>>
  /** By operator, by key. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

function texts(value: unknown): readonly string[] {
  if (value === undefined) return []
  return (Array.isArray(value) ? value : [value]).map(String)
}

/** The statements of a policy document. @throws AwsError MalformedPolicyDocument. */
export function parsePolicy(document: string): readonly Statement[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(document)
  } catch {
    throw malformedPolicy('This policy contains invalid Json')
  }
  if (!isObject(parsed) || parsed['Statement'] === undefined) {
    throw malformedPolicy('Syntax errors in policy.')
  }
  const list: unknown[] = Array.isArray(parsed['Statement']) ? parsed['Statement'] : [parsed['Statement']]
  return list.map(parseStatement)
}

function parseStatement(value: unknown): Statement {
  if (!isObject(value)) throw malformedPolicy('Syntax errors in policy.')
  const { Effect: effect, Principal: principal } = value
  if (effect !== 'Allow' && effect !== 'Deny') throw malformedPolicy('Syntax errors in policy.')
  const conditions = isObject(value['Condition']) ? value['Condition'] : {}
  return {
    effect,
    actions: texts(value['Action']),
    resources: texts(value['Resource']),
    principals: isObject(principal) ? mapValues(principal, texts) : { AWS: texts(principal) },
    conditions: mapValues(conditions, (keys) => mapValues(isObject(keys) ? keys : {}, texts)),
  }
}

function mapValues<T>(source: Record<string, unknown>, change: (value: unknown) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(source).map(([key, value]) => [key, change(value)]))
}

/** True when the trust policy allows the request and no statement denies it. */
export function trusts(document: string, request: TrustRequest): boolean {
  const applying = parsePolicy(document).filter(
    (statement) =>
      statement.actions.some((action) => like(action.toLowerCase(), request.action.toLowerCase())) &&
      hasPrincipal(statement, request) &&
      holds(statement, request.context ?? {}),
  )
  return applying.length > 0 && applying.every(({ effect }) => effect === 'Allow')
}

function hasPrincipal({ principals }: Statement, { principal }: TrustRequest): boolean {
  if ('service' in principal) return principals['Service']?.includes(principal.service) ?? false
  if ('federated' in principal) return principals['Federated']?.includes(principal.federated) ?? false
  const account = principal.accountId
  // An account stands for every principal in it ("AWS JSON policy elements: Principal").
  const role = assumedRoleArn(principal.arn)
  const accepted = ['*', account, `arn:aws:iam::${account}:root`, principal.arn, role]
  return principals['AWS']?.some((arn) => accepted.includes(arn)) ?? false
}

/** The role's ARN of a session's ARN, for roles without a path. */
function assumedRoleArn(arn: string): string {
  const match = /^arn:aws:sts::(\d+):assumed-role\/([^/]+)\//.exec(arn)
  return match ? `arn:aws:iam::${match[1]}:role/${match[2]}` : arn
}

function holds(statement: Statement, context: Readonly<Record<string, string>>): boolean {
  return Object.entries(statement.conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => holdsOne(operator, wanted, lookUp(context, key))),
  )
}

// Condition keys are compared without regard to case.
function lookUp(context: Readonly<Record<string, string>>, key: string): string | undefined {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())
  return found?.[1]
}

function holdsOne(operator: string, wanted: readonly string[], actual: string | undefined): boolean {
  const ifExists = operator.endsWith('IfExists')
  const base = operator.replace(/^ForAnyValue:/, '').replace(/IfExists$/, '')
  if (base === 'Null') return wanted.some((value) => (value === 'true') === (actual === undefined))
  if (actual === undefined) return ifExists || base.includes('Not')
  switch (base) {
    case 'StringEquals':
      return wanted.includes(actual)
    case 'StringEqualsIgnoreCase':
      return wanted.some((value) => value.toLowerCase() === actual.toLowerCase())
    case 'StringNotEquals':
      return !wanted.includes(actual)
    // ArnEquals and ArnLike behave identically ("IAM JSON policy elements: Condition operators").
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return wanted.some((value) => like(value, actual))
    case 'StringNotLike':
    case 'ArnNotLike':
    case 'ArnNotEquals':
      return !wanted.some((value) => like(value, actual))
    // An operator that cannot be judged grants nothing.
    default:
      return false
  }
}

/** Wildcard match: `*` any text, `?` one character. */
export function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]')
  return new RegExp(`^${source}$`).test(text)
}
