// Owns which Ingresses the AWS Load Balancer Controller takes care of.
// Source: aws-load-balancer-controller, pkg/ingress/class_loader.go and group_loader.go.
import { isDefaultIngressClass, newestClass } from '../../kubernetes/default-class.ts'
import { CHART, EDITIONS, type Edition } from '../edition.ts'
import { CLASS_ANNOTATION, CLASS_NAME } from './group.ts'

type Annotations = Readonly<Record<string, string>>

/** What decides; Ingresses of the API have it, and those of files as far as they are well-formed. */
export interface ClaimableIngress {
  readonly metadata: { readonly annotations?: Annotations }
  readonly spec?: { readonly ingressClassName?: unknown } | null
}

/** An IngressClass, as far as it decides. */
export interface ClaimableClass {
  readonly metadata: {
    readonly name: string
    readonly annotations?: Annotations
    readonly creationTimestamp?: string | null
  }
  readonly spec?: { readonly controller?: unknown } | null
}

/** How an Ingress says whose it is: in the annotation, or by the name of an IngressClass. */
export type ChosenClass =
  | { readonly by: 'annotation'; readonly isOurs: boolean }
  | { readonly by: 'class'; readonly name: string }

/** The class that counts: the annotation wins over the field, and without both the default class is taken. */
export function chosenClass(
  { metadata, spec }: ClaimableIngress,
  classes: readonly ClaimableClass[],
  edition: Edition = CHART,
): ChosenClass | undefined {
  const annotated = metadata.annotations?.[CLASS_ANNOTATION]
  if (annotated !== undefined)
    return { by: 'annotation', isOurs: edition.takesAnnotated && annotated === CLASS_NAME }
  const defaults = classes.filter((each) => isDefaultIngressClass(each.metadata))
  const name = spec?.ingressClassName ?? newestClass(defaults)?.metadata.name
  return typeof name === 'string' ? { by: 'class', name } : undefined
}

// The controller's chart and its installation guide bring this class, so that files need not have it.
const OWN_CLASS: ClaimableClass = {
  metadata: { name: CLASS_NAME },
  spec: { controller: CHART.ingressController },
}

/** Whether the controller, once it is installed or a part of EKS, makes a load balancer for the Ingress, given these classes. */
export function isIngressClaimed(ingress: ClaimableIngress, classes: readonly ClaimableClass[]): boolean {
  const chosen = chosenClass(ingress, classes)
  if (!chosen) return false
  if (chosen.by === 'annotation') return chosen.isOurs
  const found = [...classes, OWN_CLASS].find(({ metadata }) => metadata.name === chosen.name)
  return EDITIONS.some(({ ingressController }) => ingressController === found?.spec?.controller)
}
