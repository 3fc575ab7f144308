// Owns the TargetGroupBindings that stand for what Services and Ingresses have bound: made, kept, and removed with them.
// Source: aws-load-balancer-controller, pkg/deploy/elbv2/target_group_binding_manager.go.
import { isAlreadyExists, isNotFound } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import type { KubernetesClient, KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { splitKey, type ControllerContext } from '../../reconcile/controller.ts'
import { modify, modifyStatus } from '../../reconcile/modify.ts'
import { bindingFinalizer, CHART, GATEWAY_PREFIXES, type Edition } from '../../rules/load-balancer/edition.ts'
import { bindingSpec, type TargetGroupBindingSpec } from '../../rules/load-balancer/target-group-binding.ts'
import type { Binding } from './bindings.ts'

/** The object, as its custom resource definition has it. */
export interface TargetGroupBinding extends KubernetesObject {
  readonly spec: TargetGroupBindingSpec
  readonly status?: { readonly observedGeneration?: number }
}

/** The kind, as the controller of this edition has it. */
export function bindingsOf({ group, version }: Edition): Resource<TargetGroupBinding> {
  return { group, version, plural: 'targetgroupbindings', kind: 'TargetGroupBinding', namespaced: true }
}

/** Those of the controller that its chart installs. */
export const targetGroupBindings = bindingsOf(CHART)

/** Whether the definition of the kind is installed. */
export async function isBindingServed(client: KubernetesClient): Promise<boolean> {
  try {
    await client.list(targetGroupBindings, { limit: 1 })
    return true
  } catch (error) {
    // Whatever else is wrong is for those to wait out who read them.
    return !isNotFound(error)
  }
}

/** Labels that say whose a binding is: a Service's, or a group's of Ingresses. */
export type StackLabels = Readonly<Record<string, string>>

/** The labels of a Service's bindings. */
export function serviceLabels(serviceKey: string, { service }: Edition): StackLabels {
  const { namespace = '', name } = splitKey(serviceKey)
  return { [`${service}/stack-namespace`]: namespace, [`${service}/stack-name`]: name }
}

/** The labels of the bindings of a group: `namespace/name` of an Ingress that is alone, or the group's name. */
export function groupLabels(groupId: string, { ingress }: Edition): StackLabels {
  const { namespace, name } = splitKey(groupId)
  if (namespace === undefined) return { [`${ingress}/stack`]: name }
  return { [`${ingress}/stack-namespace`]: namespace, [`${ingress}/stack-name`]: name }
}

/** The labels of the bindings of a Gateway. */
export function gatewayLabels(gatewayKey: string, flavor: keyof typeof GATEWAY_PREFIXES): StackLabels {
  const { namespace = '', name } = splitKey(gatewayKey)
  const prefix = GATEWAY_PREFIXES[flavor]
  return { [`${prefix}/stack-namespace`]: namespace, [`${prefix}/stack-name`]: name }
}

/** What the bindings of an owner are marked with. */
export interface BindingMetadata {
  readonly labels: StackLabels
  /** What the owner asks for besides. */
  readonly extra?: { readonly labels: StackLabels; readonly annotations: StackLabels }
}

/** Whether the controller has made it, for a Service, for Ingresses or for a Gateway. */
export function isMade(
  { metadata: { labels = {} } }: KubernetesObject,
  { service, ingress }: Edition,
): boolean {
  const named = [service, ingress, ...Object.values(GATEWAY_PREFIXES)].map((each) => `${each}/stack-name`)
  return [...named, `${ingress}/stack`].some((label) => label in labels)
}

/** The objects of one cluster; they are nothing where their kind is not served. */
export class BindingObjects {
  readonly #context: ControllerContext
  readonly #vpcId: string
  readonly #edition: Edition
  readonly isServed: boolean
  readonly resource: Resource<TargetGroupBinding>

  constructor(
    context: ControllerContext,
    { vpcId, isServed, edition }: { vpcId: string; isServed: boolean; edition: Edition },
  ) {
    this.#context = context
    this.#vpcId = vpcId
    this.#edition = edition
    this.isServed = isServed
    this.resource = bindingsOf(edition)
  }

  /** The object of a target group, by the key of its Service. */
  get(serviceKey: string, name: string): TargetGroupBinding | undefined {
    if (!this.isServed) return undefined
    const { namespace = '' } = splitKey(serviceKey)
    return this.#context.informer(this.resource).get(`${namespace}/${name}`)
  }

  /** Those that the controller has not made. */
  foreign(): readonly TargetGroupBinding[] {
    if (!this.isServed) return []
    return this.#context
      .informer(this.resource)
      .list()
      .filter((object) => !isMade(object, this.#edition))
  }

  /** Makes and changes objects so that there is one for each binding, and removes the others of these labels. */
  async sync(
    labels: StackLabels,
    bound: readonly Binding[],
    extra?: BindingMetadata['extra'],
  ): Promise<void> {
    if (!this.isServed) return
    const there = this.#context
      .informer(this.resource)
      .list()
      .filter(({ metadata }) =>
        Object.entries(labels).every(([key, value]) => metadata.labels?.[key] === value),
      )
    for (const binding of bound) await this.#ensure({ labels, ...(extra && { extra }) }, binding)
    const wanted = new Set(bound.map(({ model }) => `${splitKey(model.serviceKey).namespace}/${model.name}`))
    for (const object of there) {
      if (wanted.has(`${object.metadata.namespace}/${object.metadata.name}`)) continue
      await this.#remove(object)
    }
  }

  /** Says that what the object asks for has been done. @returns whether that is news */
  async observe({ metadata, status }: TargetGroupBinding): Promise<boolean> {
    if (status?.observedGeneration === metadata.generation) return false
    const { namespace = '', name, generation } = metadata
    await modifyStatus(this.#context.client, {
      resource: this.resource,
      key: { namespace, name },
      change: (current) => ({
        ...current,
        status: { ...current.status, observedGeneration: generation ?? 0 },
      }),
    }).catch(ignoreGone)
    return true
  }

  /** Takes the finalizer away: nothing in AWS is left of it. */
  async release({ metadata: { namespace = '', name } }: TargetGroupBinding): Promise<void> {
    await modify(this.#context.client, {
      resource: this.resource,
      key: { namespace, name },
      change: (current) => {
        const { finalizers = [] } = current.metadata
        if (!finalizers.includes(bindingFinalizer(this.#edition))) return undefined
        const left = finalizers.filter((each) => each !== bindingFinalizer(this.#edition))
        return { ...current, metadata: { ...current.metadata, finalizers: left } }
      },
    }).catch(ignoreGone)
  }

  async #ensure({ labels, extra }: BindingMetadata, { model, arn, networking }: Binding): Promise<void> {
    const { client } = this.#context
    const { namespace = '' } = splitKey(model.serviceKey)
    const key = { namespace, name: model.name }
    const spec = bindingSpec(model, { arn, vpcId: this.#vpcId, networking })
    const known = this.get(model.serviceKey, model.name)
    if (known && deepEqual(known.spec, spec) && !known.metadata.deletionTimestamp) return
    if (!known) {
      const { annotations = {}, labels: own = {} } = extra ?? {}
      const metadata = {
        ...key,
        labels: { ...own, ...labels },
        ...(Object.keys(annotations).length > 0 && { annotations }),
        finalizers: [bindingFinalizer(this.#edition)],
      }
      const isMade = await client.create(this.resource, { metadata, spec }).then(
        () => true,
        (error: unknown) => {
          if (!isAlreadyExists(error)) throw error
          return false
        },
      )
      if (isMade) return
    }
    await modify(client, {
      resource: this.resource,
      key,
      change: (current) => (deepEqual(current.spec, spec) ? undefined : { ...current, spec }),
    }).catch(ignoreGone)
  }

  async #remove(object: TargetGroupBinding): Promise<void> {
    const { namespace = '', name } = object.metadata
    await this.#context.client.delete(this.resource, { namespace, name }).catch(ignoreGone)
    await this.release(object)
  }
}

function ignoreGone(error: unknown): void {
  if (!isNotFound(error)) throw error
}
