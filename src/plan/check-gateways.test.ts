import { expect, it } from 'vitest'

import { plan, web } from './testing/plan-of.ts'

function found(controllerName: string): string[] {
  const gateways = `apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: edge}
spec: {controllerName: ${controllerName}}
`
  return plan(`${web}---\n${gateways}`)
    .problems.filter(({ code }) => code === 'load-balancer-not-emulated')
    .map(({ message, line }) => `${line} ${message}`)
}

it.each(['gateway.k8s.aws/alb', 'gateway.k8s.aws/nlb'])('a GatewayClass of %s is refused by name', (name) => {
  expect(found(name)).toEqual([
    `13 GatewayClass edge: ${name} is not emulated by Neargate: its Gateways get no load balancer`,
  ])
})

it('a GatewayClass of somebody else is none of our business', () => {
  expect(found('istio.io/gateway-controller')).toEqual([])
})
