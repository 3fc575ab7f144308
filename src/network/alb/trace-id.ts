// Owns the header X-Amzn-Trace-Id. Source: ALB user guide, "Request tracing for your Application Load Balancer".

/** Beyond this AWS forgets what came. */
const LONGEST = 7 * 1024

/** What makes an id: the time, and 24 hexadecimal digits by chance. */
export interface TraceSource {
  now(): number
  hex(length: number): string
}

/** The header to send on, from what the client has sent. */
export function traceIdOf(given: string | undefined, source: TraceSource): string {
  const id = `1-${Math.floor(source.now() / 1000)
    .toString(16)
    .padStart(8, '0')}-${source.hex(24)}`
  if (given === undefined || given.trim() === '' || given.length > LONGEST) return `Root=${id}`
  const fields = given.split(';').map((field) => field.trim())
  // The load balancer adds itself in front of what others have written, and takes away what it wrote before.
  const others = fields.filter((field) => field !== '' && !field.startsWith('Self='))
  const isRooted = others.some((field) => field.startsWith('Root='))
  return [`${isRooted ? 'Self' : 'Root'}=${id}`, ...others].join(';')
}
