// Owns the https address of the clusters' OIDC issuers: their discovery documents and the keys that their tokens are
// signed with. Source: EKS user guide, "Fetch signing keys to validate OIDC tokens"; OpenID Connect Discovery 1.0.
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { issueServerCertificate, type KeyPair } from '../base/certificate-authority.ts'
import type { Clock } from '../base/clock.ts'
import { UserError } from '../base/errors.ts'
import { outlastHoldUps } from '../base/hold-up.ts'
import type { Ids } from '../base/ids.ts'
import type { Store } from '../store/store.ts'
import { Table } from '../store/table.ts'
import type { IssuerKey } from './web-identity.ts'
import { listenOnLoopback, LOOPBACK } from './loopback-port.ts'

const RECORD = 'issuers'

export interface IssuersOptions {
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly authority: KeyPair
  /** Where to listen the first time, 0 for a free port. Later it is the same one: issuers must not move. */
  readonly port: number
  readonly issuerKey: IssuerKey
}

export interface Issuers {
  /** What the URLs of issuers begin with: `https://127.0.0.1:4567` */
  readonly url: string
  close(): Promise<void>
}

/**
 * Opens the address of the issuers, at the port that tokens and IAM's providers name since the first start.
 * @throws UserError when that port is taken
 */
export async function startIssuers(options: IssuersOptions): Promise<Issuers> {
  const { store, authority, issuerKey } = options
  const ports = new Table<number>(store, 'region/issuers')
  const known = ports.get(RECORD)
  const serving = await issueServerCertificate(authority, [LOOPBACK, 'localhost'], options)
  // The authority's own certificate comes last: eksctl takes the thumbprint of the last one.
  const server = createServer({ key: serving.key, cert: `${serving.cert}\n${authority.cert}` })
  outlastHoldUps(server)
  const port =
    known === undefined ? await listenFirst(server, options.port) : await listenAgain(server, known)
  if (known === undefined) await ports.put(RECORD, port)
  const url = `https://${LOOPBACK}:${port}`
  server.on('request', (request, response) => {
    answer(request, response, { url, issuerKey }).catch(() => response.destroy())
  })
  return {
    url,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

// Nobody knows the address yet: any port will do.
async function listenFirst(server: Server, port: number): Promise<number> {
  return (
    (await listenOnLoopback(server, port)) ?? (await listenOnLoopback(server, 0)) ?? Promise.reject(taken(0))
  )
}

async function listenAgain(server: Server, port: number): Promise<number> {
  return (await listenOnLoopback(server, port)) ?? Promise.reject(taken(port))
}

function taken(port: number): UserError {
  return new UserError(`the OIDC issuers of this region cannot listen on ${LOOPBACK}:${port}`, {
    help: 'Stop what uses the port: the issuers of clusters keep their address, which IAM roles name.',
  })
}

async function answer(
  { method, url: path = '/' }: IncomingMessage,
  response: ServerResponse,
  { url, issuerKey }: { readonly url: string; readonly issuerKey: IssuerKey },
): Promise<void> {
  const [, id, document] = /^(\/id\/[^/?]+)\/(keys|\.well-known\/openid-configuration)$/.exec(path) ?? []
  const issuer = url + id
  const pem = id === undefined || method !== 'GET' ? undefined : issuerKey(issuer)
  if (pem === undefined) return send(response, 404, { message: 'Not Found' })
  if (document !== 'keys') return send(response, 200, discovery(issuer))
  // Loaded by need: the keys of tokens are part of the API server, which runs by now.
  const { publicJwk } = await import('../kubernetes/server/service-account-tokens.ts')
  send(response, 200, { keys: [await publicJwk(pem)] })
}

function discovery(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/keys`,
    authorization_endpoint: 'urn:kubernetes:programmatic_authorization',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    claims_supported: ['sub', 'iss'],
    id_token_signing_alg_values_supported: ['RS256'],
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
