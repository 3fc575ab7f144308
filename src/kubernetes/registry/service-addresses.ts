// Owns cluster IPs and node ports: who has which, and which one is next.
import { isIP } from 'node:net'

import type { Service, ServicePort } from '../../../generated/kubernetes.d.ts'
import {
  addressRange,
  canonicalIp,
  familyOf,
  type AddressRange,
  type IpFamily,
} from '../../base/address-range.ts'
import type { Ids } from '../../base/ids.ts'
import type { KubernetesObject } from '../client/client.ts'
import { invalid, invalidStatus, type FieldError } from '../resources/field-error.ts'
import type { Kind } from '../resources/kind.ts'
import { validateIp } from '../resources/ip-rules.ts'
import { isOfAnyFamily, needsHealthCheckPort, serviceKind } from '../resources/service.ts'
import type { Storage } from './storage.ts'

const FIRST_NODE_PORT = 30000
const LAST_NODE_PORT = 32767

/** An object with its addresses; `settle` must be called once it is stored, or not. */
export interface Allocation {
  readonly object: KubernetesObject
  settle(): void
}

/** Gives out addresses of services. What is given out is what stored services have: nothing to leak or repair. */
export class ServiceAddresses {
  readonly #storage: Storage
  readonly #ids: Ids
  readonly #range: AddressRange
  /** Given to services that are being written right now. */
  readonly #pending = new Set<string>()

  constructor(storage: Storage, ids: Ids, cidr: string) {
    this.#storage = storage
    this.#ids = ids
    this.#range = addressRange(cidr)
  }

  /** The family of the cluster's Services. */
  get family(): IpFamily {
    return this.#range.family
  }

  /** The first address: that of the `kubernetes` service. */
  get firstIp(): string {
    return this.#range.at(1)
  }

  /** Completes a service. Other kinds pass through. @throws StatusError Invalid when an address is not to be had. */
  allocate(
    kind: Kind,
    object: KubernetesObject,
    { old, dryRun = false }: { readonly old?: KubernetesObject; readonly dryRun?: boolean } = {},
  ): Allocation {
    if (kind.resource.plural !== serviceKind.resource.plural) return { object, settle: () => undefined }
    // The kind says that it is one.
    const service = object as Service
    // Nothing is taken in a dry run, and nothing is asked of the ranges.
    const taken = dryRun ? new Set<string>() : this.#taken(service.metadata.uid)
    const reserved: string[] = []
    const reserve = (value: string): void => {
      taken.add(value)
      // What a dry run takes must neither be missed by real writes nor be freed of theirs when it settles.
      if (dryRun) return
      reserved.push(value)
      this.#pending.add(value)
    }
    const settle = (): void => {
      for (const value of reserved) this.#pending.delete(value)
    }
    try {
      const session = { taken, reserve, dryRun, errors: [] as FieldError[] }
      const withIp = this.#withClusterIp(service, session)
      const withPorts = this.#withNodePorts(withIp, old as Service | undefined, session)
      const done = this.#withHealthCheckPort(withPorts, session)
      if (session.errors.length > 0) {
        throw invalidStatus(kind.resource, service.metadata.name, session.errors)
      }
      return { object: done, settle }
    } catch (error) {
      settle()
      throw error
    }
  }

  #taken(exceptUid: string): Set<string> {
    const taken = new Set(this.#pending)
    for (const item of this.#storage.list(serviceKind).items) {
      if (item.metadata.uid === exceptUid) continue
      const { spec } = item
      if (spec.clusterIP) taken.add(spec.clusterIP)
      for (const { nodePort } of spec.ports ?? []) if (nodePort) taken.add(String(nodePort))
      if (spec.healthCheckNodePort) taken.add(String(spec.healthCheckNodePort))
    }
    return taken
  }

