// Owns the two emulators that judge the far path: how they are started, and what each lacks that `up` asks for.
import type { AddonsLacked } from './addons.ts'
import type { Lacking } from './lacking.ts'

export interface Emulator extends Lacking {
  readonly name: string
  /** The variable that names its program, and the program. */
  readonly program: readonly [variable: string, name: string]
  readonly install: string
  start(port: number): { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> }
  /** Operations that it answers with a page of its own failure, which a client tries again for minutes. */
  readonly operations: readonly string[]
  /** Of EKS's add-ons. */
  readonly addons: AddonsLacked
  /** Empties it. */
  readonly reset: string
  /** Its CloudFormation makes no clusters and node groups: they are made by its EKS. */
  readonly makesClustersBeside: boolean
  /** Of what the project makes, where it is another number. */
  readonly counts: Readonly<Record<string, number>>
  /** What `down` ends with; nothing when absent. */
  readonly downEndsWith?: RegExp
  /** Kinds of the inventory that its own deletion of stacks leaves, or that it cannot name. */
  readonly leaves: readonly string[]
}

export const EMULATORS: readonly Emulator[] = [
  {
    name: 'moto',
    program: ['MOTO_SERVER', 'moto_server'],
    install: "pip install 'moto[server]'",
    start: (port) => ({ args: ['-H', '127.0.0.1', '-p', String(port)], env: {} }),
    types: [],
    operations: [
      'SimulatePrincipalPolicy',
      'GetServiceQuota',
      'GetAWSDefaultServiceQuota',
      'UpdateTerminationProtection',
    ],
    addons: 'whole',
    reset: '/moto-api/reset',
    makesClustersBeside: true,
    counts: {},
    // It removes a VPC before what is in it, and gateways not at all.
    downEndsWith: /The vpc \S+ has dependencies and cannot be deleted/,
    leaves: ['stacks', 'vpcs', 'subnets', 'securityGroups', 'natGateways', 'addresses'],
  },
  {
    name: 'ministack',
    program: ['MINISTACK', 'ministack'],
    install: 'pip install ministack',
    start: (port) => ({ args: [], env: { GATEWAY_PORT: String(port) } }),
    types: [
      'AWS::EC2::EIP',
      'AWS::EC2::NatGateway',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::EC2::SecurityGroupEgress',
      'AWS::EC2::SubnetCidrBlock',
      'AWS::EC2::VPCCidrBlock',
      'AWS::EKS::AccessEntry',
    ],
    operations: [
      'ListFargateProfiles',
      'SimulatePrincipalPolicy',
      'GetServiceQuota',
      'GetAWSDefaultServiceQuota',
    ],
    addons: 'catalogue',
    reset: '/_ministack/reset',
    makesClustersBeside: false,
    counts: { natGateways: 0, addresses: 0, fargateProfiles: 0 },
    // Its issuers are of http, which IAM has no providers for.
    leaves: ['oidcProviders'],
  },
]
