// Owns the cluster's name server: its own names from what is in the API, every other one from the VPC's resolver.
import type { Packet } from 'dns-packet'

import { endpointSlices, namespaces, services } from '../kubernetes/client/resources.ts'
import type { DnsHandler } from '../network/dns/server.ts'
import type { ControllerContext } from '../reconcile/controller.ts'
import { answerInZone, type ZoneView } from './cluster-zone.ts'

const BY_SERVICE = 'service'
const BY_ADDRESS = 'address'
const BY_CLUSTER_IP = 'clusterIP'
const DOMAIN = 'cluster.local'
const REFUSED = 5

/** @param resolver answers for names that are not the cluster's */
export function createClusterDns(cluster: ControllerContext, resolver: DnsHandler): DnsHandler {
  const view = zoneView(cluster)
  return async (query, client): Promise<Packet> => {
    const [question] = query.questions ?? []
    if (!question) return { flags: REFUSED }
    const own = answerInZone(question, view)
    if (!own) return await resolver(query, client)
    const [first] = own.answers ?? []
    if (first?.type !== 'CNAME' || question.type === 'CNAME') return own
    // The plugin looks up what an external name leads to, and answers with both.
    const target = { ...question, name: first.data }
    const further = answerInZone(target, view) ?? (await resolver({ ...query, questions: [target] }, client))
    return { ...own, answers: [first, ...(further.answers ?? [])] }
  }
}

function zoneView(cluster: ControllerContext): ZoneView {
  const slices = cluster.informer(endpointSlices)
  const live = cluster.informer(services)
  const known = cluster.informer(namespaces)
  slices.addIndex(BY_SERVICE, ({ metadata }) => [
    `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`,
  ])
  slices.addIndex(BY_ADDRESS, ({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses))
  live.addIndex(BY_CLUSTER_IP, ({ spec }) => (spec.clusterIP ? [spec.clusterIP] : []))
  return {
    domain: DOMAIN,
    hasNamespace: (name) => known.get(name) !== undefined,
    service: (namespace, name) => live.get(`${namespace}/${name}`),
    slicesOf: ({ metadata }) => slices.byIndex(BY_SERVICE, `${metadata.namespace}/${metadata.name}`),
    servicesAt: (ip) => live.byIndex(BY_CLUSTER_IP, ip),
    slicesAt: (ip) => slices.byIndex(BY_ADDRESS, ip),
  }
}
