// Owns what is tried together in one region: cases, with what they need and how it is looked at.
import type { Definition } from '../../src/rules/load-balancer/chart/definition.ts'
import { applicationGateways } from './application-gateways.ts'
import type { Case, KubernetesObject } from './cases.ts'
import { frontendCases } from './frontends.ts'
import { gatewayApi } from './gateway-api.ts'
import { ELSEWHERE, GATES, gatewayObjects, networkGateways } from './gateways.ts'
import { ingressCases, ingressServices, specialServices } from './ingresses.ts'
import { serviceCases } from './services.ts'

export interface Suite {
  /** Names the file of what is recorded. */
  readonly name: string
  readonly cases: readonly Case[]
  /** Each has two pods that the Services of cases select. */
  readonly namespaces: readonly string[]
  /** What is there before any case. */
  readonly objects: readonly KubernetesObject[]
  /** What the API has to know before the controller starts. */
  readonly definitions: readonly Definition[]
  /** Resources whose objects are looked at, in the order in which they are deleted. */
  readonly resources: readonly string[]
}

const services: Suite = {
  name: 'recorded',
  cases: [...serviceCases, ...ingressCases, ...frontendCases],
  namespaces: ['shop', 'web', 'serverless'],
  objects: [...ingressServices, ...specialServices],
  definitions: [],
  resources: ['ingresses', 'services'],
}

const gateways: Suite = {
  name: 'recorded-gateways',
  cases: [...networkGateways, ...applicationGateways],
  namespaces: [GATES, ELSEWHERE],
  objects: gatewayObjects,
  definitions: gatewayApi,
  resources: [
    'httproutes',
    'grpcroutes',
    'tcproutes',
    'udproutes',
    'tlsroutes',
    'listenersets',
    'gateways',
    'loadbalancerconfigurations',
    'targetgroupconfigurations',
    'listenerruleconfigurations',
    'services',
    'gatewayclasses',
  ],
}

export const suites = { services, gateways }
