// Owns what the names of load balancers resolve to: `NAME.elb.REGION.localhost`, and the same under `.test` for
// resolvers that take every `.localhost` to 127.0.0.1 by themselves (RFC 6761).
import type { DecodedPacket, Packet } from 'dns-packet'

/** The addresses of a name under `.localhost`, in lower case; undefined when there is no such name. */
export type Resolve = (name: string) => readonly string[] | undefined

const NXDOMAIN = 3
const REFUSED = 5
const AUTHORITATIVE = 1 << 10
/** Names of load balancers, and of other things that are this machine. */
const SUFFIX = /\.(?:localhost|test)$/
// Network Load Balancers have the region last, application ones before `elb`, as on AWS.
const BALANCER = /\.(?:elb\.[a-z0-9-]+|[a-z0-9-]+\.elb)\.(?:localhost|test)$/

/**
 * Answers questions for addresses.
 * @param ttlSeconds how long an answer may be kept: 60 on AWS
 */
export function answerNames(
  resolve: Resolve,
  ttlSeconds: number,
): (query: Pick<DecodedPacket, 'questions'>) => Promise<Packet> {
  return ({ questions = [] }) => Promise.resolve(answer(resolve, ttlSeconds, questions[0]))
}

function answer(
  resolve: Resolve,
  ttl: number,
  question: NonNullable<DecodedPacket['questions']>[number] | undefined,
): Packet {
  const asked = question?.name ?? ''
  const name = asked.toLowerCase().replace(/\.$/, '')
  if (name !== 'localhost' && !SUFFIX.test(name)) return { flags: REFUSED }
  const addresses = BALANCER.test(name)
    ? resolve(name.replace(/\.test$/, '.localhost'))
    : name.endsWith('localhost')
      ? ['127.0.0.1']
      : undefined
  if (!addresses) return { flags: AUTHORITATIVE | NXDOMAIN }
  // Names have no other records than addresses of version 4.
  const answers = question?.type === 'A' ? addresses : []
  return {
    flags: AUTHORITATIVE,
    answers: answers.map((data) => ({ type: 'A', name: asked, ttl, data })),
  }
}
