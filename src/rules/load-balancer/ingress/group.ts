// Owns which Ingresses share a load balancer, and in which order. Source: aws-load-balancer-controller,
// pkg/ingress/group.go and group_loader.go.
import type { Ingress } from '../../../../generated/kubernetes.d.ts'
import { BuildError } from '../annotations.ts'
import { CHART, type Edition } from '../edition.ts'
import { annotationsOf, INGRESS_PREFIX, IngressAnnotations, wrong } from './annotations.ts'
import type { IngressClassParamsSpec } from './class-params.ts'

/** The older way to name a class, which wins over the field. */
export const CLASS_ANNOTATION = 'kubernetes.io/ingress.class'
/** The value of that annotation which the controller takes. */
export const CLASS_NAME = 'alb'

function finalizersOf({ ingress }: Edition): { readonly implicit: string; readonly explicit: string } {
  return { implicit: `${ingress}/resources`, explicit: `group.${ingress}/` }
}

/** A member of a group, with the parameters of its class. */
export interface GroupMember {
  readonly ingress: Ingress
  readonly params: IngressClassParamsSpec
}

/** `namespace/name` of an Ingress that is alone, or the name of a group. */
export type GroupId = string

/** Ingresses that share a load balancer, in the order of their rules. */
export interface IngressGroup {
  readonly id: GroupId
  readonly members: readonly GroupMember[]
}

/** True for the name of a group, false for an Ingress that is alone. */
export function isExplicit(id: GroupId): boolean {
  return !id.includes('/')
}

/** The group of an Ingress of the controller's class. @throws BuildError for a name that cannot be */
export function groupOf(
  { metadata }: Ingress,
  params: IngressClassParamsSpec = {},
  edition: Edition = CHART,
): GroupId {
  const annotated = edition.takesAnnotated
    ? new IngressAnnotations(metadata.annotations).text('group.name')
    : undefined
  const name = params.group?.name ?? annotated
  if (name === undefined) return `${metadata.namespace}/${metadata.name}`
  if (!/^([a-z0-9][-a-z0-9.]*)?[a-z0-9]$/.test(name)) {
    throw wrong(
      'group.name',
      "invalid ingress group: groupName must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    )
  }
  if (name.length > 63)
    throw wrong('group.name', 'invalid ingress group: groupName must be no more than 63 characters')
  return name
}

/** The finalizer that members of a group have while the group has something in AWS. */
export function finalizerOf(id: GroupId, edition: Edition = CHART): string {
  const { implicit, explicit } = finalizersOf(edition)
  return isExplicit(id) ? explicit + id : implicit
}

/** The groups whose finalizers an Ingress has. */
export function finalizedGroups({ metadata }: Ingress, edition: Edition = CHART): GroupId[] {
  const { implicit, explicit } = finalizersOf(edition)
  return (metadata.finalizers ?? []).flatMap((finalizer) => {
    if (finalizer === implicit) return [`${metadata.namespace}/${metadata.name}`]
    return finalizer.startsWith(explicit) ? [finalizer.slice(explicit.length)] : []
  })
}

/** An order that cannot be: the controller logs it, and tells nobody. */
export class GroupOrderError extends BuildError {}

/** Members by their order, then by name. @throws GroupOrderError */
export function sorted(members: readonly GroupMember[]): GroupMember[] {
  const ordered = members.map((member) => ({ member, order: orderOf(member), key: nameOf(member) }))
  return ordered.toSorted((a, b) => a.order - b.order || (a.key < b.key ? -1 : 1)).map(({ member }) => member)
}

/** `namespace/name` */
export function nameOf({ ingress }: GroupMember): string {
  return `${ingress.metadata.namespace}/${ingress.metadata.name}`
}

function orderOf(member: GroupMember): number {
  const order = annotationsOf(member).integer('group.order') ?? 0
  if (order >= -1000 && order <= 1000) return order
  const text = `explicit Ingress group order must be within [-1000:1000], Ingress: ${nameOf(member)}, order: ${order}`
  throw new GroupOrderError(text, { path: ['metadata', 'annotations', `${INGRESS_PREFIX}group.order`] })
}

/** What is built of one member: errors name its Ingress. @throws BuildError */
export function about<T>(member: GroupMember, build: () => T): T {
  try {
    return build()
  } catch (error) {
    if (!(error instanceof BuildError)) throw error
    const { path, isNotEmulated } = error
    throw new BuildError(`ingress: ${nameOf(member)}: ${error.message}`, { path, isNotEmulated })
  }
}
