// Owns turning Ingresses into Application Load Balancers, one for each group, and removing them again.
import type { Ingress, IngressLoadBalancerIngress } from '../../../generated/kubernetes.d.ts'
import { isNotFound, messageOf } from '../../base/errors.ts'
import { deepEqual } from '../../base/json.ts'
import { ingressClasses, ingresses, services } from '../../kubernetes/client/resources.ts'
import {
  keyOf,
  splitKey,
  type Controller,
  type ControllerContext,
  type ReconcileResult,
  type Source,
} from '../../reconcile/controller.ts'
import { modifyStatus } from '../../reconcile/modify.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { Edition } from '../../rules/load-balancer/edition.ts'
import {
  finalizedGroups,
  finalizerOf,
  GroupOrderError,
  groupOf,
  nameOf,
  sorted,
  type GroupId,
  type GroupMember,
} from '../../rules/load-balancer/ingress/group.ts'
import { isIngressProtected } from '../../rules/load-balancer/ingress/model.ts'
import type { BoundOwners } from './bound-owners.ts'
import { changeFinalizers, withFinalizer, withoutFinalizer } from './finalizers.ts'
import { isInUse, lookAgainMs } from './in-use.ts'
import { claimOf } from './ingress-classes.ts'
import type { IngressStacks } from './ingress-stacks.ts'
import { groupLabels } from './target-group-bindings.ts'

export interface IngressControllerOptions {
  readonly context: ControllerContext
  readonly stacks: IngressStacks
  readonly owners: BoundOwners
  readonly edition: Edition
  /** A group is gone: what it shared with others may go when it was the last. */
  released(id: GroupId): Promise<void>
}

/** The recorder's component, as in the events of the real controller. */
const COMPONENT = 'ingress'
const RESYNC_MS = 600_000
const RETRY_MS = 30_000

/** Two loops: one finds the group of each Ingress, the other makes the load balancers of groups. */
export function createIngressControllers(options: IngressControllerOptions): Controller[] {
  const groups = new GroupQueue()
  return [membershipController(options, groups), new GroupLoop(options, groups)]
}

/** Wakes the loop of groups. */
class GroupQueue implements Source {
  readonly #subscribers = new Set<(key: string) => void>()

  subscribe(enqueue: (key: string) => void): () => void {
    this.#subscribers.add(enqueue)
    return () => void this.#subscribers.delete(enqueue)
  }

  wake(id: GroupId): void {
    for (const enqueue of this.#subscribers) enqueue(id)
  }
}

/** The group of an Ingress: undefined when it is not the controller's. @throws BuildError */
async function memberOf(
  { context, edition }: Pick<IngressControllerOptions, 'context' | 'edition'>,
  ingress: Ingress,
): Promise<{ readonly id: GroupId; readonly member: GroupMember } | undefined> {
  if (ingress.metadata.deletionTimestamp) return undefined
  const claim = await claimOf(context, ingress, edition)
  if (!claim.isOurs) return undefined
  return { id: groupOf(ingress, claim.params, edition), member: { ingress, params: claim.params } }
}

function membershipController(options: IngressControllerOptions, groups: GroupQueue): Controller {
  const { context, edition } = options
  const all = context.informer(ingresses)
  const keysOfAll = (): string[] => all.list().map(keyOf)
  const keysBeside = ({ metadata }: { metadata: { namespace?: string } }): string[] =>
    all.list(metadata.namespace).map(keyOf)
  return {
    name: 'aws-load-balancer-controller/ingress',
    sources: [
      all.source(),
      // Backends of Ingresses, and what their annotations say.
      context.informer(services).source(keysBeside),
      context.informer(ingressClasses).source(keysOfAll),
    ],
    async reconcile(key): Promise<ReconcileResult | void> {
      const ingress = all.get(key)
      if (!ingress) return
      for (const id of finalizedGroups(ingress, edition)) groups.wake(id)
      try {
        const found = await memberOf(options, ingress)
        if (found) groups.wake(found.id)
        return
      } catch (error) {
        if (!(error instanceof BuildError)) throw error
        const message = `failed load groupID due to ${error.message}`
        context.event(ingress, { type: 'Warning', reason: 'FailedLoadGroupID', message, from: COMPONENT })
        return { requeueAfterMs: RETRY_MS }
      }
    },
  }
}

interface Members {
  readonly active: readonly GroupMember[]
  /** Those that leave. */
  readonly inactive: readonly Ingress[]
}

class GroupLoop implements Controller {
  readonly name = 'aws-load-balancer-controller/ingress-group'
  readonly concurrency = 3
  readonly sources: Controller['sources']
  readonly #options: IngressControllerOptions
  readonly #passes = new Map<GroupId, { readonly fingerprint: string; readonly atMs: number }>()

