// Owns which Ingresses are the controller's, with the parameters of their classes.
// Source: aws-load-balancer-controller, pkg/ingress/class_loader.go and group_loader.go.
import type { Ingress, IngressClass } from '../../../generated/kubernetes.d.ts'
import { isNotFound } from '../../base/errors.ts'
import type { KubernetesObject, Resource } from '../../kubernetes/client/client.ts'
import { ingressClasses, namespaces } from '../../kubernetes/client/resources.ts'
import type { ControllerContext } from '../../reconcile/controller.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import { chosenClass } from '../../rules/load-balancer/ingress/claim.ts'
import type { IngressClassParamsSpec } from '../../rules/load-balancer/ingress/class-params.ts'
import { INGRESS_CONTROLLER } from '../../rules/load-balancer/ingress/group.ts'
import { matchesLabelSelector } from '../../rules/scheduling/label-selector.ts'

/** The parameters of a class, as its custom resource has them. */
interface IngressClassParams extends KubernetesObject {
  readonly spec?: IngressClassParamsSpec
}

const GROUP = 'elbv2.k8s.aws'
const ingressClassParams: Resource<IngressClassParams> = {
  group: GROUP,
  version: 'v1beta1',
  plural: 'ingressclassparams',
  kind: 'IngressClassParams',
  namespaced: false,
}

/** Whether an Ingress is the controller's. */
export type Claim =
  | { readonly isOurs: false }
  | { readonly isOurs: true; readonly params: IngressClassParamsSpec }

/** @throws BuildError `invalid ingress class: …` when the class cannot be read */
export async function claimOf(context: ControllerContext, ingress: Ingress): Promise<Claim> {
  const classes = context.informer(ingressClasses)
  const chosen = chosenClass(ingress, classes.list())
  if (!chosen) return { isOurs: false }
  if (chosen.by === 'annotation') return chosen.isOurs ? { isOurs: true, params: {} } : { isOurs: false }
  const found = classes.get(chosen.name)
  if (!found) throw invalid(`ingressclasses.networking.k8s.io "${chosen.name}" not found`)
  if (found.spec.controller !== INGRESS_CONTROLLER) return { isOurs: false }
  return { isOurs: true, params: await paramsOf(context, ingress, found) }
}

async function paramsOf(
  context: ControllerContext,
  ingress: Ingress,
  { metadata, spec }: IngressClass,
): Promise<IngressClassParamsSpec> {
  const { parameters } = spec
  if (!parameters) return {}
  if (parameters.apiGroup !== GROUP || parameters.kind !== ingressClassParams.kind) {
    throw invalid(`IngressClass ${metadata.name} references unknown parameters`)
  }
  const params = await read(context, parameters.name)
  const { namespaceSelector } = params
  const { labels } = context.informer(namespaces).get(ingress.metadata.namespace ?? '')?.metadata ?? {}
  if (namespaceSelector && !matchesLabelSelector(namespaceSelector, labels ?? {})) {
    throw invalid(`namespaceSelector of IngressClassParams ${parameters.name} mismatch`)
  }
  return params
}

async function read({ client }: ControllerContext, name: string): Promise<IngressClassParamsSpec> {
  try {
    return (await client.get(ingressClassParams, { name })).spec ?? {}
  } catch (error) {
    if (!isNotFound(error)) throw error
    throw invalid(`ingressclassparams.elbv2.k8s.aws "${name}" not found`)
  }
}

function invalid(why: string): BuildError {
  return new BuildError(`invalid ingress class: ${why}`)
}
