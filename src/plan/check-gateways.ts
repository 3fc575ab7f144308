// Owns the problems of Gateways that the load balancer controller of AWS takes care of: what of them is not emulated here, and
// what the controller itself would refuse of their routes.
import { isObject } from '../base/json.ts'
import type { Manifest } from '../config/manifest.ts'
import { problem, type Problem } from '../config/problem.ts'
import { parseGroupVersion } from '../rules/kubernetes/resource-names.ts'
import { GATEWAY_GROUP } from '../rules/load-balancer/gateway/api.ts'
import {
  CONFIGURATION_GROUP,
  refusedActions,
  refusedFields,
  refusedProps,
  type ListenerRuleConfigurationSpec,
  type LoadBalancerConfigurationSpec,
  type TargetGroupConfigurationSpec,
} from '../rules/load-balancer/gateway/configuration.ts'
import type { PlanFacts } from './checks.ts'
import { gatewayRefusals } from './gateways.ts'

/**
 * Reports each field of a Gateway, its class, its configurations and its routes that would have no effect; where there is none,
 * what the controller would refuse, in its words.
 */
export function checkGateways({ located, manifests, gateways }: PlanFacts): Problem[] {
  const ours = new Set(gateways.map(({ namespace, name }) => `${namespace}/${name}`))
  const found = manifests.flatMap((manifest) => {
    const { group } = parseGroupVersion(manifest.object.apiVersion)
    if (group === CONFIGURATION_GROUP) return refused(manifest, configurationFields(manifest))
    if (group !== GATEWAY_GROUP) return []
    return [...refused(manifest, apiFields(manifest)), ...routeProblems(manifest, ours)]
  })
  if (found.length > 0) return found
  const { name } = located.config.metadata
  return gatewayRefusals(gateways, manifests, name).map(({ subject, message, manifest }) =>
    problem('load-balancer-invalid', `${subject}: ${message}`, manifest.locate(['spec'])),
  )
}

type Json = Readonly<Record<string, unknown>>

function specOf({ object }: Manifest): Json {
  const spec: unknown = Reflect.get(object, 'spec')
  return isObject(spec) ? spec : {}
}

function refused(manifest: Manifest, fields: readonly string[]): Problem[] {
  const { kind, metadata } = manifest.object
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
  return fields.map((field) => {
    const message = `${kind} ${name}: ${field} is not emulated by Neargate`
    return problem('load-balancer-not-emulated', message, manifest.locate(['spec']))
  })
}

// Its definition has judged the fields where the API takes it; here all of them may be anything.
function configurationFields(manifest: Manifest): readonly string[] {
  const spec = specOf(manifest)
  const parts = (member: string): readonly Json[] => {
    const list = spec[member]
    return Array.isArray(list) ? list.filter(isObject) : []
  }
  switch (manifest.object.kind) {
    case 'LoadBalancerConfiguration':
      return refusedFields({
        ...(spec as LoadBalancerConfigurationSpec),
        listenerConfigurations: parts('listenerConfigurations') as never,
        loadBalancerSubnets: parts('loadBalancerSubnets') as never,
      })
    case 'TargetGroupConfiguration': {
      const { defaultConfiguration = {} } = spec as TargetGroupConfigurationSpec
      const ofRoutes = parts('routeConfigurations').map(({ targetGroupProps }) =>
        isObject(targetGroupProps) ? targetGroupProps : {},
      )
      return [...new Set([defaultConfiguration, ...ofRoutes].flatMap(refusedProps))]
    }
    case 'ListenerRuleConfiguration':
      return refusedActions({
        actions: parts('actions') as ListenerRuleConfigurationSpec['actions'] & object,
      })
    default:
      return []
  }
}

function apiFields(manifest: Manifest): readonly string[] {
  const { kind, metadata } = manifest.object
  const isDry = kind === 'Gateway' && metadata.annotations?.['gateway.k8s.aws/dry-run'] === 'true'
  return isDry ? ['annotation gateway.k8s.aws/dry-run'] : []
}

function keyOf(
  { object }: Manifest,
  { namespace, name }: { readonly namespace?: unknown; readonly name?: unknown },
): string {
  const own = object.metadata.namespace ?? 'default'
  return `${typeof namespace === 'string' ? namespace : own}/${String(name)}`
}

const TAKEN_FILTERS: Readonly<Record<string, readonly string[]>> = {
  HTTPRoute: ['RequestRedirect', 'URLRewrite', 'ExtensionRef'],
  GRPCRoute: ['ExtensionRef'],
}

function routeProblems(manifest: Manifest, ours: ReadonlySet<string>): Problem[] {
  const { kind, metadata } = manifest.object
  const { parentRefs, rules } = specOf(manifest)
  const parents = Array.isArray(parentRefs) ? parentRefs.filter(isObject) : []
  if (!parents.some((each) => ours.has(keyOf(manifest, each)))) return []
  const name = `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`
  const list = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isObject) : [])
  return list(rules).flatMap(({ filters, backendRefs }, index) => {
    const at = (member: string) => manifest.locate(['spec', 'rules', index, member])
    const foreign = list(filters).flatMap(({ type }) =>
      TAKEN_FILTERS[kind]?.includes(String(type)) === false ? [String(type)] : [],
    )
    // Only a Network Load Balancer stands before another one.
    const backends = list(backendRefs).flatMap((ref) =>
      ref['kind'] === 'Gateway' && TAKEN_FILTERS[kind] ? [String(ref['kind'])] : [],
    )
    return [
      ...foreign.map((type) =>
        problem('load-balancer-invalid', `${name}: Unsupported filter type: ${type}`, at('filters')),
      ),
      ...backends.map((each) => {
        const message = `${name}: a backend of kind ${each} is not emulated by Neargate`
        return problem('load-balancer-not-emulated', message, at('backendRefs'))
      }),
    ]
  })
}