  constructor(options: IngressControllerOptions, groups: GroupQueue) {
    this.#options = options
    this.sources = [groups]
  }

  async reconcile(id: GroupId): Promise<ReconcileResult | void> {
    const { context } = this.#options
    const { active, inactive } = await this.#members(id)
    if (active.length + inactive.length === 0) return
    const fingerprint = this.#fingerprint(active)
    const last = this.#passes.get(id)
    const ageMs = context.clock.now() - (last?.atMs ?? -Infinity)
    if (inactive.length === 0 && last?.fingerprint === fingerprint && ageMs < RESYNC_MS) {
      return { requeueAfterMs: RESYNC_MS - ageMs }
    }
    const about = [...active.map(({ ingress }) => ingress), ...inactive]
    try {
      refuseProtected(inactive)
      if (active.length > 0) await this.#deploy(id, sorted(active))
      else await this.#remove(id)
      for (const ingress of inactive) await this.#release(id, ingress)
      if (active.length > 0) this.#passes.set(id, { fingerprint, atMs: context.clock.now() })
      else this.#passes.delete(id)
      return active.length > 0 ? { requeueAfterMs: RESYNC_MS } : undefined
    } catch (error) {
      if (isNotFound(error)) return { requeueAfterMs: RETRY_MS }
      if (error instanceof GroupOrderError) return { requeueAfterMs: RETRY_MS }
      if (error instanceof BuildError) {
        this.#warn(about, 'FailedBuildModel', `Failed build model due to ${error.message}`)
        return { requeueAfterMs: RETRY_MS }
      }
      if (isInUse(error)) {
        const deleted = inactive.map(({ metadata }) => metadata.deletionTimestamp).find(Boolean)
        const waitMs = lookAgainMs(deleted, context.clock.now())
        if (waitMs !== undefined) return { requeueAfterMs: waitMs }
      } else this.#warn(about, 'FailedDeployModel', `Failed deploy model due to ${messageOf(error)}`)
      throw error
    }
  }

