// Owns what becomes of requests that two servers may read in two ways. Source: AWS's HTTP Desync Guardian, whose
// classes ALB's desync mitigation modes name.
import { valuesOf, type Header } from './headers.ts'
import type { HttpSettings } from './plan.ts'

export type Classification = 'Compliant' | 'Acceptable' | 'Ambiguous' | 'Severe'

export interface RequestLine {
  readonly method: string
  readonly target: string
  readonly httpVersion: string
}

/** What to do with a request. */
export type Treatment = 'pass' | 'pass-and-close' | 'refuse'

/**
 * The class of a request that Node's parser has taken. What the parser refuses (both lengths at once, several lengths,
 * bare line feeds in chunks, names with spaces) is Severe or Ambiguous there, and never comes here.
 */
export function classify(line: RequestLine, headers: readonly Header[]): Classification {
  const lengths = valuesOf(headers, 'content-length')
  const codings = valuesOf(headers, 'transfer-encoding')
  if (lengths.length > 1 || (lengths.length > 0 && codings.length > 0)) return 'Ambiguous'
  if (headers.some(([name]) => name === '')) return 'Ambiguous'
  const hasBodyWithoutMeaning = ['GET', 'HEAD'].includes(line.method) && Number(lengths[0] ?? 0) > 0
  if (hasBodyWithoutMeaning || (line.httpVersion === '1.0' && codings.length > 0)) return 'Ambiguous'
  if (['GET', 'HEAD'].includes(line.method) && lengths[0] === '0') return 'Acceptable'
  const isPlain = headers.every(
    ([name, value]) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && !value.includes('\n'),
  )
  return isPlain && /^[!-~\u0080-\uffff]+$/.test(line.target) ? 'Compliant' : 'Acceptable'
}

/** By the mode of the load balancer. */
export function treatmentOf(mode: HttpSettings['desyncMode'], classification: Classification): Treatment {
  if (mode === 'monitor' || classification === 'Compliant') return 'pass'
  if (mode === 'strictest' || classification === 'Severe') return 'refuse'
  return classification === 'Ambiguous' ? 'pass-and-close' : 'pass'
}
