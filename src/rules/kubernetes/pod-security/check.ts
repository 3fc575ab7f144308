// Owns what the checks of Pod Security are made of: what a check sees and says, and the words for containers.
// Source: pod-security-admission policy/{checks,helpers,visitor}.go.
import type { Container, ObjectMeta, PodSpec } from '../../../../generated/kubernetes.d.ts'

/** A pod, or the template of one. */
export interface PodLike {
  readonly metadata?: Pick<ObjectMeta, 'annotations'> | undefined
  readonly spec: PodSpec
}

/** Why a pod is not allowed: a word for it, and the details that follow in brackets. */
export interface Violation {
  readonly reason: string
  readonly detail: string
}

/** One rule of a level; `minor` is the version of the policy that is asked for. */
export interface Check {
  readonly id: string
  /** First minor version of the policy that has it. */
  readonly since: number
  /** The check of the level below that this one takes the place of, where it applies. */
  readonly overrides?: string
  run(pod: PodLike, minor: number): Violation | undefined
}

export type SecurityContext = NonNullable<Container['securityContext']>

/** Init containers, containers and ephemeral ones, in that order. */
export function allContainers({ spec }: PodLike): Container[] {
  // What ephemeral containers have beyond a container is not looked at.
  const ephemeral = (spec.ephemeralContainers ?? []) as Container[]
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...ephemeral]
}

/** Names of the containers of which something holds. */
export function containersThat(pod: PodLike, holds: (container: Container) => boolean): string[] {
  return allContainers(pod)
    .filter(holds)
    .map(({ name }) => name)
}

/** `container "a"`, `containers "a", "b"`. */
export function nameContainers(names: readonly string[]): string {
  return `${plural('container', names.length)} ${quoted(names)}`
}

/** `pod and container "a"`: who of the pod and its containers says something; empty when nobody does. */
export function settersOf(pod: PodLike, isSet: (context: SecurityContext) => boolean): string {
  // Both have the fields that are asked for here.
  const ofPod = (pod.spec.securityContext ?? {}) as SecurityContext
  const names = containersThat(pod, ({ securityContext }) => isSet(securityContext ?? {}))
  return [...(isSet(ofPod) ? ['pod'] : []), ...(names.length > 0 ? [nameContainers(names)] : [])].join(
    ' and ',
  )
}

/** Security contexts of the pod and all its containers, where there are any. */
export function contextsOf(pod: PodLike): SecurityContext[] {
  const all = [pod.spec.securityContext, ...allContainers(pod).map((each) => each.securityContext)]
  return all.filter((context) => context !== undefined) as SecurityContext[]
}

/** `"a", "b"` */
export function quoted(items: readonly string[]): string {
  return items.map((item) => `"${item}"`).join(', ')
}

/** Each once, in order. */
export function sorted(items: readonly string[]): string[] {
  return [...new Set(items)].toSorted()
}

/** The word, with an s unless there is one of them. */
export function plural(word: string, count: number): string {
  return count === 1 ? word : `${word}s`
}

/** True for pods in a user namespace of their own: root in it is nobody on the node. */
export function hasUserNamespace({ spec }: PodLike): boolean {
  return spec.hostUsers === false
}

/** True for pods of Windows, which know no privileges of Linux. */
export function isWindows({ spec }: PodLike): boolean {
  return spec.os?.name === 'windows'
}
