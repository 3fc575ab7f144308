// Owns what Elastic Load Balancing v2 refuses, in the words of the service.
import { AwsError } from '../../../base/errors.ts'

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', message)
}

/** A part of the API that is not emulated: refused by name, so that nothing is pretended. */
export function notEmulated(what: string): AwsError {
  return validationError(`${what} is not emulated by Neargate`)
}

export function loadBalancerNotFound(what?: string): AwsError {
  return new AwsError(
    'LoadBalancerNotFound',
    what === undefined ? 'One or more load balancers not found' : `Load balancer '${what}' not found`,
  )
}

/** DescribeLoadBalancers by name lists the names it does not know. */
export function loadBalancersNotFound(names: readonly string[]): AwsError {
  return new AwsError('LoadBalancerNotFound', `Load balancers '[${names.join(', ')}]' not found`)
}

/** Actions name the group that is missing; other operations don't. */
export function targetGroupNotFound(arn?: string): AwsError {
  return new AwsError(
    'TargetGroupNotFound',
    arn === undefined ? 'One or more target groups not found' : `Target group '${arn}' not found`,
  )
}

export function invalidAction(message: string): AwsError {
  return new AwsError('InvalidLoadBalancerAction', message)
}

export function priorityInUse(priority: number): AwsError {
  return new AwsError('PriorityInUse', `Priority '${priority}' is currently in use`)
}

export function listenerNotFound(): AwsError {
  return new AwsError('ListenerNotFound', 'One or more listeners not found')
}

/** A load balancer has one listener a port. */
export function duplicateListener(loadBalancerArn: string): AwsError {
  return new AwsError(
    'DuplicateListener',
    `A listener already exists on this port for this load balancer '${loadBalancerArn}'`,
  )
}

/** What ModifyListener says where CreateListener speaks of a duplicate. */
export function portInUse(port: number): AwsError {
  return validationError(`Listener port '${port}' is already in use`)
}

export function ruleNotFound(): AwsError {
  return new AwsError('RuleNotFound', 'One or more rules not found')
}

export function inUse(targetGroupArn: string): AwsError {
  return new AwsError(
    'ResourceInUse',
    `Target group '${targetGroupArn}' is currently in use by a listener or a rule`,
  )
}

export function duplicateName(kind: 'LoadBalancer' | 'TargetGroup', name: string): AwsError {
  const noun = kind === 'LoadBalancer' ? 'load balancer' : 'target group'
  return new AwsError(
    `Duplicate${kind}Name`,
    `A ${noun} with the same name '${name}' exists, but with different settings`,
  )
}

export function notPermitted(message: string): AwsError {
  return new AwsError('OperationNotPermitted', message)
}

export function policyNotFound(name: string): AwsError {
  return new AwsError('SSLPolicyNotFound', `SSL policy '${name}' not found`)
}
