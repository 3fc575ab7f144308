// Owns the cookies by which a client stays with its instance behind a Classic Load Balancer.
// Source: user guide for Classic Load Balancers, "Configure sticky sessions"; names and attributes as AWS sends them.
import { valuesOf, type Header } from './headers.ts'
import type { ClassicStickiness } from './plan.ts'
import { cookieIn } from './stickiness.ts'

const NAME = 'AWSELB'
const CORS = `${NAME}CORS`

/** What an application's cookie hands on to the one beside it. */
const HANDED_ON: readonly string[] = [
  'path',
  'port',
  'domain',
  'secure',
  'httponly',
  'discard',
  'max-age',
  'expires',
  'version',
  'comment',
  'commenturl',
  'samesite',
]

/**
 * The target that a request's cookies name; undefined when it is free to choose: "If the application cookie is explicitly
 * removed or expires, the session stops being sticky".
 * @param open reads one cookie
 */
export function classicKey(
  stickiness: ClassicStickiness,
  sent: readonly string[],
  open: (cookie: string | undefined) => string | undefined,
): string | undefined {
  if (stickiness.kind === 'application' && cookieIn(sent, stickiness.cookie) === undefined) return undefined
  return open(cookieIn(sent, NAME)) ?? open(cookieIn(sent, CORS))
}

/**
 * The cookies to set with an answer: "The load balancer does not refresh the expiry time", so that there are some for a new
 * choice alone, and beside a cookie of the application for each that it sets.
 * @param choice.value makes what the cookie holds
 */
export function classicCookies(
  stickiness: ClassicStickiness,
  choice: { readonly isNew: boolean; readonly answer: readonly Header[]; readonly value: () => string },
): readonly string[] {
  if (stickiness.kind === 'application') return besideApplication(stickiness.cookie, choice)
  if (!choice.isNew) return []
  const { seconds } = stickiness
  const life = seconds === undefined ? 'PATH=/' : `PATH=/;MAX-AGE=${seconds}`
  const value = choice.value()
  return [`${NAME}=${value};${life}`, `${CORS}=${value};${life};SECURE;SAMESITE=None`]
}

function besideApplication(
  name: string,
  { answer, value }: { readonly answer: readonly Header[]; readonly value: () => string },
): readonly string[] {
  // "If you have a trailing semicolon in the Set-Cookie field of an application cookie, the load balancer ignores the cookie."
  const set = valuesOf(answer, 'set-cookie').find(
    (cookie) => cookie.startsWith(`${name}=`) && !cookie.trimEnd().endsWith(';'),
  )
  if (set === undefined) return []
  const attributes = set
    .split(';')
    .slice(1)
    .map((each) => each.trim())
    .filter((each) => HANDED_ON.includes(each.split('=')[0]?.trim().toLowerCase() ?? ''))
  return [[`${NAME}=${value()}`, ...attributes].join(';')]
}
