// Owns which rule of a listener a request meets. Source: ALB user guide, "Rule condition types".
import { contains, parseCidr } from '../../base/cidr.ts'
import { wildcardMatches } from '../../base/glob.ts'
import { compileRe2, Re2SyntaxError } from '../../base/re2.ts'
import type { Condition, Rule } from './plan.ts'

/** What conditions look at. */
export interface RequestFacts {
  readonly method: string
  /** Without a port, in lower case. */
  readonly host: string
  readonly path: string
  /** What stands behind the `?`, as it came; empty when there is none. */
  readonly query: string
  readonly sourceIp: string
  /** All values of a header; the name is in lower case. */
  header(name: string): readonly string[]
}

/** The first rule that the request meets; undefined when there is none, not even a default one. */
export function firstMatch(rules: readonly Rule[], facts: RequestFacts): Rule | undefined {
  return rules.find(({ conditions }) => conditions.every((condition) => meets(condition, facts)))
}

function meets(condition: Condition, facts: RequestFacts): boolean {
  switch (condition.kind) {
    case 'path':
      return condition.values.some((value) => wildcardMatches(value, facts.path))
    case 'path-regex':
      return condition.values.some((value) => matchesRegex(value, facts.path))
    case 'host':
      return condition.values.some((value) => wildcardMatches(value.toLowerCase(), facts.host))
    case 'host-regex':
      return condition.values.some((value) => matchesRegex(value, facts.host))
    case 'header':
      return anyHeader(condition, facts, (value, text) =>
        wildcardMatches(value.toLowerCase(), text.toLowerCase()),
      )
    case 'header-regex':
      return anyHeader(condition, facts, (value, text) => matchesRegex(value, text))
    case 'method':
      return condition.values.includes(facts.method)
    case 'query':
      return meetsQuery(condition.values, facts.query)
    case 'source-ip':
      return condition.values.some((cidr) => isInRange(cidr, facts.sourceIp))
  }
}

function anyHeader(
  { name, values }: { readonly name: string; readonly values: readonly string[] },
  facts: RequestFacts,
  fits: (value: string, text: string) => boolean,
): boolean {
  const texts = facts.header(name.toLowerCase())
  return values.some((value) => texts.some((text) => fits(value, text)))
}

// Keys and values are compared as they came, without regard to case; AWS does not decode them.
function meetsQuery(
  wanted: readonly { readonly key?: string; readonly value: string }[],
  query: string,
): boolean {
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=')
    return at < 0 ? { key: pair, value: '' } : { key: pair.slice(0, at), value: pair.slice(at + 1) }
  })
  return wanted.some(({ key, value }) =>
    pairs.some(
      (pair) =>
        (key === undefined || wildcardMatches(key.toLowerCase(), pair.key.toLowerCase())) &&
        wildcardMatches(value.toLowerCase(), pair.value.toLowerCase()),
    ),
  )
}

// Addresses of the other family never are in a range.
function isInRange(cidr: string, sourceIp: string): boolean {
  if (cidr.includes(':') || sourceIp.includes(':')) return false
  return contains(parseCidr(cidr), sourceIp)
}

// A pattern that cannot be read is true of nothing; ELBv2 takes only what it can read.
function matchesRegex(pattern: string, text: string): boolean {
  try {
    return compileRe2(pattern).test(text)
  } catch (error) {
    if (error instanceof Re2SyntaxError) return false
    throw error
  }
}
