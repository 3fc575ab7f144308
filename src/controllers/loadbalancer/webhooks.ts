// Owns the controller's answers to the API server's webhooks, which its chart points at a Service of its own.
// Source: aws-load-balancer-controller main.go and webhooks/ (the paths), Kubernetes admission/v1 (the review).
import fastJsonPatch from 'fast-json-patch'

import { isObject } from '../../base/json.ts'
import type { KubernetesObject } from '../../kubernetes/client/client.ts'
import type { AdmissionRequest, MutatingPlugin } from '../../kubernetes/server/ports.ts'
import { BuildError } from '../../rules/load-balancer/annotations.ts'
import type { IngressValidator } from './ingress-validator.ts'

/** What answers a review; undefined leaves the object as it is. */
type Judge = (request: AdmissionRequest) => ReturnType<MutatingPlugin['admit']>

export interface WebhookPlugins {
  readonly serviceMutator: MutatingPlugin
  readonly gateInjector: MutatingPlugin
  readonly ingressValidator: IngressValidator
}

/** Answers the body of one webhook call at a path; undefined where the real controller has no such path. */
export type Webhooks = (path: string, body: unknown) => Promise<object | undefined>

/** The webhooks of the controller. What it does not act on is let through, with a warning that says so. */
export function createWebhooks({ serviceMutator, gateInjector, ingressValidator }: WebhookPlugins): Webhooks {
  const judges = new Map<string, Judge>([
    ['/mutate-v1-service', (request) => serviceMutator.admit(request)],
    ['/mutate-v1-pod', (request) => gateInjector.admit(request)],
    ['/mutate-v1-pod-server-id', warning('QUIC server ids are not given to pods')],
    ['/mutate-alb-target-control-namespace-v1-pod', warning('no ALB target control agent is put into pods')],
    ['/mutate-alb-target-control-object-v1-pod', warning('no ALB target control agent is put into pods')],
    // What a binding leaves out, its own loop takes from the target group.
    ['/mutate-elbv2-k8s-aws-v1beta1-targetgroupbinding', async () => undefined],
    ['/validate-elbv2-k8s-aws-v1beta1-targetgroupbinding', async () => undefined],
    ['/validate-elbv2-k8s-aws-v1beta1-ingressclassparams', async () => undefined],
    [
      '/validate-networking-v1-ingress',
      async (request) => {
        await ingressValidator(request)
        return undefined
      },
    ],
    ['/validate-aga-k8s-aws-v1beta1-globalaccelerator', warning('GlobalAccelerators are not made')],
  ])
  return async (path, body) => {
    const judge = judges.get(path)
    if (!judge || !isObject(body) || !isObject(body['request'])) return undefined
    const { uid = '', object } = body['request']
    const warnings: string[] = []
    const request = readRequest(body['request'], (text) => warnings.push(text))
    let changed: KubernetesObject | undefined
    try {
      changed = await judge(request)
    } catch (error) {
      if (!(error instanceof BuildError)) throw error
      return reviewOf({
        uid,
        allowed: false,
        status: { code: 403, reason: 'Forbidden', message: error.message },
      })
    }
    const patch = changed && isObject(object) ? patchOf(object, changed) : undefined
    return reviewOf({
      uid,
      allowed: true,
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(patch === undefined ? {} : { patchType: 'JSONPatch', patch }),
    })
  }
}

function reviewOf(response: object): object {
  return { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response }
}

function warning(what: string): Judge {
  return async (request) => {
    request.warn(`Neargate's load balancer controller: ${what}`)
    return undefined
  }
}

function patchOf(object: object, changed: object): string | undefined {
  const operations = fastJsonPatch.compare(object, changed)
  return operations.length === 0 ? undefined : Buffer.from(JSON.stringify(operations)).toString('base64')
}

/** A review's request, as admission/v1 has it. */
interface ReviewRequest {
  readonly operation: AdmissionRequest['operation']
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string }
  readonly kind: { readonly kind: string }
  readonly subResource?: string
  readonly namespace?: string
  readonly name?: string
  readonly userInfo: AdmissionRequest['user']
  readonly dryRun?: boolean
  readonly options?: object | null
  readonly object?: KubernetesObject | null
  readonly oldObject?: KubernetesObject | null
}

/** The request of a review, as steps of admission get it. */
function readRequest(given: object, warn: (text: string) => void): AdmissionRequest {
  // Nobody but the API server of the same version calls.
  const request = given as ReviewRequest
  const { operation, resource, kind, subResource = '', namespace = '', name = '' } = request
  return {
    operation,
    group: resource.group,
    version: resource.version,
    kind: kind.kind,
    resource: resource.resource,
    subresource: subResource,
    namespace,
    name,
    user: request.userInfo,
    dryRun: request.dryRun ?? false,
    options: request.options ?? {},
    object: request.object ?? null,
    oldObject: request.oldObject ?? null,
    warn,
  }
}
