// Owns the rewrites of a rule: host header, and path with query. Source: ELBv2 API reference, RuleTransform.
import { compileRe2, Re2SyntaxError } from '../../base/re2.ts'
import type { Transform } from './plan.ts'

/** What a rewrite may change. */
export interface Rewritable {
  readonly host: string | undefined
  /** Path and query. */
  readonly url: string
}

/** The request as the rule's transforms leave it; undefined when one fails, which AWS answers with 500. */
export function transformed(transforms: readonly Transform[], request: Rewritable): Rewritable | undefined {
  try {
    return transforms.reduce<Rewritable>(({ host, url }, { kind, regex, replace }) => {
      const rewrite = (text: string): string => compileRe2(regex).replaceFirst(text, replace)
      return kind === 'host' ? { host: host && rewrite(host), url } : { host, url: rewrite(url) }
    }, request)
  } catch (error) {
    if (error instanceof Re2SyntaxError) return undefined
    throw error
  }
}
