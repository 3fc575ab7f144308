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

/** The class of a request, and why it has it, in the words of access logs; a compliant one needs no reason. */
export interface Classified {
  readonly classification: Classification
  readonly reason?: string
}

/**
 * The class of a request that Node's parser has taken. What the parser refuses (both lengths at once, several lengths,
 * bare line feeds in chunks, names with spaces) is Severe or Ambiguous there, and never comes here.
 */
export function classify(line: RequestLine, headers: readonly Header[]): Classified {
  const ambiguous = ambiguityOf(line, headers)
  if (ambiguous !== undefined) return { classification: 'Ambiguous', reason: ambiguous }
  const acceptable = oddityOf(line, headers)
  if (acceptable !== undefined) return { classification: 'Acceptable', reason: acceptable }
  return { classification: 'Compliant' }
}

const hasNoBody = ({ method }: RequestLine): boolean => method === 'GET' || method === 'HEAD'

function ambiguityOf(line: RequestLine, headers: readonly Header[]): string | undefined {
  const lengths = valuesOf(headers, 'content-length')
  const codings = valuesOf(headers, 'transfer-encoding')
  if (lengths.length > 1) return 'DuplicateContentLength'
  if (lengths.length > 0 && codings.length > 0) return 'BothTeClPresent'
  if (headers.some(([name]) => name === '')) return 'EmptyHeader'
  if (hasNoBody(line) && Number(lengths[0] ?? 0) > 0) return 'UndefinedContentLengthSemantics'
  if (line.httpVersion === '1.0' && codings.length > 0) return 'UndefinedTransferEncodingSemantics'
  return undefined
}

function oddityOf(line: RequestLine, headers: readonly Header[]): string | undefined {
  if (hasNoBody(line) && valuesOf(headers, 'content-length')[0] === '0') return 'GetHeadZeroContentLength'
  const isPlain = headers.every(
    ([name, value]) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && !value.includes('\n'),
  )
  if (!isPlain) return 'NonCompliantHeader'
  return /^[!-~\u0080-\uffff]+$/.test(line.target) ? undefined : 'SpaceInUri'
}

/** By the mode of the load balancer. */
export function treatmentOf(mode: HttpSettings['desyncMode'], classification: Classification): Treatment {
  if (mode === 'monitor' || classification === 'Compliant') return 'pass'
  if (mode === 'strictest' || classification === 'Severe') return 'refuse'
  return classification === 'Ambiguous' ? 'pass-and-close' : 'pass'
}
