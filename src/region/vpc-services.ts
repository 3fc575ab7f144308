// Owns what AWS has at fixed addresses in every VPC, for the real pods in it: its resolver, the metadata service, the agent
// of EKS Pod Identity, and the region's endpoint.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'

import type { Log } from '../base/log.ts'
import { connectTcp } from '../network/dialer.ts'
import type { DnsHandler } from '../network/dns/server.ts'
import type { Edge } from '../network/edge/edge.ts'
import type { VpcNetwork } from '../network/vpc/vpc-networks.ts'
import { Mirrors, type Mirror } from '../node/mirrors.ts'
import { resolverAddress, type MetadataAnswer } from './instance-metadata.ts'
import { createVpcBalancers } from './vpc-balancers.ts'

const METADATA_IP = '169.254.169.254'
const POD_IDENTITY_IP = '169.254.170.23'
const AWS_PORT = 4566
const HTTP_PORT = 80
const DNS_PORT = 53

/** A request of a pod, and where in the VPC it comes from. */
export interface PodRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly vpcId: string
  readonly from: string
}

export interface VpcServicesOptions {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string
  readonly log: Log
  /** Undefined: no answer arrives. */
  metadata(request: PodRequest): Promise<MetadataAnswer | undefined>
  podIdentity(request: PodRequest): Promise<MetadataAnswer | undefined>
  readonly resolver: DnsHandler
  /** Undefined: names of load balancers are not known. */
  readonly edge: Pick<Edge, 'resolve' | 'fronts' | 'onChange'> | undefined
}

/** The address of the region's endpoint within a VPC. */
export function endpointIn({ router }: Pick<VpcNetwork, 'router'>): string {
  return `http://${router}:${AWS_PORT}`
}

/** Serves them once in each VPC, however many clusters are in it. */
export function createVpcServices(options: VpcServicesOptions): VpcServices {
  const served = new Map<string, { readonly part: Promise<ServedVpcPart>; users: number }>()
  return {
    async serve(network, vpc) {
      const known = served.get(vpc.id) ?? { part: serveVpc({ network, vpc }, options), users: 0 }
      known.users++
      served.set(vpc.id, known)
      // One that could not start is tried again by the next cluster.
      known.part.catch(() => served.delete(vpc.id))
      const part = await known.part
      return {
        resolver: part.resolver,
        async end() {
          if (--known.users > 0) return
          served.delete(vpc.id)
          await part.end()
        },
      }
    },
  }
}

export interface VpcServices {
  /** @throws CommandError, SocketError */
  serve(network: ServedNetwork, vpc: ServedVpc): Promise<ServedVpcPart>
}

/** What is served in a VPC. */
export interface ServedVpcPart {
  /** The VPC's name server, which knows load balancers by the addresses that they have in it. */
  readonly resolver: DnsHandler
  /** Ends this use. */
  end(): Promise<void>
}

type ServedNetwork = Pick<VpcNetwork, 'own' | 'disown' | 'sockets' | 'router'>

interface ServedVpc {
  readonly id: string
  readonly cidr: string
}

async function serveVpc(
  { network, vpc }: { readonly network: ServedNetwork; readonly vpc: ServedVpc },
  options: VpcServicesOptions,
): Promise<ServedVpcPart> {
  const { log, edge } = options
  const balancers = edge && createVpcBalancers({ network, edge, resolver: options.resolver, log })
  const resolver = balancers?.resolver ?? options.resolver
  const { hostname, port } = new URL(options.endpoint)
  const mirrors = new Mirrors({ network, dns: resolver, log })
  const metadata = httpServer(vpc.id, (request) => options.metadata(request))
  const podIdentity = httpServer(vpc.id, (request) => options.podIdentity(request))
  const dnsIp = resolverAddress(vpc.cidr)
  const wanted: Mirror[] = [
    { ip: dnsIp, port: DNS_PORT, protocol: 'udp' },
    { ip: dnsIp, port: DNS_PORT, protocol: 'tcp' },
    {
      ip: METADATA_IP,
      port: HTTP_PORT,
      protocol: 'tcp',
      accept: (socket) => void metadata.emit('connection', socket),
    },
    {
      ip: POD_IDENTITY_IP,
      port: HTTP_PORT,
      protocol: 'tcp',
      accept: (socket) => void podIdentity.emit('connection', socket),
    },
    { ip: network.router, port: AWS_PORT, protocol: 'tcp', dial: () => connectTcp(hostname, Number(port)) },
  ]
  await mirrors.keep(wanted)
  return {
    resolver,
    async end() {
      await balancers?.close()
      await mirrors.keep([])
      for (const server of [metadata, podIdentity]) server.closeAllConnections()
    },
  }
}

function httpServer(
  vpcId: string,
  answer: (request: PodRequest) => Promise<MetadataAnswer | undefined>,
): Server {
  const listener: RequestListener = (request, response) => {
    answer(podRequest(request, vpcId)).then(
      (found) => (found ? send(response, found) : request.socket.resetAndDestroy()),
      () => send(response, { status: 500, body: 'Internal Server Error' }),
    )
  }
  return createServer(listener)
}

function podRequest(
  { method = 'GET', url = '/', headers, socket }: IncomingMessage,
  vpcId: string,
): PodRequest {
  // Names that come more than once (set-cookie) are none of a request.
  const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  return { method, path: url.replace(/\?.*$/, ''), headers: single, vpcId, from: socket.remoteAddress ?? '' }
}

function send(response: ServerResponse, { status, body }: MetadataAnswer): void {
  const type = body.startsWith('{') ? 'application/json' : 'text/plain'
  const length = Buffer.byteLength(body)
  response.writeHead(status, { 'content-type': type, 'content-length': length, server: 'EC2ws' }).end(body)
}
