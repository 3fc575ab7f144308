// Owns the policies of Classic Load Balancers: made, described and deleted.
import type {
  CreateAppCookieStickinessPolicyInput,
  CreateAppCookieStickinessPolicyOutput,
  CreateLBCookieStickinessPolicyInput,
  CreateLBCookieStickinessPolicyOutput,
  CreateLoadBalancerPolicyInput,
  CreateLoadBalancerPolicyOutput,
  DeleteLoadBalancerPolicyInput,
  DeleteLoadBalancerPolicyOutput,
  DescribeLoadBalancerPoliciesInput,
  DescribeLoadBalancerPoliciesOutput,
  Policies,
  PolicyDescription,
} from '@aws-sdk/client-elastic-load-balancing'

import { AwsError } from '../../../../base/errors.ts'
import { deepEqual } from '../../../../base/json.ts'
import { REFERENCES, shownAttributes, tlsFault } from '../../../../rules/load-balancer/classic-tls.ts'
import { operation } from '../../../protocol/operation.ts'
import { notEmulated, validationError } from '../../elbv2/errors.ts'
import {
  changeBalancer,
  findBalancer,
  type ClassicElb,
  type ClassicPolicy,
  type ClassicRecord,
} from '../state.ts'
import {
  APP_COOKIE,
  BACKEND_AUTHENTICATION,
  checkAttributes,
  invalid,
  LB_COOKIE,
  PUBLIC_KEY,
  SSL_NEGOTIATION,
} from './policy-types.ts'

/** The client of it that cloud-provider-aws has says "an upper limit of 98 policies on an ELB". */
const MOST_POLICIES = 98

/** @throws AwsError LoadBalancerNotFound, PolicyTypeNotFound, InvalidConfigurationRequest, as `addPolicy` */
export const createPolicy = operation<
  ClassicElb,
  CreateLoadBalancerPolicyInput,
  CreateLoadBalancerPolicyOutput
>()({
  honours: [
    'LoadBalancerName',
    'PolicyName',
    'PolicyTypeName',
    'PolicyAttributes[].AttributeName',
    'PolicyAttributes[].AttributeValue',
  ],
  handle: async ({ LoadBalancerName, PolicyName = '', PolicyTypeName = '', PolicyAttributes = [] }, elb) => {
    checkAttributes(PolicyTypeName, PolicyAttributes)
    const attributes = PolicyAttributes.map(({ AttributeName = '', AttributeValue = '' }) => ({
      name: AttributeName,
      value: AttributeValue,
    }))
    await addPolicy(elb, LoadBalancerName, { name: PolicyName, type: PolicyTypeName, attributes })
    return {}
  },
})

/** @throws AwsError LoadBalancerNotFound, as `addPolicy` */
export const createAppCookiePolicy = operation<
  ClassicElb,
  CreateAppCookieStickinessPolicyInput,
  CreateAppCookieStickinessPolicyOutput
>()({
  honours: ['LoadBalancerName', 'PolicyName', 'CookieName'],
  handle: async ({ LoadBalancerName, PolicyName = '', CookieName = '' }, elb) => {
    const attributes = [{ name: 'CookieName', value: CookieName }]
    await addPolicy(elb, LoadBalancerName, { name: PolicyName, type: APP_COOKIE, attributes })
    return {}
  },
})

/** @throws AwsError LoadBalancerNotFound, as `addPolicy` */
export const createLbCookiePolicy = operation<
  ClassicElb,
  CreateLBCookieStickinessPolicyInput,
  CreateLBCookieStickinessPolicyOutput
>()({
  honours: ['LoadBalancerName', 'PolicyName', 'CookieExpirationPeriod'],
  handle: async ({ LoadBalancerName, PolicyName = '', CookieExpirationPeriod: seconds }, elb) => {
    if (seconds !== undefined && seconds < 1) throw invalid('CookieExpirationPeriod must be at least 1')
    const attributes =
      seconds === undefined ? [] : [{ name: 'CookieExpirationPeriod', value: String(seconds) }]
    await addPolicy(elb, LoadBalancerName, { name: PolicyName, type: LB_COOKIE, attributes })
    return {}
  },
})

/**
 * The same again is no fault, as cloud-provider-aws found.
 * @throws AwsError LoadBalancerNotFound, DuplicatePolicyName, TooManyPolicies, InvalidConfigurationRequest, ValidationError
 */
async function addPolicy(
  elb: ClassicElb,
  balancer: string | undefined,
  policy: ClassicPolicy,
): Promise<void> {
  if (!/^[A-Za-z0-9-]+$/.test(policy.name)) {
    throw validationError('PolicyName must consist of letters, digits and hyphens')
  }
  await changeBalancer(elb, balancer, (record) => {
    const { policies } = record
    const there = policies.find(({ name }) => name === policy.name)
    if (there && deepEqual(there, policy)) return {}
    if (there) {
      throw new AwsError(
        'DuplicatePolicyName',
        `There is already a policy with name ${policy.name} for load balancer ${record.name}`,
      )
    }
    if (policies.length >= MOST_POLICIES) {
      throw new AwsError('TooManyPolicies', 'The quota for the number of policies has been reached')
    }
    checkContent(record, policy)
    return { policies: [...policies, policy] }
  })
}

