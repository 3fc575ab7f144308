// Owns what a Gateway of the class `gateway.k8s.aws/alb` asks of ELBv2; pure.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/model/base_model_builder.go, model_build_listener.go.
import { NOT_FOUND, type ApplicationListener, type ApplicationModel } from '../application.ts'
import type { TargetGroupModel } from '../target-group.ts'
import type { Backend } from './backends.ts'
import { notEmulated } from './configuration.ts'
import {
  frontOf,
  gatewayTags,
  mutualOf,
  portsOf,
  type GatewayPort,
  type GatewaySources,
  type LoadedGateway,
} from './front.ts'
import { rulesInOrder, type RuleUnit } from './precedence.ts'
import { actionOf, conditionsOf, transformsOf, type ForwardGroup } from './rules.ts'
import { routeTargetGroup } from './target-group.ts'

/** @throws BuildError with the controller's text, or Neargate's for what is not emulated */
export function applicationModelOf(loaded: LoadedGateway, sources: GatewaySources): ApplicationModel {
  const { addresses: _none, ...front } = frontOf(loaded, sources.cluster)
  const groups = new Map<string, TargetGroupModel>()
  const tagged = gatewayTags(loaded, sources.cluster)
  const { namespace = '', name } = loaded.gateway.metadata
  const groupOf = (unit: RuleUnit, backend: Backend, protocol: string): ForwardGroup => {
    if (backend.kind === 'TargetGroupName') throw notEmulated('route', 'a backend of kind TargetGroupName')
    if (backend.kind === 'Gateway') throw notEmulated('HTTPRoute or GRPCRoute', 'a backend of kind Gateway')
    const group = routeTargetGroup(unit.route, backend, {
      cluster: sources.cluster,
      flavor: 'alb',
      gateway: { namespace, name },
      ipAddressType: front.ipAddressType,
      protocol,
      tagged,
    })
    // The first one of a route stands for all that lead to the same port.
    if (!groups.has(group.resourceId)) groups.set(group.resourceId, group)
    return { resourceId: group.resourceId, weight: backend.weight }
  }
  const listeners = portsOf(loaded, sources).map((port): ApplicationListener => {
    const { protocol } = port
    const units = rulesInOrder(port.routes, (route) => loaded.attachment.hostnames(route, port.port))
    return {
      ...settingsOf(port),
      tags: tagged(String(port.port), loaded.config.tags),
      defaultAction: NOT_FOUND,
      rules: units.map((unit, index) => {
        const targets = unit.loaded.backends.map((backend) => groupOf(unit, backend, protocol))
        return {
          conditions: conditionsOf(unit),
          transforms: transformsOf(unit),
          action: actionOf(unit, targets),
          tags: tagged(`${port.port}:${index + 1}`, unit.loaded.config?.tags),
        }
      }),
    }
  })
  return { ...front, listeners, targetGroups: [...groups.values()] }
}

function settingsOf(port: GatewayPort): Omit<ApplicationListener, 'tags' | 'defaultAction' | 'rules'> {
  return {
    port: port.port,
    // No other listener of such a Gateway is valid.
    protocol: port.protocol === 'HTTPS' ? 'HTTPS' : 'HTTP',
    sslPolicy: port.sslPolicy,
    certificates: port.certificates,
    mutual: mutualOf(port),
    attributes: port.attributes,
  }
}
