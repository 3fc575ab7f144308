// Owns policies in the form that requests are judged by: parsed once, their actions sorted by service.
// Source: IAM User Guide, "IAM JSON policy elements": Action, NotAction, Resource, NotResource, Principal.
import { wildcardMatches } from '../../base/glob.ts'
import { substitute, type RequestKeys } from './conditions.ts'
import { parsePolicy, PolicyError, type Statement } from './policy-document.ts'

/** A statement, and whether it is about an action and a resource. */
export interface CompiledStatement extends Pick<
  Statement,
  'effect' | 'conditions' | 'hasVariables' | 'principals'
> {
  readonly sid: string | undefined
  /** True when it is about every resource. */
  readonly isAboutAll: boolean
  /** @param action in lower case, `ec2:runinstances` */
  matchesAction(action: string): boolean
  matchesResource(resource: string, keys: RequestKeys): boolean
}

export interface CompiledPolicy {
  readonly statements: readonly CompiledStatement[]
  /** True when everything is allowed under no condition. */
  readonly allowsAll: boolean
  readonly denies: boolean
}

const NOTHING: CompiledPolicy = { statements: [], allowsAll: false, denies: false }
// Documents are the strings of stored records, the same ones at each request.
const MAX_KEPT = 2000
const kept = new Map<string, CompiledPolicy>()

/** The policy of a document; one that IAM would not take grants nothing. @param document JSON */
export function compilePolicy(document: string): CompiledPolicy {
  const known = kept.get(document)
  if (known) return known
  const policy = compile(document)
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(document, policy)
  return policy
}

function compile(document: string): CompiledPolicy {
  let parsed: readonly Statement[]
  try {
    parsed = parsePolicy(document, 'any')
  } catch (error) {
    if (error instanceof PolicyError) return NOTHING
    throw error
  }
  const statements = parsed.map(compileStatement)
  const isAll = ({ effect, actions, resources, conditions }: Statement): boolean =>
    effect === 'Allow' &&
    !actions.isNot &&
    actions.values.includes('*') &&
    !resources.isNot &&
    resources.values.includes('*') &&
    Object.keys(conditions).length === 0
  return {
    statements,
    allowsAll: parsed.some(isAll),
    denies: parsed.some(({ effect }) => effect === 'Deny'),
  }
}

function compileStatement(statement: Statement): CompiledStatement {
  const { sid, effect, conditions, hasVariables, principals, actions, resources } = statement
  const named = actionSet(actions.values)
  const patterns = resources.values.map(completeArn)
  return {
    sid,
    effect,
    conditions,
    hasVariables,
    principals,
    isAboutAll: !resources.isNot && resources.values.includes('*'),
    matchesAction: (action) => named(action) !== actions.isNot,
    matchesResource: (resource, keys) => {
      const isNamed = patterns.some((pattern) => {
        if (pattern === '*') return true
        const text = hasVariables && pattern.includes('${') ? substitute(pattern, keys) : pattern
        return text !== undefined && wildcardMatches(text, resource)
      })
      return isNamed !== resources.isNot
    },
  }
}

// Policies such as ReadOnlyAccess name a thousand actions; those of other services are never looked at.
function actionSet(patterns: readonly string[]): (action: string) => boolean {
  const exact = new Set<string>()
  const ofService = new Map<string, string[]>()
  const general: string[] = []
  for (const pattern of patterns.map((each) => each.toLowerCase())) {
    const [service = '', name] = pattern.split(':')
    if (/[*?]/.test(service) || name === undefined) general.push(pattern)
    else if (/[*?]/.test(name)) ofService.set(service, [...(ofService.get(service) ?? []), pattern])
    else exact.add(pattern)
  }
  return (action) =>
    exact.has(action) ||
    general.some((pattern) => pattern === '*' || wildcardMatches(pattern, action)) ||
    (ofService.get(action.slice(0, action.indexOf(':'))) ?? []).some((pattern) =>
      wildcardMatches(pattern, action),
    )
}

// An ARN with fewer than six fields stands for all that begin so.
function completeArn(pattern: string): string {
  return pattern.startsWith('arn:') && pattern.split(':').length < 6 ? `${pattern}:*` : pattern
}