function checkContent(record: ClassicRecord, { type, attributes }: ClassicPolicy): void {
  if (type === SSL_NEGOTIATION) {
    const fault = tlsFault(Object.fromEntries(attributes.map(({ name, value }) => [name, value])))
    if (fault && 'unknown' in fault)
      throw invalid(`Reference-Security-Policy ${fault.unknown} is not defined`)
    if (fault) throw notEmulated(`${fault.notEmulated} of SSL negotiation policies`)
  }
  if (type === BACKEND_AUTHENTICATION) {
    for (const { value } of attributes) {
      if (policyNamed(record, value).type !== PUBLIC_KEY)
        throw invalid(`Policy ${value} is not of ${PUBLIC_KEY}`)
    }
  }
}

/** A policy of a load balancer. @throws AwsError PolicyNotFound */
export function policyNamed({ name: balancer, policies }: ClassicRecord, name: string): ClassicPolicy {
  const found = policies.find((policy) => policy.name === name)
  if (found) return found
  throw new AwsError('PolicyNotFound', `There is no policy with name ${name} for load balancer ${balancer}`)
}

/** One that is not there is no fault. @throws AwsError LoadBalancerNotFound; InvalidConfigurationRequest for one in use */
export const deletePolicy = operation<
  ClassicElb,
  DeleteLoadBalancerPolicyInput,
  DeleteLoadBalancerPolicyOutput
>()({
  honours: ['LoadBalancerName', 'PolicyName'],
  handle: async ({ LoadBalancerName, PolicyName = '' }, elb) => {
    await changeBalancer(elb, LoadBalancerName, ({ listeners, backends, policies }) => {
      // "The policy must not be enabled for any listeners" (API reference, DeleteLoadBalancerPolicy).
      if ([...listeners, ...backends].some((each) => each.policies.includes(PolicyName))) {
        throw invalid(`The policy ${PolicyName} is enabled for a listener or a back-end server`)
      }
      return { policies: policies.filter(({ name }) => name !== PolicyName) }
    })
    return {}
  },
})

/** Those of a load balancer, or the predefined ones. @throws AwsError LoadBalancerNotFound, PolicyNotFound */
export const describePolicies = operation<
  ClassicElb,
  DescribeLoadBalancerPoliciesInput,
  DescribeLoadBalancerPoliciesOutput
>()({
  honours: ['LoadBalancerName', 'PolicyNames'],
  handle: ({ LoadBalancerName, PolicyNames: names = [] }, elb) => {
    const record = LoadBalancerName === undefined ? undefined : findBalancer(elb, LoadBalancerName)
    const all = record?.policies ?? REFERENCES.map(predefined)
    const wanted = names.map((name) => {
      const found = all.find((policy) => policy.name === name)
      if (found) return found
      const where = record ? ` for load balancer ${record.name}` : ''
      throw new AwsError('PolicyNotFound', `There is no policy with name ${name}${where}`)
    })
    return { PolicyDescriptions: (names.length > 0 ? wanted : all).map(describe) }
  },
})

/** One that AWS defines, as it stands with a load balancer. */
export function predefined(name: string): ClassicPolicy {
  return { name, type: SSL_NEGOTIATION, attributes: [{ name: 'Reference-Security-Policy', value: name }] }
}

function describe({ name, type, attributes }: ClassicPolicy): PolicyDescription {
  const named = Object.fromEntries(attributes.map((each) => [each.name, each.value]))
  const shown =
    type === SSL_NEGOTIATION
      ? Object.entries(shownAttributes(named)).map(([key, value]) => ({ name: key, value }))
      : attributes
  return {
    PolicyName: name,
    PolicyTypeName: type,
    PolicyAttributeDescriptions: shown.map((each) => ({
      AttributeName: each.name,
      AttributeValue: each.value,
    })),
  }
}

/** As DescribeLoadBalancers shows them. */
export function showPolicies({ policies }: ClassicRecord): Policies {
  const valueOf = ({ attributes }: ClassicPolicy): string | undefined => attributes[0]?.value
  return {
    AppCookieStickinessPolicies: policies
      .filter(({ type }) => type === APP_COOKIE)
      .map((policy) => ({ PolicyName: policy.name, CookieName: valueOf(policy) })),
    LBCookieStickinessPolicies: policies
      .filter(({ type }) => type === LB_COOKIE)
      .map((policy) => {
        const seconds = valueOf(policy)
        return {
          PolicyName: policy.name,
          ...(seconds !== undefined && { CookieExpirationPeriod: Number(seconds) }),
        }
      }),
    OtherPolicies: policies
      .filter(({ type }) => type !== APP_COOKIE && type !== LB_COOKIE)
      .map(({ name }) => name),
  }
}
