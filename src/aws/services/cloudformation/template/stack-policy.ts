// Owns stack policies: what an update may do to which resources. Pure.
// Source: CloudFormation User Guide, "Prevent updates to stack resources".
import { wildcardMatches } from '../../../../base/glob.ts'
import { isObject } from '../../../../base/json.ts'
import { validationError } from '../errors.ts'

/** What an update does to a resource, as policies name it. */
export type UpdateAction = 'Update:Modify' | 'Update:Replace' | 'Update:Delete'

interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly matches: (action: UpdateAction, resource: PolicyResource) => boolean
}

export interface PolicyResource {
  readonly logicalId: string
  /** `AWS::EC2::VPC` */
  readonly type: string
}

/** @throws AwsError ValidationError for what is no stack policy */
export function checkStackPolicy(text: string): void {
  statementsOf(text)
}

/**
 * Why the policy keeps an update from doing this; undefined when it does not. A statement that denies wins, and what no
 * statement allows is denied.
 */
export function refusedByPolicy(
  text: string,
  action: UpdateAction,
  resource: PolicyResource,
): string | undefined {
  const statements = statementsOf(text)
  const denying = statements.findIndex(
    ({ effect, matches }) => effect === 'Deny' && matches(action, resource),
  )
  const what = `[${action}] for resource [LogicalResourceId/${resource.logicalId}]`
  if (denying >= 0)
    return `Action denied by stack policy: Statement [#${denying + 1}] does not allow ${what};`
  const isAllowed = statements.some(({ effect, matches }) => effect === 'Allow' && matches(action, resource))
  return isAllowed ? undefined : `Action not allowed by stack policy: no statement allows ${what};`
}

function invalid(): Error {
  return validationError('Error validating stack policy: Invalid stack policy')
}

function statementsOf(text: string): readonly Statement[] {
  let policy: unknown
  try {
    policy = JSON.parse(text)
  } catch {
    throw invalid()
  }
  const statements = isObject(policy) ? policy['Statement'] : undefined
  if (!Array.isArray(statements) && !isObject(statements)) throw invalid()
  return [statements].flat().map(readStatement)
}

function readStatement(value: unknown): Statement {
  if (!isObject(value)) throw invalid()
  const { Effect: effect, Principal: principal, Condition: condition } = value
  if ((effect !== 'Allow' && effect !== 'Deny') || principal !== '*') throw invalid()
  const actions = choice(value, 'Action', (pattern) => /^Update:(\*|Modify|Replace|Delete)$/.test(pattern))
  const resources = choice(
    value,
    'Resource',
    (pattern) => pattern === '*' || pattern.startsWith('LogicalResourceId/'),
  )
  const ofType = typeCondition(condition)
  return {
    effect,
    matches: (action, { logicalId, type }) =>
      actions(action) && resources(`LogicalResourceId/${logicalId}`) && ofType(type),
  }
}

/** The patterns of `Action` or `NotAction` (`Resource` or `NotResource`), one of which must be there. */
function choice(
  statement: Readonly<Record<string, unknown>>,
  name: 'Action' | 'Resource',
  isKnown: (pattern: string) => boolean,
): (text: string) => boolean {
  const [own, others] = [statement[name], statement[`Not${name}`]]
  if ((own === undefined) === (others === undefined)) throw invalid()
  const patterns = textsOf(own ?? others)
  if (patterns.length === 0 || !patterns.every(isKnown)) throw invalid()
  return (text) => patterns.some((pattern) => wildcardMatches(pattern, text)) === (own !== undefined)
}

// "You can use the ResourceType key" with StringEquals and StringLike.
function typeCondition(condition: unknown): (type: string) => boolean {
  if (condition === undefined) return () => true
  if (!isObject(condition)) throw invalid()
  const tests = Object.entries(condition).map(([operator, keys]) => {
    if (!['StringEquals', 'StringLike'].includes(operator) || !isObject(keys)) throw invalid()
    if (Object.keys(keys).some((key) => key !== 'ResourceType')) throw invalid()
    const patterns = textsOf(keys['ResourceType'])
    return (type: string) =>
      patterns.some((pattern) =>
        operator === 'StringLike' ? wildcardMatches(pattern, type) : pattern === type,
      )
  })
  return (type) => tests.every((holds) => holds(type))
}

function textsOf(value: unknown): string[] {
  const all = [value].flat()
  return all.every((each) => typeof each === 'string') ? all : []
}
