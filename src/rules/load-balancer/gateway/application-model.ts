// Owns what a Gateway of the class `gateway.k8s.aws/alb` asks of ELBv2; pure.
// Source: aws-load-balancer-controller v3.5.0, pkg/gateway/model/base_model_builder.go, model_build_listener.go.
import { NOT_FOUND, type ApplicationListener, type ApplicationModel } from '../application.ts'
import {
  frontOf,
  gatewayTags,
  mutualOf,
  portsOf,
  type GatewayPort,
  type GatewaySources,
  type LoadedGateway,
} from './front.ts'
import { rulesInOrder } from './precedence.ts'
import { RouteGroups } from './route-groups.ts'
import { actionOf, conditionsOf, transformsOf } from './rules.ts'

/** @throws BuildError with the controller's text, or Neargate's for what is not emulated */
export function applicationModelOf(loaded: LoadedGateway, sources: GatewaySources): ApplicationModel {
  const { addresses: _none, ...front } = frontOf(loaded, sources.cluster)
  const groups = new RouteGroups(loaded, sources, front)
  const tagged = gatewayTags(loaded, sources.cluster)
  const listeners = portsOf(loaded, sources).map((port): ApplicationListener => {
    const { protocol } = port
    const units = rulesInOrder(port.routes, (route) => loaded.attachment.hostnames(route, port.port))
    return {
      ...settingsOf(port),
      tags: tagged(String(port.port), loaded.config.tags),
      defaultAction: NOT_FOUND,
      rules: units.map((unit, index) => {
        const targets = unit.loaded.backends.map((backend) => groups.forward(unit.route, backend, protocol))
        return {
          conditions: conditionsOf(unit),
          transforms: transformsOf(unit),
          action: actionOf(unit, targets),
          tags: tagged(`${port.port}:${index + 1}`, unit.loaded.config?.tags),
        }
      }),
    }
  })
  return { ...front, listeners, targetGroups: groups.targetGroups() }
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
