// Owns the types of policies of Classic Load Balancers: what each is for, and which attributes it takes.
// Source: AWS CLI reference, elb describe-load-balancer-policy-types (names, attributes, descriptions); user guide for Classic
// Load Balancers, "SSL negotiation configurations" (those of SSLNegotiationPolicyType).
import type {
  DescribeLoadBalancerPolicyTypesInput,
  DescribeLoadBalancerPolicyTypesOutput,
  PolicyAttribute,
  PolicyTypeDescription,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../../base/errors.ts'
import { CLASSIC_CIPHERS, CLASSIC_PROTOCOLS } from '../../../../rules/load-balancer/classic-tls.ts'
import { operation } from '../../../protocol/operation.ts'
import type { ClassicElb } from '../state.ts'

export const PROXY_PROTOCOL = 'ProxyProtocolPolicyType'
export const PUBLIC_KEY = 'PublicKeyPolicyType'
export const APP_COOKIE = 'AppCookieStickinessPolicyType'
export const LB_COOKIE = 'LBCookieStickinessPolicyType'
export const SSL_NEGOTIATION = 'SSLNegotiationPolicyType'
export const BACKEND_AUTHENTICATION = 'BackendServerAuthenticationPolicyType'

type Cardinality = 'ONE' | 'ZERO_OR_ONE' | 'ONE_OR_MORE'
type Attribute = readonly [name: string, type: string, cardinality: Cardinality]

interface PolicyType {
  readonly name: string
  readonly description: string
  readonly attributes: readonly Attribute[]
}

const flag = (name: string): Attribute => [name, 'Boolean', 'ZERO_OR_ONE']

const TYPES: readonly PolicyType[] = [
  {
    name: PROXY_PROTOCOL,
    description:
      'Policy that controls whether to include the IP address and port of the originating request for TCP messages. This policy operates on TCP/SSL listeners only',
    attributes: [['ProxyProtocol', 'Boolean', 'ONE']],
  },
  {
    name: PUBLIC_KEY,
    description:
      'Policy containing a list of public keys to accept when authenticating the back-end server(s). This policy cannot be applied directly to back-end servers or listeners but must be part of a BackendServerAuthenticationPolicyType.',
    attributes: [['PublicKey', 'String', 'ONE']],
  },
  {
    name: APP_COOKIE,
    description:
      'Stickiness policy with session lifetimes controlled by the lifetime of the application-generated cookie. This policy can be associated only with HTTP/HTTPS listeners.',
    attributes: [['CookieName', 'String', 'ONE']],
  },
  {
    name: LB_COOKIE,
    description:
      'Stickiness policy with session lifetimes controlled by the browser (user-agent) or a specified expiration period. This policy can be associated only with HTTP/HTTPS listeners.',
    attributes: [['CookieExpirationPeriod', 'Long', 'ZERO_OR_ONE']],
  },
  {
    name: SSL_NEGOTIATION,
    description:
      'Listener policy that defines the ciphers and protocols that will be accepted by the load balancer. This policy can be associated only with HTTPS/SSL listeners.',
    attributes: [
      ...CLASSIC_PROTOCOLS.map(flag),
      ['Reference-Security-Policy', 'String', 'ZERO_OR_ONE'],
      flag('Server-Defined-Cipher-Order'),
      ...CLASSIC_CIPHERS.map(flag),
    ],
  },
  {
    name: BACKEND_AUTHENTICATION,
    description:
      'Policy that controls authentication to back-end server(s) and contains one or more policies, such as an instance of a PublicKeyPolicyType. This policy can be associated only with back-end servers that are using HTTPS/SSL.',
    attributes: [['PublicKeyPolicyName', 'PolicyName', 'ONE_OR_MORE']],
  },
]

/** All, or those asked for. @throws AwsError PolicyTypeNotFound */
export const describePolicyTypes = operation<
  ClassicElb,
  DescribeLoadBalancerPolicyTypesInput,
  DescribeLoadBalancerPolicyTypesOutput
>()({
  honours: ['PolicyTypeNames'],
  handle: ({ PolicyTypeNames: names = [] }) => ({
    PolicyTypeDescriptions: (names.length > 0 ? names.map(typeNamed) : TYPES).map(show),
  }),
})

function typeNamed(name: string): PolicyType {
  const found = TYPES.find((type) => type.name === name)
  if (found) return found
  throw new AwsError('PolicyTypeNotFound', `Policy type ${name} is not defined`)
}

function show({ name, description, attributes }: PolicyType): PolicyTypeDescription {
  return {
    PolicyTypeName: name,
    Description: description,
    PolicyAttributeTypeDescriptions: attributes.map(([AttributeName, AttributeType, Cardinality]) => ({
      AttributeName,
      AttributeType,
      Cardinality,
    })),
  }
}

/** @throws AwsError PolicyTypeNotFound; InvalidConfigurationRequest for attributes that the type does not take so */
export function checkAttributes(typeName: string, given: readonly PolicyAttribute[]): void {
  const { attributes } = typeNamed(typeName)
  for (const { AttributeName = '', AttributeValue = '' } of given) {
    const [, type] = attributes.find(([name]) => name === AttributeName) ?? []
    if (type === undefined) throw invalid(`${AttributeName} is not an attribute of ${typeName}`)
    if (type === 'Boolean' && AttributeValue !== 'true' && AttributeValue !== 'false') {
      throw invalid(`${AttributeName} must be true or false`)
    }
    if (type === 'Long' && !/^\d+$/.test(AttributeValue)) throw invalid(`${AttributeName} must be a number`)
  }
  for (const [name, , cardinality] of attributes) {
    const count = given.filter(({ AttributeName }) => AttributeName === name).length
    if (count === 0 && cardinality !== 'ZERO_OR_ONE') throw invalid(`${typeName} requires ${name}`)
    if (count > 1 && cardinality !== 'ONE_OR_MORE') throw invalid(`${typeName} takes one ${name}`)
  }
}

/** What is asked for does not fit together. */
export function invalid(message: string): AwsError {
  return new AwsError('InvalidConfigurationRequest', message)
}
