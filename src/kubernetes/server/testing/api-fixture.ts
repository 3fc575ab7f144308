// Owns a small API server for tests: memory store, a clock, nothing behind the kubelet.
import { connect } from 'node:net'

import { systemClock, type Clock } from '../../../base/clock.ts'
import { StatusError } from '../../../base/errors.ts'
import { randomIds } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { createMemoryStore } from '../../../store/memory-store.ts'
import type { KubernetesClient } from '../../client/client.ts'
import { createFrontProxy } from '../aggregation/front-proxy.ts'
import { CONTROL_PLANE, createApiServer, type ApiServer, type ApiServerOptions } from '../api-server.ts'
import { createServiceAccountKeys } from '../certificates.ts'
import type { ClusterNetwork, KubeletGateway, TokenAuthenticator } from '../ports.ts'

/** Tokens that tests use: `admin` is in system:masters, any `user:NAME` is that user. */
const testTokens: TokenAuthenticator = {
  async authenticate(token) {
    if (token === 'admin') return { username: 'kubernetes-admin', groups: ['system:masters'] }
    return token.startsWith('user:') ? { username: token.slice(5), groups: [] } : undefined
  },
}

const noKubelet: KubeletGateway = {
  logs() {
    throw new StatusError('InternalError', 'no kubelet')
  },
  exec: () => Promise.reject(new StatusError('InternalError', 'no kubelet')),
  attach: () => Promise.reject(new StatusError('InternalError', 'no kubelet')),
  portForward: () => Promise.reject(new StatusError('InternalError', 'no kubelet')),
}

/** A cluster whose addresses are all of this machine. */
const loopback: ClusterNetwork = {
  dial: (_ip, port) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port })
      socket.once('connect', () => resolve(socket))
      socket.once('error', reject)
    }),
}

// Made once: servers over one store are one cluster.
const frontProxy = createFrontProxy({ clock: systemClock, ids: randomIds })

export interface ApiFixture {
  readonly server: ApiServer
  /** With all rights. */
  readonly client: KubernetesClient
}

/** An API server with nothing in it but what every cluster has. */
export async function createApiFixture(
  options: { clock?: Clock } & Partial<ApiServerOptions> = {},
): Promise<ApiFixture> {
  const server = await createApiServer({
    store: createMemoryStore(),
    storePrefix: '/test/',
    version: '1.34',
    clock: systemClock,
    ids: randomIds,
    log: silentLog,
    serviceCidr: '10.100.0.0/16',
    authenticators: [testTokens],
    authorizers: [],
    admission: [],
    kubelet: noKubelet,
    network: loopback,
    serviceAccountIssuer: 'https://oidc.test/id/1',
    serviceAccountKeys: await createServiceAccountKeys(),
    frontProxy: await frontProxy,
    ...options,
  })
  return { server, client: server.client(CONTROL_PLANE, 'test') }
}
