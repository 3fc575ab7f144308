// Owns which requests are refused before any rule is asked. Source: ALB user guide, "Quotas", "Troubleshoot your
// Application Load Balancers".
import type { Ask } from './ask.ts'
import { classify, treatmentOf, type Classified } from './desync.ts'
import { countForwarded, MOST_FORWARDED, valuesOf } from './headers.ts'
import type { HttpSettings } from './plan.ts'

const LONGEST_LINE = 16 * 1024
const LONGEST_HEADER = 16 * 1024

export interface Verdict {
  /** The status of the refusal; undefined: it goes on. */
  readonly status?: number
  /** Whether the connection ends with the answer. */
  readonly isClosing: boolean
  /** Where it came so far. */
  readonly classified?: Classified
}

/** What is to become of a request as far as its form says. */
export function verdictOf(ask: Ask, settings: HttpSettings): Verdict {
  const { method, target, headers, httpVersion } = ask
  const line = `${method} ${target} HTTP/${httpVersion}`
  if (line.length > LONGEST_LINE) return { status: 414, isClosing: true }
  if (headers.some(([name, value]) => name.length + value.length + 2 >= LONGEST_HEADER)) {
    return { status: 400, isClosing: true }
  }
  const codings = valuesOf(headers, 'transfer-encoding').flatMap((value) => value.split(','))
  if (codings.some((coding) => !['chunked', 'identity'].includes(coding.trim().toLowerCase()))) {
    return { status: 501, isClosing: true }
  }
  if (ask.isForeignVersion) return { status: 505, isClosing: true }
  if (!hasGoodHost(ask)) return { status: 400, isClosing: true }
  if (method === 'TRACE') return { status: 405, isClosing: false }
  const classified = classify({ method, target, httpVersion }, headers)
  const treatment = treatmentOf(settings.desyncMode, classified.classification)
  if (treatment === 'refuse') return { status: 400, isClosing: true, classified }
  if (countForwarded(headers) > MOST_FORWARDED) return { status: 463, isClosing: false, classified }
  return { isClosing: treatment === 'pass-and-close', classified }
}

// RFC 9112 3.2: several, or one that is no host, "MUST" be answered with 400. What stands in brackets is IPv6.
function hasGoodHost({ headers, host }: Ask): boolean {
  if (valuesOf(headers, 'host').length > 1) return false
  return host === undefined || /^(\[[0-9A-Fa-f:.]+\]|[-A-Za-z0-9._~!$&'()*+,;=%]*)(:\d*)?$/.test(host)
}
