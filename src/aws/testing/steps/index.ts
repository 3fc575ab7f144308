// Owns one good request for every operation of every service, in an order that builds, changes and removes.
import { assets } from './assets.ts'
import { balancing, certificates } from './balancing.ts'
import { classicBalancing } from './classic-balancing.ts'
import { trustStores } from './trust-stores.ts'
import { beside } from './beside.ts'
import { certificateManager } from './certificate-manager.ts'
import { eks } from './eks.ts'
import { account, iam, iamEnd, people } from './identity.ts'
import { logs } from './logs.ts'
import { machines } from './machines.ts'
import { network, networkEnd } from './network.ts'
import { stacks } from './stacks.ts'
import { step, type Step } from './step.ts'

export type { Made, Step } from './step.ts'

/** Operations whose good answer is a refusal, or that need what no step makes, with the code of it. */
export const refusing: readonly (Step & { readonly code: string })[] = [
  {
    ...step('kms', 'Decrypt', { CiphertextBlob: Buffer.from('forged') }),
    code: 'InvalidCiphertextException',
  },
  {
    ...step('kms', 'ReEncrypt', ({ key }) => ({
      CiphertextBlob: Buffer.from('forged'),
      DestinationKeyId: key,
    })),
    code: 'InvalidCiphertextException',
  },
  {
    ...step('acm', 'ResendValidationEmail', {
      CertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/none',
      Domain: 'www.example.com',
      ValidationDomain: 'example.com',
    }),
    code: 'ResourceNotFoundException',
  },
  // Every query has ended by the time that it is known.
  { ...step('logs', 'StopQuery', ({ query }) => ({ queryId: query })), code: 'InvalidParameterException' },
  // The load balancer of the tour has one subnet, and no listener of TLS.
  {
    ...step('elb', 'DetachLoadBalancerFromSubnets', { LoadBalancerName: 'none', Subnets: [] }),
    code: 'LoadBalancerNotFound',
  },
  {
    ...step('elb', 'SetLoadBalancerListenerSSLCertificate', {
      LoadBalancerName: 'none',
      LoadBalancerPort: 80,
      SSLCertificateId: 'arn',
    }),
    code: 'LoadBalancerNotFound',
  },
  {
    ...step('ec2', 'CreateDefaultSubnet', ({ zone }) => ({ AvailabilityZone: zone })),
    code: 'DefaultSubnetAlreadyExistsInAvailabilityZone',
  },
  // The listener of the tour is none of TLS.
  { ...step('elbv2', 'AddListenerCertificates', certificates), code: 'ListenerNotFound' },
  { ...step('elbv2', 'RemoveListenerCertificates', certificates), code: 'ListenerNotFound' },
  {
    ...step('eks-auth', 'AssumeRoleForPodIdentity', { clusterName: 'demo', token: 'a.b.c' }),
    code: 'InvalidTokenException',
  },
  // Nothing is under way, and nothing has failed.
  ...['CancelUpdateStack', 'ContinueUpdateRollback'].map((operation) => ({
    ...step('cloudformation', operation, { StackName: 'nobody' }),
    code: 'ValidationError',
  })),
  { ...step('cloudformation', 'ListImports', { ExportName: 'nobody' }), code: 'ValidationError' },
  // No step knows the codes of a device.
  {
    ...step('iam', 'EnableMFADevice', {
      UserName: 'neargate',
      SerialNumber: 'arn:aws:iam::111122223333:mfa/none',
      AuthenticationCode1: '123456',
      AuthenticationCode2: '234567',
    }),
    code: 'NoSuchEntity',
  },
  {
    ...step('iam', 'DeactivateMFADevice', {
      UserName: 'neargate',
      SerialNumber: 'arn:aws:iam::111122223333:mfa/none',
    }),
    code: 'NoSuchEntity',
  },
  {
    ...step('sts', 'AssumeRoleWithWebIdentity', {
      RoleArn: 'arn:aws:iam::111122223333:role/first',
      RoleSessionName: 'pod',
      WebIdentityToken: 'forged',
    }),
    code: 'InvalidIdentityToken',
  },
]

/** The steps, in their order. */
export const everyOperation: readonly Step[] = [
  ...iam,
  ...people,
  ...account,
  ...network,
  ...machines,
  ...logs,
  ...beside,
  ...certificateManager,
  ...assets,
  ...eks,
  ...balancing,
  ...classicBalancing,
  ...trustStores,
  ...stacks,
  ...networkEnd,
  ...iamEnd,
]
