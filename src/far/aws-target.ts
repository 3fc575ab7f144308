// Owns the connection of a command to AWS: clients that are patient with a throttled API, and whose account it is.
import { openCloud, type Cloud } from '../deploy/cloud.ts'
import { openDeployment, type Deployment, type DeploymentOptions } from '../deploy/deployment.ts'
import { FAR_PACE } from '../deploy/pace.ts'
import { identifyAccount, type Account } from './account.ts'
import { credentialSource, type CredentialOptions } from './credentials.ts'

// As eksctl does it (its maximum retries of an SDK client).
const ATTEMPTS = 13

/** How to find the account that is meant, and how to speak to it. */
export interface AwsTargetOptions extends CredentialOptions {
  /** How often a call is tried that AWS throttles or fails; 13 times when absent. */
  readonly attempts?: number
  /** The account that the credentials must be of. */
  readonly expectAccount?: string
}

/** AWS as one command uses it. */
export interface AwsTarget {
  readonly options: AwsTargetOptions
  readonly account: Account
  readonly cloud: Cloud
}

/** Signs in. @throws UserError when there are no credentials, or those of another account than expected */
export async function openAwsTarget(options: AwsTargetOptions): Promise<AwsTarget> {
  const cloud = openAwsCloud(options)
  try {
    return { options, cloud, account: await identifyAccount(cloud, options.expectAccount) }
  } catch (error) {
    cloud.close()
    throw error
  }
}

function openAwsCloud(options: AwsTargetOptions): Cloud {
  const { region, endpoint, attempts = ATTEMPTS } = options
  return openCloud({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    credentials: credentialSource(options),
    patientAttempts: attempts,
  })
}

/** Opens a deployment of a config there. Closing it closes the target. */
export function openFarDeployment({ cloud }: AwsTarget, options: DeploymentOptions): Deployment {
  return openDeployment({ cloud, pace: FAR_PACE }, options)
}
