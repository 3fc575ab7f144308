// Owns the answers that the load balancer makes itself: error pages, fixed responses, redirects.
import type { AccessNote } from './access-note.ts'
import { isGrpc, type Ask, type Head, type Reply } from './ask.ts'
import { valuesOf, type Header } from './headers.ts'
import { pageOf, reasonOf } from './pages.ts'
import type { ApplicationListener, FixedResponseAction } from './plan.ts'

const SERVER: Header = ['Server', 'awselb/2.0']

/** What an answer of our own needs to know. */
export interface OwnAnswer {
  readonly ask: Ask
  readonly reply: Reply
  readonly listener: Pick<ApplicationListener, 'hasServerHeader' | 'insertedHeaders'>
  readonly nowMs: number
  /** Where there is an access log. */
  readonly note?: AccessNote | undefined
}

/** Answers with AWS's page for a status; gRPC clients get a status of theirs. Does nothing when an answer has begun. */
export function answerPage(to: OwnAnswer, status: number, { isClosing = false } = {}): undefined {
  const { ask, reply } = to
  if (reply.isStarted || reply.isClosed) return undefined
  if (isGrpc(ask)) {
    const headers: Header[] = [
      ['content-type', 'application/grpc'],
      ['grpc-status', String(grpcStatusOf(status))],
      ['grpc-message', grpcMessageOf(status)],
    ]
    reply.start(head(to, { status, headers }), { isBodiless: true })
    ask.body.resume()
    return undefined
  }
  if (isClosing) reply.closeAfterwards()
  const [userAgent] = valuesOf(ask.headers, 'user-agent')
  return send(to, { status, contentType: 'text/html', body: pageOf(status, userAgent) })
}

/** Answers with what the rule says. */
export function answerFixed(to: OwnAnswer, { status, contentType, body }: FixedResponseAction): undefined {
  return send(to, { status, contentType: `${contentType}; charset=utf-8`, body })
}

/** Answers with the page of the redirect, and where to. */
export function answerRedirect(to: OwnAnswer, status: number, location: string): undefined {
  return send(to, { status, contentType: 'text/html', body: pageOf(status), location })
}

interface Content {
  readonly status: number
  readonly contentType: string
  readonly body: string
  readonly location?: string
}

function send(to: OwnAnswer, { status, contentType, body, location }: Content): undefined {
  const bytes = Buffer.from(body)
  const { connection } = to.reply
  const headers: Header[] = [
    ...(bytes.length > 0 ? [['Content-Type', contentType] as const] : []),
    ['Content-Length', String(bytes.length)],
    ...(connection === undefined ? [] : [['Connection', connection] as const]),
    ...(location === undefined ? [] : [['Location', location] as const]),
  ]
  const isBodiless = to.ask.method === 'HEAD' || bytes.length === 0
  const stream = to.reply.start(head(to, { status, headers }), { isBodiless })
  if (!isBodiless) stream.end(bytes)
  to.note?.sent(isBodiless ? 0 : bytes.length)
  // What the client still sends is read and dropped, so that its connection can be used again.
  to.ask.body.resume()
  return undefined
}

function head(to: OwnAnswer, { status, headers }: { status: number; headers: readonly Header[] }): Head {
  const { hasServerHeader, insertedHeaders } = to.listener
  return {
    status,
    reason: reasonOf(status),
    headers: [
      ...(hasServerHeader ? [SERVER] : []),
      ['Date', new Date(to.nowMs).toUTCString()],
      ...headers,
      ...Object.entries(insertedHeaders),
    ],
  }
}

// Statuses of gRPC: "HTTP to gRPC Status Code Mapping".
function grpcStatusOf(status: number): number {
  if (status === 400) return 13
  if (status === 401) return 16
  if (status === 403) return 7
  if (status === 404 || status === 464) return 12
  return [408, 429, 502, 503, 504].includes(status) ? 14 : 2
}

function grpcMessageOf(status: number): string {
  return grpcStatusOf(status) === 14 ? 'unavailable' : reasonOf(status).toLowerCase()
}
