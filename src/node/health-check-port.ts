// Owns the answer on a Service's health check node port, which a load balancer asks: has this node a pod of the Service?
// Source: kubernetes pkg/proxy/healthcheck/service_health.go.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What one node says of one Service. */
export interface LocalEndpoints {
  readonly namespace: string
  readonly name: string
  /** How many ready pods of the Service the node has. */
  readonly count: number
}

/** Answers for the kube-proxies of all nodes of a cluster. */
export class HealthCheckPort {
  readonly #asked = new WeakMap<Duplex, LocalEndpoints>()
  // Never listens itself: it parses HTTP on connections that are handed to it.
  readonly #http = createServer((request, response) => this.#answer(request, response))

  /** Serves a connection with what the node has to say when it comes. */
  accept(stream: Duplex, local: LocalEndpoints): void {
    this.#asked.set(stream, local)
    this.#http.emit('connection', stream)
  }

  #answer({ socket }: IncomingMessage, response: ServerResponse): void {
    const local = this.#asked.get(socket)
    if (!local) return void socket.destroy()
    const { namespace, name, count } = local
    response.writeHead(count > 0 ? 200 : 503, {
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
      'x-load-balancing-endpoint-weight': String(count),
    })
    const body = { service: { namespace, name }, localEndpoints: count, serviceProxyHealthy: true }
    response.end(`${JSON.stringify(body, undefined, '\t')}\n`)
  }
}
