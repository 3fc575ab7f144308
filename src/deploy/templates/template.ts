// Owns the CloudFormation template document and the few intrinsic functions that eksctl's stacks use.

export type Value =
  | string
  | number
  | boolean
  | readonly Value[]
  | { readonly [key: string]: Value | undefined }

export interface TemplateResource {
  readonly Type: string
  readonly Properties?: Readonly<Record<string, Value | undefined>>
  readonly DependsOn?: readonly string[]
}

export interface TemplateOutput {
  readonly Value: Value
  readonly Export?: { readonly Name: Value }
}

export interface Template {
  readonly AWSTemplateFormatVersion: '2010-09-09'
  readonly Description: string
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
  readonly Resources: Readonly<Record<string, TemplateResource>>
  readonly Outputs?: Readonly<Record<string, TemplateOutput>>
}

export type Resources = Record<string, TemplateResource>

export function ref(logicalId: string): Value {
  return { Ref: logicalId }
}

export function getAtt(logicalId: string, attribute: string): Value {
  return { 'Fn::GetAtt': [logicalId, attribute] }
}

export function sub(text: string): Value {
  return { 'Fn::Sub': text }
}

export function join(separator: string, values: readonly Value[]): Value {
  return { 'Fn::Join': [separator, values] }
}

export function importValue(name: Value): Value {
  return { 'Fn::ImportValue': name }
}

/** ARN of an AWS-managed policy, e.g. `AmazonEKSWorkerNodePolicy`, in the stack's partition. */
export function managedPolicy(name: string): Value {
  return sub(`arn:\${AWS::Partition}:iam::aws:policy/${name}`)
}

/** The `Name` tag that eksctl puts on everything it creates. */
export function nameTag(logicalId: string): Value {
  return { Key: 'Name', Value: sub(`\${AWS::StackName}/${logicalId}`) }
}

/** An output that other stacks import as `STACK::KEY`. */
export function exported(key: string, value: Value): TemplateOutput {
  return { Value: value, Export: { Name: sub(`\${AWS::StackName}::${key}`) } }
}

// Service principals differ by partition (China has its own names); eksctl looks them up in this mapping.
export const servicePrincipals = {
  ServicePrincipalPartitionMap: {
    aws: {
      EC2: 'ec2.amazonaws.com',
      EKS: 'eks.amazonaws.com',
      EKSFargatePods: 'eks-fargate-pods.amazonaws.com',
      IRA: 'rolesanywhere.amazonaws.com',
      SSM: 'ssm.amazonaws.com',
    },
    'aws-cn': {
      EC2: 'ec2.amazonaws.com.cn',
      EKS: 'eks.amazonaws.com',
      EKSFargatePods: 'eks-fargate-pods.amazonaws.com',
      IRA: 'rolesanywhere.amazonaws.com',
      SSM: 'ssm.amazonaws.com',
    },
    'aws-us-gov': {
      EC2: 'ec2.amazonaws.com',
      EKS: 'eks.amazonaws.com',
      EKSFargatePods: 'eks-fargate-pods.amazonaws.com',
      IRA: 'rolesanywhere.amazonaws.com',
      SSM: 'ssm.amazonaws.com',
    },
  },
} as const

type Service = keyof (typeof servicePrincipals)['ServicePrincipalPartitionMap']['aws']

/** The service principal of the stack's partition. */
export function servicePrincipal(service: Service): Value {
  return { 'Fn::FindInMap': ['ServicePrincipalPartitionMap', ref('AWS::Partition'), service] }
}

/** Trust policy that lets AWS services take the role on. */
export function serviceTrust(options: {
  readonly service: Service
  readonly actions?: readonly string[]
  readonly condition?: Value
}): Value {
  const { service, actions = ['sts:AssumeRole'], condition } = options
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: actions,
        Principal: { Service: [servicePrincipal(service)] },
        ...(condition === undefined ? {} : { Condition: condition }),
      },
    ],
  }
}
