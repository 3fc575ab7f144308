// Owns which Ingresses are the controller's, with the parameters of their classes.
// Source: aws-load-balancer-controller, pkg/ingress/class_loader.go and group_loader.go.
import type { Ingress, IngressClass } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { ingressClasses, namespaces } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { Edition } from '../../rules/load-balancer/edition.ts'
import { chosenClass } from '../../rules/load-balancer/ingress/claim.ts'
import { paramsSpec, type IngressClassParamsSpec } from '../../rules/load-balancer/ingress/class-params.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'

/** The parameters of a class, as its custom resource has them. */
interface IngressClassParams extends KubernetesObject {
  readonly spec?: IngressClassParamsSpec
}

const PARAMS = 'IngressClassParams'

function paramsResource({ group, version }: Edition): Resource<IngressClassParams> {
  return { group, version, plural: 'ingressclassparams', kind: PARAMS, namespaced: false }
}

/** Whether an Ingress is the controller's. */
export type Claim =
  | { readonly isOurs: false }
  | { readonly isOurs: true; readonly params: IngressClassParamsSpec }

/** @throws BuildError `invalid ingress class: …` when the class cannot be read */
export async function claimOf(
  context: ControllerContext,
  ingress: Ingress,
  edition: Edition,
): Promise<Claim> {
  const classes = context.informer(ingressClasses)
  const chosen = chosenClass(ingress, classes.list(), edition)
  if (!chosen) return { isOurs: false }
  if (chosen.by === 'annotation') return chosen.isOurs ? { isOurs: true, params: {} } : { isOurs: false }
  const found = classes.get(chosen.name)
  if (!found) throw invalid(`IngressClass.networking.k8s.io "${chosen.name}" not found`)
  if (found.spec.controller !== edition.ingressController) return { isOurs: false }
  return { isOurs: true, params: await paramsOf({ context, edition }, ingress, found) }
}

interface Reader {
  readonly context: ControllerContext
  readonly edition: Edition
}

async function paramsOf(
  { context, edition }: Reader,
  ingress: Ingress,
  { metadata, spec }: IngressClass,
): Promise<IngressClassParamsSpec> {
  const { parameters } = spec
  if (!parameters) return {}
  if (parameters.apiGroup !== edition.group || parameters.kind !== PARAMS) {
    throw invalid(`IngressClass ${metadata.name} references unknown parameters`)
  }
  const params = await read({ context, edition }, parameters.name)
  const { namespaceSelector } = params
  const { labels } = context.informer(namespaces).get(ingress.metadata.namespace ?? '')?.metadata ?? {}
  if (namespaceSelector && !matchesLabelSelector(namespaceSelector, labels ?? {})) {
    throw invalid(`namespaceSelector of IngressClassParams ${parameters.name} mismatch`)
  }
  return params
}

async function read({ context, edition }: Reader, name: string): Promise<IngressClassParamsSpec> {
  try {
    return paramsSpec((await context.client.get(paramsResource(edition), { name })).spec ?? {})
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw invalid(`IngressClassParams.${edition.group} "${name}" not found`)
  }
}

function invalid(why: string): BuildError {
  return new BuildError(`invalid ingress class: ${why}`)
}
