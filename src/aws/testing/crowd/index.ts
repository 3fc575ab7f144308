// Owns a region full of things: what the paginators of clients page through.
import { createWholeRegion } from '../whole-region.ts'
import { crowdBeside } from './beside.ts'
import { maker, type Questions } from './crowd.ts'
import { crowdOfEks } from './eks.ts'
import { crowdOfIdentity } from './identity.ts'
import { crowdOfEc2, scalingQuestions } from './network.ts'
import type { EksTestRegion } from '../../services/eks/testing/eks-test-region.ts'

const SERVICES = ['eks', 'ec2', 'eks-fargate-pods', 'pods.eks'].map((name) => `${name}.amazonaws.com`)

/** Builds the region, until the end of the test. @returns it, and by service and operation what asks for the crowd */
export async function createCrowd(): Promise<
  [region: EksTestRegion, questions: Readonly<Record<string, Questions>>]
> {
  const region = await createWholeRegion()
  const make = maker(region)
  const role = await make(
    'iam',
    'CreateRole',
    {
      RoleName: 'first',
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: SERVICES }, Action: ['sts:AssumeRole', 'sts:TagSession'] },
        ],
      }),
    },
    'Role.Arn',
  )
  const around = { region, make, role }
  const iam = await crowdOfIdentity(around)
  const ec2 = await crowdOfEc2(around)
  const beside = await crowdBeside(around)
  return [region, { ...beside, iam, ec2, autoscaling: scalingQuestions, eks: await crowdOfEks(around) }]
}
