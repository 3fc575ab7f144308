// Owns the NetworkPolicy kind, which is enforced by node/policy-keeper.ts.
// Source: kubernetes pkg/apis/networking/validation/validation.go, pkg/apis/networking/v1/defaults.go.
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../../generated/kubernetes.d.ts'
import { isObject } from '../../base/json.ts'
import { formatLabelSelector } from '../../rules/scheduling/label-selector.ts'
import { networkPolicies } from '../client/resources.ts'
import { each, fill, type Fields } from '../schema/default-fill.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { forbidden, invalid, required, unsupported, type FieldError } from './field-error.ts'
import { cidrContains, cidrWarnings, validateCidr } from './ip-rules.ts'
import { defineKind } from './kind.ts'
import { isPort, portNameErrors } from './port-rules.ts'
import { validateLabelSelector } from './selector-rules.ts'

const POLICY_TYPES = ['Ingress', 'Egress']
const PROTOCOLS = ['TCP', 'UDP', 'SCTP']
const PORT_RANGE = 'must be between 1 and 65535, inclusive'

function defaultNetworkPolicy({ spec }: Fields): void {
  if (!isObject(spec)) return
  const types = spec['policyTypes']
  if (!Array.isArray(types) || types.length === 0) {
    const hasEgress = Array.isArray(spec['egress']) && spec['egress'].length > 0
    spec['policyTypes'] = hasEgress ? POLICY_TYPES : ['Ingress']
  }
  for (const rules of [spec['ingress'], spec['egress']]) {
    each(rules, (rule) => each(rule['ports'], (port) => fill(port, { protocol: 'TCP' })))
  }
}

function validatePort({ protocol, port, endPort }: NetworkPolicyPort, at: string): FieldError[] {
  const errors: FieldError[] = []
  const end = `${at}.endPort`
  if (protocol !== undefined && !PROTOCOLS.includes(protocol)) {
    errors.push(unsupported(`${at}.protocol`, protocol, PROTOCOLS))
  }
  if (port === undefined) {
    if (endPort === undefined) return errors
    return [...errors, invalid(end, endPort, 'may not be specified when `port` is not specified')]
  }
  if (typeof port === 'string') {
    if (endPort !== undefined) {
      errors.push(invalid(end, endPort, 'may not be specified when `port` is non-numeric'))
    }
    return [...errors, ...portNameErrors(`${at}.port`, port)]
  }
  if (!isPort(port)) errors.push(invalid(`${at}.port`, port, PORT_RANGE))
  if (endPort === undefined) return errors
  // The value that is shown is the port's: so does the original.
  if (endPort < port) errors.push(invalid(end, port, 'must be greater than or equal to `port`'))
  if (!isPort(endPort)) errors.push(invalid(end, endPort, PORT_RANGE))
  return errors
}

function validateBlock({ cidr, except = [] }: NonNullable<NetworkPolicyPeer['ipBlock']>, at: string) {
  if (cidr === '') return [required(`${at}.cidr`)]
  const errors = validateCidr(`${at}.cidr`, cidr)
  if (errors.length > 0) return errors
  return except.flatMap((block, i) => {
    const field = `${at}.except[${i}]`
    const problems = validateCidr(field, block)
    if (problems.length > 0 || cidrContains(cidr, block)) return problems
    return [invalid(field, block, 'must be a strict subset of `cidr`')]
  })
}

function validatePeer(peer: NetworkPolicyPeer, at: string): FieldError[] {
  const { podSelector, namespaceSelector, ipBlock } = peer
  const isOther = podSelector !== undefined || namespaceSelector !== undefined
  const errors = [
    ...validateLabelSelector(podSelector, `${at}.podSelector`),
    ...validateLabelSelector(namespaceSelector, `${at}.namespaceSelector`),
    ...(ipBlock ? validateBlock(ipBlock, `${at}.ipBlock`) : []),
  ]
  if (!isOther && !ipBlock) errors.push(required(at, 'must specify a peer'))
  if (isOther && ipBlock) errors.push(forbidden(at, 'may not specify both ipBlock and another peer'))
  return errors
}

function validate({ spec }: NetworkPolicy): FieldError[] {
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec ?? {}
  const errors = [
    ...validateLabelSelector(podSelector, 'spec.podSelector'),
    ...ingress.flatMap(({ ports = [], from = [] }, i) => [
      ...ports.flatMap((port, j) => validatePort(port, `spec.ingress[${i}].ports[${j}]`)),
      ...from.flatMap((peer, j) => validatePeer(peer, `spec.ingress[${i}].from[${j}]`)),
    ]),
    ...egress.flatMap(({ ports = [], to = [] }, i) => [
      ...ports.flatMap((port, j) => validatePort(port, `spec.egress[${i}].ports[${j}]`)),
      ...to.flatMap((peer, j) => validatePeer(peer, `spec.egress[${i}].to[${j}]`)),
    ]),
  ]
  if (policyTypes.length > POLICY_TYPES.length) {
    return [...errors, invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')]
  }
  const wrong = policyTypes.flatMap((type, i) =>
    POLICY_TYPES.includes(type) ? [] : [unsupported(`spec.policyTypes[${i}]`, type, POLICY_TYPES)],
  )
  return [...errors, ...wrong]
}

export const networkPolicyKind = defineKind<NetworkPolicy>({
  resource: networkPolicies,
  type: 'networking/v1.NetworkPolicy',
  shortNames: ['netpol'],
  generation: true,
  defaults: defaultNetworkPolicy,
  columns: [
    nameColumn,
    { name: 'Pod-Selector', type: 'string', cell: ({ spec }) => formatLabelSelector(spec?.podSelector) },
    ageColumn,
  ],
  validate,
  warnings: ({ spec }) =>
    [...peersAt('ingress', spec?.ingress), ...peersAt('egress', spec?.egress)].flatMap(({ ipBlock, at }) => [
      ...cidrWarnings(`${at}.ipBlock.cidr`, ipBlock?.cidr),
      ...(ipBlock?.except ?? []).flatMap((block, i) => cidrWarnings(`${at}.ipBlock.except[${i}]`, block)),
    ]),
})

type Rules = readonly { readonly from?: NetworkPolicyPeer[]; readonly to?: NetworkPolicyPeer[] }[]

function peersAt(direction: string, rules: Rules = []): (NetworkPolicyPeer & { readonly at: string })[] {
  return rules.flatMap(({ from, to }, i) =>
    (from ?? to ?? []).map((peer, j) => ({
      ...peer,
      at: `spec.${direction}[${i}].${from ? 'from' : 'to'}[${j}]`,
    })),
  )
}
