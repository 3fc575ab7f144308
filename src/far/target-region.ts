// Owns which region a command without a ClusterConfig goes to.
import { UserError } from '../base/errors.ts'

/** The flag, else what AWS's own tools go by. @throws UserError (wrong usage) when nothing names one */
export function targetRegion(
  flag: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const named = [flag, environment['AWS_REGION'], environment['AWS_DEFAULT_REGION']]
  const region = named.find((each) => each !== undefined && each !== '')
  if (region === undefined) throw new UserError('no region: name it with --region', { exitCode: 2 })
  return region
}
