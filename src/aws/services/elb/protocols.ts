// Owns what the protocols of listeners of Classic Load Balancers mean.
import { AwsError } from '../../../base/errors.ts'
import type { ClassicListener, Protocol } from './state.ts'

const SECURE: readonly string[] = ['HTTPS', 'SSL']
const REQUESTS: readonly string[] = ['HTTP', 'HTTPS']

/** Whether it reads requests; else it carries connections. */
export function readsRequests({ protocol }: Pick<ClassicListener, 'protocol'>): boolean {
  return REQUESTS.includes(protocol)
}

/** Whether its clients speak TLS. */
export function isSecure({ protocol }: Pick<ClassicListener, 'protocol'>): boolean {
  return SECURE.includes(protocol)
}

/** In capitals. @throws AwsError UnsupportedProtocol */
export function readProtocol(text: string | undefined): Protocol {
  const protocol = text?.toUpperCase()
  if (protocol === 'HTTP' || protocol === 'HTTPS' || protocol === 'TCP' || protocol === 'SSL') return protocol
  throw new AwsError('UnsupportedProtocol', `Listener protocol '${text}' must be HTTP, HTTPS, TCP or SSL`)
}

/** "If not specified, the protocol of the front-end": HTTP for HTTPS and TCP for SSL (API reference, Listener). */
export function instanceProtocolFor(protocol: Protocol): Protocol {
  return readsRequests({ protocol }) ? 'HTTP' : 'TCP'
}