  async #members(id: GroupId): Promise<Members> {
    const { context, edition } = this.#options
    const active: GroupMember[] = []
    const inactive: Ingress[] = []
    for (const ingress of context.informer(ingresses).list()) {
      const found = await memberOf(this.#options, ingress).catch((error: unknown) => {
        if (error instanceof BuildError) return undefined
        throw error
      })
      if (found?.id === id) active.push(found.member)
      else if (finalizedGroups(ingress, edition).includes(id)) inactive.push(ingress)
    }
    return { active, inactive }
  }

  async #deploy(id: GroupId, members: readonly GroupMember[]): Promise<void> {
    const { context, stacks, edition } = this.#options
    for (const { ingress } of members)
      await changeFinalizers(
        this.#options.context.client,
        { resource: ingresses, object: ingress },
        withFinalizer(finalizerOf(id, edition)),
      )
    const planned = await stacks.plan({ id, members })
    const { balancer, frontend, bindings: bound, isChanged } = await stacks.deploy(planned)
    await this.#options.owners.bind(groupOwner(id), bound, { labels: groupLabels(id, edition) })
    const ports = planned.model.listeners.map(({ port }) => port)
    // The controller says no protocol, and its Go type writes an empty one.
    const shown = ports.map((port) => ({ port, protocol: '' as 'TCP' }))
    const status = [
      { hostname: balancer.DNSName.toLowerCase(), ports: shown },
      ...(frontend ? [{ hostname: frontend.DNSName.toLowerCase() }] : []),
    ]
    let isShown = false
    for (const member of members) isShown = (await this.#show(member, status)) || isShown
    if (!isChanged && !isShown) return
    for (const { ingress } of members) {
      const message = 'Successfully reconciled'
      context.event(ingress, { type: 'Normal', reason: 'SuccessfullyReconciled', message, from: COMPONENT })
    }
  }

  async #remove(id: GroupId): Promise<void> {
    const { stacks, owners, edition } = this.#options
    await owners.unbind(groupOwner(id), groupLabels(id, edition), () => stacks.remove(id))
    await this.#options.released(id)
  }

  async #release(id: GroupId, ingress: Ingress): Promise<void> {
    // One that has gone over to another group shows what that one writes.
    if (ingress.status?.loadBalancer?.ingress?.length && (await this.#isLeft(ingress))) {
      await modifyStatus(this.#options.context.client, {
        resource: ingresses,
        key: splitKey(keyOf(ingress)),
        change: (current) => ({ ...current, status: { ...current.status, loadBalancer: {} } }),
      })
    }
    const finalizer = finalizerOf(id, this.#options.edition)
    await changeFinalizers(
      this.#options.context.client,
      { resource: ingresses, object: ingress },
      withoutFinalizer(finalizer),
    )
  }

  /** True for an Ingress that stays and is no longer in any group. */
  async #isLeft(ingress: Ingress): Promise<boolean> {
    if (ingress.metadata.deletionTimestamp) return false
    try {
      return (await memberOf(this.#options, ingress)) === undefined
    } catch (error) {
      if (error instanceof BuildError) return true
      throw error
    }
  }

  /** @returns whether the status was another one. */
  async #show(member: GroupMember, ingress: IngressLoadBalancerIngress[]): Promise<boolean> {
    const loadBalancer = { ingress }
    if (deepEqual(member.ingress.status?.loadBalancer ?? {}, loadBalancer)) return false
    await modifyStatus(this.#options.context.client, {
      resource: ingresses,
      key: splitKey(nameOf(member)),
      change: (current) => ({ ...current, status: { ...current.status, loadBalancer } }),
    })
    return true
  }

  // Everything that a pass depends on: the members, their classes, the Services in their namespaces.
  #fingerprint(members: readonly GroupMember[]): string {
    const all = this.#options.context.informer(services)
    const namespaces = new Set(members.map(({ ingress }) => ingress.metadata.namespace ?? ''))
    return JSON.stringify([
      members.map(({ ingress: { metadata, spec }, params }) => [
        metadata.uid,
        metadata.annotations,
        spec,
        params,
      ]),
      [...namespaces].flatMap((namespace) =>
        all.list(namespace).map(({ metadata, spec }) => [metadata.uid, metadata.annotations, spec]),
      ),
    ])
  }

  #warn(about: readonly Ingress[], reason: string, message: string): void {
    const { context } = this.#options
    for (const ingress of about) context.event(ingress, { type: 'Warning', reason, message, from: COMPONENT })
  }
}

/** Who has bound the target groups of a group. */
export function groupOwner(id: GroupId): string {
  return `ingress:${id}`
}

function refuseProtected(inactive: readonly Ingress[]): void {
  const kept = inactive.find(
    ({ metadata }) => metadata.deletionTimestamp && isIngressProtected(metadata.annotations),
  )
  if (!kept) return
  throw new BuildError(`deletion_protection is enabled, cannot delete the ingress: ${kept.metadata.name}`)
}
