// Owns the problem of Gateways: the load balancer controller of AWS makes load balancers of them, the built-in one does not.
import type { Problem } from '../config/problem.ts'
import { problem } from '../config/problem.ts'
import { isObject } from '../base/json.ts'
import { parseGroupVersion } from '../rules/kubernetes/resource-names.ts'
import type { PlanFacts } from './checks.ts'

/** Names by which GatewayClasses choose the AWS Load Balancer Controller (pkg/gateway/constants). */
const CONTROLLERS = ['gateway.k8s.aws/alb', 'gateway.k8s.aws/nlb']

/** Reports each GatewayClass whose Gateways nobody would take care of; its Gateways and routes go with it. */
export function checkGateways({ manifests }: PlanFacts): Problem[] {
  return manifests.flatMap(({ object, locate }) => {
    const { apiVersion, kind, metadata } = object
    const isClass =
      kind === 'GatewayClass' && parseGroupVersion(apiVersion).group === 'gateway.networking.k8s.io'
    const spec: unknown = Reflect.get(object, 'spec')
    const name = isObject(spec) ? spec['controllerName'] : undefined
    if (!isClass || typeof name !== 'string' || !CONTROLLERS.includes(name)) return []
    const message = `GatewayClass ${metadata.name}: ${name} is not emulated by Neargate: its Gateways get no load balancer`
    return [problem('load-balancer-not-emulated', message, locate(['spec', 'controllerName']))]
  })
}
