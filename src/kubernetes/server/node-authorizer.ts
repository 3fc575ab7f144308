// Owns what nodes may do: read what their own pods use, and little else.
// Source: kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go (rules and wording).
import type { PolicyRule } from '../../../generated/kubernetes.d.ts'
import { qualifiedResource } from '../../rules/kubernetes/resource-names.ts'
import type { Storage } from '../registry/storage.ts'
import { parseFieldSelector } from '../resources/selector.ts'
import { nodeNameOf, podsOfNode, referencesOf, type PodReferences } from './node-identity.ts'
import type { Authorizer, Decision, RequestAttributes } from './ports.ts'
import { allows } from './rbac.ts'

const LEASE_NAMESPACE = 'kube-node-lease'

const deny = (noOpinion: string): Decision => ({ noOpinion })

/**
 * The Node authorizer. It has an opinion on users of the group `system:nodes` alone; `rules` are those of the cluster
 * role `system:node`, which hold for every resource that is not subdivided.
 */
export function createNodeAuthorizer(storage: Storage, rules: readonly PolicyRule[]): Authorizer {
  return {
    authorize(attributes) {
      const node = nodeNameOf(attributes.user)
      if (node === undefined) return 'no-opinion'
      if (node === '') return deny(`unknown node for user ${JSON.stringify(attributes.user.username)}`)
      return new NodeDecision(storage, rules, node).decide(attributes)
    },
  }
}

class NodeDecision {
  readonly #storage: Storage
  readonly #rules: readonly PolicyRule[]
  readonly #node: string

  constructor(storage: Storage, rules: readonly PolicyRule[], node: string) {
    this.#storage = storage
    this.#rules = rules
    this.#node = node
  }

  decide(attributes: RequestAttributes): Decision {
    if (attributes.path === undefined) {
      const { group, resource } = attributes
      switch (qualifiedResource({ plural: resource, group })) {
        case 'secrets':
        case 'configmaps':
          return this.#read(attributes)
        case 'persistentvolumeclaims':
          return attributes.subresource === 'status' ? this.#updateStatus(attributes) : this.#get(attributes)
        case 'serviceaccounts':
          return this.#createToken(attributes)
        case 'leases.coordination.k8s.io':
          return this.#lease(attributes)
        case 'csinodes.storage.k8s.io':
          return this.#csiNode(attributes)
        case 'nodes':
          return this.#ownNode(attributes)
        case 'pods':
          return this.#pod(attributes)
      }
    }
    return this.#rules.some((rule) => allows(rule, attributes)) ? 'allow' : 'no-opinion'
  }

  #read(attributes: RequestAttributes): Decision {
    if (!['get', 'list', 'watch'].includes(attributes.verb))
      return deny('can only read resources of this type')
    if (attributes.subresource) return deny('cannot read subresource')
    if (!attributes.namespace) return deny('can only read namespaced object of this type')
    return this.#related(attributes)
  }

  #get(attributes: RequestAttributes): Decision {
    if (attributes.verb !== 'get') return deny('can only get individual resources of this type')
    if (attributes.subresource) return deny('cannot get subresource')
    return this.#related(attributes)
  }

  #updateStatus(attributes: RequestAttributes): Decision {
    const { verb } = attributes
    return verb === 'update' || verb === 'patch'
      ? this.#related(attributes)
      : deny('can only get/update/patch this type')
  }

  #related({ resource, namespace, name }: RequestAttributes): Decision {
    if (!name) return deny('No Object name found')
    const isUsed = podsOfNode(this.#storage, this.#node, namespace).some((pod) =>
      resource === 'pods'
        ? pod.metadata.name === name
        : // The switch above names the resources that pods refer to.
          referencesOf(pod)[resource as keyof PodReferences].has(name),
    )
    return isUsed ? 'allow' : deny(`no relationship found between node '${this.#node}' and this object`)
  }

  #createToken(attributes: RequestAttributes): Decision {
    const { verb, name, subresource } = attributes
    if (verb !== 'create' || !name) return deny('can only create tokens for individual service accounts')
    if (subresource !== 'token') return deny('can only create token subresource of serviceaccount')
    return this.#related(attributes)
  }

  #lease({ verb, namespace, name }: RequestAttributes): Decision {
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) {
      return deny('can only get, create, update, patch, or delete a node lease')
    }
    if (namespace !== LEASE_NAMESPACE) {
      return deny(`can only access leases in the ${JSON.stringify(LEASE_NAMESPACE)} system namespace`)
    }
    // The name of what is created is admission's to check.
    if (verb !== 'create' && name !== this.#node) {
      return deny('can only access node lease with the same name as the requesting node')
    }
    return 'allow'
  }

  #csiNode({ verb, subresource, name }: RequestAttributes): Decision {
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) {
      return deny('can only get, create, update, patch, or delete a CSINode')
    }
    if (subresource) return deny('cannot authorize CSINode subresources')
    if (verb !== 'create' && name !== this.#node) {
      return deny('can only access CSINode with the same name as the requesting node')
    }
    return 'allow'
  }

  #ownNode({ verb, subresource, name }: RequestAttributes): Decision {
    const writes = verb === 'update' || verb === 'patch'
    if (subresource === 'status') return writes ? 'allow' : 'no-opinion'
    if (subresource) return 'no-opinion'
    // Which node may be written is admission's to check.
    if (writes || verb === 'create') return 'allow'
    if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return 'no-opinion'
    if (name === this.#node) return 'allow'
    return deny(
      name
        ? `node '${this.#node}' cannot read '${name}', only its own Node object`
        : `node '${this.#node}' cannot read all nodes, only its own Node object`,
    )
  }

  #pod(attributes: RequestAttributes): Decision {
    const { verb, subresource, name } = attributes
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? 'allow' : 'no-opinion'
    if (subresource === 'eviction') return verb === 'create' ? 'allow' : 'no-opinion'
    if (subresource) return 'no-opinion'
    // Mirror pods; which ones is admission's to check.
    if (verb === 'create' || verb === 'delete') return 'allow'
    if (verb === 'get') return this.#get(attributes)
    if (verb !== 'list' && verb !== 'watch') return 'no-opinion'
    if (this.#selectsOwnPods(attributes.fieldSelector)) return 'allow'
    return name
      ? this.#related(attributes)
      : deny('can only list/watch pods with spec.nodeName field selector')
  }

  #selectsOwnPods(fieldSelector: string | undefined): boolean {
    if (!fieldSelector) return false
    return parseFieldSelector(fieldSelector).some(
      (term) => term.key === 'spec.nodeName' && term.operator === 'in' && term.values[0] === this.#node,
    )
  }
}
