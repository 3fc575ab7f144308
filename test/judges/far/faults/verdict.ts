// Owns what has to be said of each kind of fault, and the list of what was not as it has to be.
import type { NamedError } from '../../../../src/aws/faults/fault.ts'

/** By kind, what a run that ends of it has to say: what happened, and what to do. */
const SAID: Readonly<Record<NamedError, RegExp>> = {
  throttling:
    /^[^\n]+: AWS (refused|failed): (Rate|Request limit) exceeded[^]*asked too often[^]*goes on from here/,
  'access-denied': /is not authorized to perform: [^]*do not permit this/,
  'expired-token': /^[^\n]+: AWS refused: [^]*expired[^]*Sign in again/,
  unavailable: /^[^\n]+: AWS failed: [^]*unavailable|unable to handle[^]*goes on from here/,
  'connection-lost':
    /^the connection to AWS was lost: [^]*Once the network is back, run the same command again/,
  'answer-lost': /^the connection to AWS was lost: [^]*Once the network is back, run the same command again/,
}

// Calls that a run does without, and says so where it matters: rights and quotas that cannot be read, the lock's renewal and
// release. What hinders the lock to be taken ends the run, but for a right that is missing.
const DISPENSABLE =
  /^(SimulatePrincipalPolicy|GetServiceQuota|GetAWSDefaultServiceQuota|ListServiceQuotas|PutParameter|GetParameter|DeleteParameter|GET \/clusters|DescribeAddresses|DescribeVpcs)$/

/** Collects what was wrong. */
export class Verdict {
  readonly wrong: string[] = []
  readonly gotOver = new Map<string, number>()

  expect(holds: boolean, what: string): void {
    if (holds) return
    this.wrong.push(what)
    console.log(`FAIL ${what.replaceAll('\n', ' | ')}`)
  }

  /** @param refused the operations that were answered by an error */
  said(
    error: NamedError,
    { failure, refused }: { readonly failure: string; readonly refused: readonly string[] },
    where: string,
  ): void {
    if (failure !== '') return this.expect(SAID[error].test(failure), `${where} says: ${failure}`)
    const without = refused.filter((operation) => DISPENSABLE.test(operation))
    for (const operation of without) this.gotOver.set(operation, (this.gotOver.get(operation) ?? 0) + 1)
    this.expect(without.length > 0, `${where} gets over one of ${refused.join(', ')}`)
  }
}