  #withClusterIp(service: Service, session: Session): Service {
    const { spec } = service
    if (spec.type === 'ExternalName') {
      const { clusterIP: _ip, clusterIPs: _ips, ipFamilies: _f, ipFamilyPolicy: _p, ...rest } = spec
      return { ...service, spec: rest }
    }
    session.errors.push(...this.#checkFamilies(spec))
    if (spec.clusterIP === 'None') {
      return { ...service, spec: { ...spec, clusterIPs: ['None'], ...this.#families(service) } }
    }
    const ip = spec.clusterIP ? canonicalIp(spec.clusterIP) : this.#nextIp(session)
    if (spec.clusterIP && session.errors.length === 0) session.errors.push(...this.#checkIp(ip, session))
    if (!session.taken.has(ip)) session.reserve(ip)
    return { ...service, spec: { ...spec, clusterIP: ip, clusterIPs: [ip], ...this.#families(service) } }
  }

  // A cluster of EKS has addresses of one family. Upstream reads the family of a Service off its address where it names none.
  #checkFamilies(spec: Service['spec']): FieldError[] {
    if (isOfAnyFamily(spec)) return []
    const { clusterIP, ipFamilies, ipFamilyPolicy } = spec
    const told = clusterIP && isIP(clusterIP) !== 0 ? [familyOf(clusterIP)] : []
    const families = ipFamilies && ipFamilies.length > 0 ? ipFamilies : told
    const errors = families.flatMap((family, i) =>
      family === this.#range.family
        ? []
        : [invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster')],
    )
    if (ipFamilyPolicy === 'RequireDualStack') {
      const detail = 'this cluster is not configured for dual-stack services'
      errors.push(invalid('spec.ipFamilyPolicy', ipFamilyPolicy, detail))
    }
    return errors
  }

  #families({ spec }: Service): Pick<Service['spec'], 'ipFamilies' | 'ipFamilyPolicy'> {
    const ipFamilyPolicy = spec.ipFamilyPolicy ?? (isOfAnyFamily(spec) ? 'RequireDualStack' : 'SingleStack')
    const both = isOfAnyFamily(spec) && ipFamilyPolicy !== 'SingleStack'
    const { family } = this.#range
    const all: IpFamily[] = [family, family === 'IPv4' ? 'IPv6' : 'IPv4']
    return { ipFamilies: spec.ipFamilies ?? (both ? all : [family]), ipFamilyPolicy }
  }

  #checkIp(ip: string, { taken, dryRun }: Session): FieldError[] {
    const refuse = (why: string): FieldError[] => [
      invalid('spec.clusterIPs', [ip], `failed to allocate IP ${ip}: ${why}`),
    ]
    if (isIP(ip) === 0) return validateIp('spec.clusterIPs[0]', ip)
    const { cidr, size } = this.#range
    const index = this.#range.indexOf(ip) ?? 0
    if (!dryRun && (index < 1 || index >= size - 1)) {
      return refuse(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${cidr}`)
    }
    return taken.has(ip) ? refuse('provided IP is already allocated') : []
  }

  // Random, as upstream, so that an address is not soon given to another service; then the next free one.
  #nextIp({ taken }: Session): string {
    const usable = this.#range.size - 2
    const start = this.#ids.below(usable)
    for (let step = 0; step < usable; step += 1) {
      const offset = 1 + ((start + step) % usable)
      const ip = this.#range.at(offset)
      if (offset !== 1 && !taken.has(ip)) return ip
    }
    throw invalidStatus(serviceKind.resource, '', [
      invalid('spec.clusterIPs', [''], 'failed to allocate a serviceIP: range is full'),
    ])
  }

  #withNodePorts(service: Service, old: Service | undefined, session: Session): Service {
    const { spec } = service
    if (!spec.ports) return service
    const wanted =
      spec.type === 'NodePort' ||
      (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false)
    const ports = spec.ports.map((port, index) => {
      if (!wanted && spec.type !== 'LoadBalancer') return withoutNodePort(port)
      if (port.nodePort) return this.#keepNodePort(port, index, session)
      return wanted ? this.#giveNodePort(port, old, session) : port
    })
    return { ...service, spec: { ...spec, ports } }
  }

  // The port on which each node says whether it has a pod of the service; out of the same range as node ports.
  #withHealthCheckPort(service: Service, session: Session): Service {
    const { spec } = service
    if (!needsHealthCheckPort(spec)) return service
    if (spec.healthCheckNodePort) {
      this.#reserveNodePort(spec.healthCheckNodePort, 'spec.healthCheckNodePort', session)
      return service
    }
    const healthCheckNodePort = this.#freeNodePort(session)
    if (healthCheckNodePort === undefined) {
      const text = 'failed to allocate a nodePort: range is full'
      session.errors.push(invalid('spec.healthCheckNodePort', 0, text))
      return service
    }
    session.reserve(String(healthCheckNodePort))
    return { ...service, spec: { ...spec, healthCheckNodePort } }
  }

  #keepNodePort(port: ServicePort, index: number, session: Session): ServicePort {
    this.#reserveNodePort(port.nodePort ?? 0, `spec.ports[${index}].nodePort`, session)
    return port
  }

  #reserveNodePort(nodePort: number, field: string, session: Session): void {
    if (!session.dryRun && (nodePort < FIRST_NODE_PORT || nodePort > LAST_NODE_PORT)) {
      session.errors.push(
        invalid(
          field,
          nodePort,
          `provided port is not in the valid range. The range of valid ports is ${FIRST_NODE_PORT}-${LAST_NODE_PORT}`,
        ),
      )
    } else if (session.taken.has(String(nodePort))) {
      session.errors.push(invalid(field, nodePort, 'provided port is already allocated'))
    } else session.reserve(String(nodePort))
  }

  #giveNodePort(port: ServicePort, old: Service | undefined, session: Session): ServicePort {
    // A client that sends its own copy without node ports gets the ones it has (patchAllocatedValues).
    const before = old?.spec.ports?.find((p) => p.port === port.port && p.protocol === port.protocol)
    const nodePort = before?.nodePort ?? this.#freeNodePort(session)
    if (nodePort === undefined) {
      session.errors.push(
        invalid('spec.ports[0].nodePort', 0, 'failed to allocate a nodePort: range is full'),
      )
      return port
    }
    session.reserve(String(nodePort))
    return { ...port, nodePort }
  }

  // Random, as upstream; undefined when all are taken.
  #freeNodePort({ taken }: Session): number | undefined {
    const count = LAST_NODE_PORT - FIRST_NODE_PORT + 1
    const start = this.#ids.below(count)
    for (let step = 0; step < count; step += 1) {
      const candidate = FIRST_NODE_PORT + ((start + step) % count)
      if (!taken.has(String(candidate))) return candidate
    }
    return undefined
  }
}

interface Session {
  readonly dryRun: boolean
  readonly taken: Set<string>
  readonly reserve: (value: string) => void
  readonly errors: FieldError[]
}

// Going back to ClusterIP drops the node ports, even when the client sends them along.
function withoutNodePort(port: ServicePort): ServicePort {
  const { nodePort: _nodePort, ...rest } = port
  return rest
}
